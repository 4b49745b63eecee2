#pragma once

#include <QString>

namespace gatescope {

/// "1.4 GB": decimal units, as file managers show them.
QString bytesText(quint64 bytes);

}  // namespace gatescope

#pragma once

#include <QLocale>
#include <QString>

namespace gatescope {

/// A number as the window's language writes it: "0.125" or "0,125". `format` and `precision` as
/// QString::number has them. What is exported keeps the point: it never comes through here.
inline QString numberText(double value, char format, int precision) {
    return QLocale().toString(value, format, precision);
}

}  // namespace gatescope

#pragma once

#include <QString>

#include "engine/event.h"

namespace gatescope {

/// What people call a model: its own name, with the folder above when the name says nothing
/// ("demo/model").
QString displayName(const ModelInfo& model);

}  // namespace gatescope

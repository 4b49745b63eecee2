#pragma once

#include <span>

namespace gatescope::reference {

/// exp(x - max) over their sum, in place; returns ln of the sum of exp(x). A NaN anywhere makes
/// every value NaN, and what is returned.
float softmax(std::span<float> values);

}  // namespace gatescope::reference

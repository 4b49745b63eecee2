#pragma once

#include <span>

namespace gatescope::reference {

/// exp(x - max) over their sum, in place. A NaN anywhere makes every value NaN.
void softmax(std::span<float> values);

}  // namespace gatescope::reference

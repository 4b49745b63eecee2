#pragma once

namespace gatescope::kernels {

/// exp(x - max) over their sum, in place. A NaN, or nothing but -infinity, makes every value NaN.
///   values  [size]   size >= 1
void softmax(float* values, int size);

}  // namespace gatescope::kernels

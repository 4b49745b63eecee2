#pragma once

namespace gatescope::kernels {

/// exp(x - max) over their sum, in place; returns ln of the sum of exp(x). A NaN, or nothing but
/// -infinity, makes every value NaN, and what is returned.
///   values  [size]   size >= 1
float softmax(float* values, int size);

}  // namespace gatescope::kernels

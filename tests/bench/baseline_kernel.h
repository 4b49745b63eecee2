#pragma once

namespace gatescope::bench {

/// FROZEN. y[n] = sum over k of x[k] * W[n, k], the plain way: what every kernel's speed is
/// compared with, so that a figure means the same on every machine and in every year. Never make it
/// faster, slower or better: the floors in kernel_ratio_test.cpp are ratios to it as it is.
///   weights  [numOut, numIn]  numIn a multiple of 16
///   x        [numIn]
///   y        [numOut]  out
void baselineProduct(const float* weights, const float* x, int numIn, int numOut, float* y);

}  // namespace gatescope::bench

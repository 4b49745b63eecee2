#pragma once

namespace gatescope::kernels {

/// sum += x, element by element.
///   sum, x  [size]
void add(const float* x, int size, float* sum);

/// sum += factor * x.
void addScaled(const float* x, float factor, int size, float* sum);

/// y = factor * x.
void scale(const float* x, float factor, int size, float* y);

}  // namespace gatescope::kernels

#pragma once

#include "kernels/cpu/weight_matrix.h"

namespace gatescope::kernels {

/// y[n] = sum over k of x[k] * W[k, n] for n in `columns`, one token.
///   x  [w.numIn]   f32
///   y  [w.numOut]  only the elements of `columns` are written
/// Weights become f32 as they are read; within a scale group the products add up in the order of k,
/// then the sum is scaled, so an output does not depend on how columns are shared out.
/// Bytes moved: numIn * columns of the stored type.
void matvec(const WeightMatrix& w, const float* x, ColumnRange columns, float* y);

}  // namespace gatescope::kernels

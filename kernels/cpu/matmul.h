#pragma once

#include <cstddef>

#include "kernels/cpu/weight_matrix.h"

namespace gatescope::kernels {

/// Columns that one call of matmul unpacks at a time: cut work into multiples of it.
inline constexpr int kMatmulTileColumns = 256;

/// Floats of scratch that matmul needs for up to `numTokens` rows of activations.
std::size_t matmulScratchFloats(int numTokens);

/// y[t, n] = sum over k of x[t, k] * W[k, n] for n in `columns` and every row of x.
/// A tile of weights is made f32 once and serves all rows. Each output is bit for bit what matvec
/// gives for that row, so prefill and decode agree exactly.
///   x        [x.count, w.numIn]
///   y        [x.count, w.numOut]  only the elements of `columns` are written
///   scratch  [matmulScratchFloats(x.count)]  of this thread, aligned to 64 bytes
void matmul(const WeightMatrix& w,
            const ActivationRows& x,
            ColumnRange columns,
            OutputRows y,
            float* scratch);

}  // namespace gatescope::kernels

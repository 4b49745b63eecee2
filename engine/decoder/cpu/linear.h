#pragma once

#include <stop_token>

#include "engine/decoder/cpu/worker_pool.h"
#include "engine/model/weights.h"
#include "kernels/cpu/weight_matrix.h"

namespace gatescope::cpu {

/// Matrix `index` of a stored weight, as the kernels take it.
kernels::WeightMatrix matrixOf(const MatrixView& weights, int index);

/// This thread's share of the outputs of y = x * W, for every row of x. Asks `stop` between tiles;
/// then the rest of y is left as it was. `scratch` is [matmulScratchFloats(x.count)] of this
/// thread.
void multiplyShare(const kernels::WeightMatrix& w,
                   const kernels::ActivationRows& x,
                   kernels::OutputRows y,
                   kernels::ColumnRange share,
                   float* scratch,
                   const std::stop_token& stop);

/// Outputs come in shares of multiples of this: a cache line of int8.
inline constexpr int kColumnGranule = 64;

}  // namespace gatescope::cpu

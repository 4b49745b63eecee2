#pragma once

#include <stop_token>

#include "engine/decoder/cpu/worker_pool.h"
#include "engine/model/model_config.h"
#include "engine/model/weights.h"
#include "kernels/cpu/weight_matrix.h"

namespace gatescope::cpu {

/// This thread's share of the outputs of y = x * W, for every row of x and matrix `index` of a
/// stored weight. Asks `stop` between tiles; then the rest of y is left as it was. `scratch` is
/// [scratchFloats] of this thread.
void multiplyShare(const MatrixView& weights,
                   int index,
                   const kernels::ActivationRows& x,
                   kernels::OutputRows y,
                   kernels::ColumnRange share,
                   float* scratch,
                   const std::stop_token& stop);

/// The same with each output times `factor`. Requires OutputsFirst.
void multiplyRowsShare(const MatrixView& weights,
                       int index,
                       const kernels::ActivationRows& x,
                       float factor,
                       kernels::OutputRows y,
                       kernels::ColumnRange share,
                       float* scratch,
                       const std::stop_token& stop);

/// Row `row` of the embedding, [dModel] as f32.
void readEmbeddingRow(const MatrixView& embedding, int row, float* out);

/// Floats of scratch a thread needs for a step of `numTokens`.
int scratchFloats(const ModelConfig& config, int numTokens);

/// Outputs come in shares of multiples of this: a cache line of int8.
inline constexpr int kColumnGranule = 64;

}  // namespace gatescope::cpu

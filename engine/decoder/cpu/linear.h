#pragma once

#include <stop_token>

#include "engine/decoder/cpu/worker_pool.h"
#include "engine/model/model_config.h"
#include "engine/model/weights.h"
#include "kernels/cpu/int8_activations.h"
#include "kernels/cpu/weight_matrix.h"

namespace gatescope::cpu {

/// What goes into a product: the activations, and the same rounded to int8 for weights that have a
/// product with those (Precision::Int8).
struct Inputs {
    kernels::ActivationRows exact;
    kernels::Int8Rows int8 = {};  ///< no rows: there are none
};

/// This thread's share of the outputs of y = factor * x * W, for every row of x and matrix `index`
/// of a stored weight. Asks `stop` between tiles; then the rest of y is left as it was. `scratch`
/// is [scratchFloats] of this thread. A factor other than 1 requires OutputsFirst or Panels.
void multiplyShare(const MatrixView& weights,
                   int index,
                   const Inputs& x,
                   kernels::OutputRows y,
                   kernels::ColumnRange share,
                   float* scratch,
                   const std::stop_token& stop,
                   float factor = 1.0F);

/// Whether a product with these weights takes int8 activations.
bool takesInt8(const MatrixView& weights);

/// Row `row` of the embedding, [dModel] as f32.
void readEmbeddingRow(const MatrixView& embedding, int row, float* out);

/// Floats of scratch a thread needs for a step of `numTokens`.
int scratchFloats(const ModelConfig& config, int numTokens);

/// Outputs come in shares of multiples of this: a cache line of int8.
inline constexpr int kColumnGranule = 64;

}  // namespace gatescope::cpu

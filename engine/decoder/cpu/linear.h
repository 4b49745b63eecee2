#pragma once

#include "engine/decoder/cpu/worker_pool.h"
#include "engine/decoder/decoder.h"
#include "engine/model/model_config.h"
#include "engine/model/weights.h"
#include "kernels/cpu/bf16_activations.h"
#include "kernels/cpu/int24_activations.h"
#include "kernels/cpu/int8_activations.h"
#include "kernels/cpu/weight_matrix.h"

namespace gatescope::cpu {

/// What activations are rounded to before products with weights that take such: int8 before blocks,
/// bf16 before BF16, whole numbers of 24 bits before I8, all of them in panels.
struct Rounding {
    bool int8 = false;
    bool bf16 = false;
    bool int24 = false;  ///< loses no more than sums of f32 do, so it is no loss of precision
};

/// What the matrices of a model take in this precision.
Rounding roundingFor(const ModelWeights& weights, Precision precision);

/// Rows of rounded activations; no rows: there are none.
struct RoundedRows {
    kernels::Int8Rows int8;
    kernels::Bf16Rows bf16;
    kernels::Int24Rows int24;
};

/// What goes into a product: the activations, and the same rounded for weights that take those.
struct Inputs {
    kernels::ActivationRows exact;
    RoundedRows rounded = {};
};

/// Outputs `tile` of y = factor * x * W, for every row of x and matrix `index` of a stored weight.
/// `scratch` is [scratchFloats] of this thread. A factor other than 1 requires OutputsFirst or
/// Panels.
void multiplyTile(const MatrixView& weights,
                  int index,
                  const Inputs& x,
                  kernels::OutputRows y,
                  kernels::ColumnRange tile,
                  float* scratch,
                  float factor = 1.0F);

/// Which rounded activations a product with these weights takes; at most one of them.
Rounding roundingFor(const MatrixView& weights);

/// Row `row` of the embedding, [dModel] as f32.
void readEmbeddingRow(const MatrixView& embedding, int row, float* out);

/// Floats of scratch a thread needs for a step of `numTokens`.
int scratchFloats(const ModelConfig& config, int numTokens);

/// The smallest piece of work has so many outputs: a panel of plain weights, a cache line of int8.
inline constexpr int kColumnTile = 64;

/// The outputs of a matrix in tiles, which threads take one by one.
struct ColumnTiles {
    int numOut = 0;
    int width = kColumnTile;

    int count() const { return numTilesOf(numOut, width); }
    kernels::ColumnRange at(int tile) const { return tileOf(tile, numOut, width); }
};

/// With many rows, wider ones: what a product does with the rows before it multiplies, it does once
/// a tile. Still some tiles for each thread.
ColumnTiles columnTiles(int numOut, int numRows, const WorkerPool& pool);

}  // namespace gatescope::cpu

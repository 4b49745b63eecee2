#include "engine/decoder/cpu/linear.h"

#include <algorithm>

#include "engine/check.h"
#include "engine/decoder/cpu/panel_layout.h"
#include "kernels/cpu/dot_rows.h"
#include "kernels/cpu/matmul.h"
#include "kernels/cpu/matvec.h"
#include "kernels/cpu/panel_matmul.h"
#include "kernels/cpu/panels.h"
#include "kernels/quant/block_codec.h"

namespace gatescope::cpu {
namespace {

kernels::WeightMatrix columnMatrix(const MatrixView& weights, int index) {
    return {.type = weights.dtype,
            .data = weights.matrix(index),
            .scales = weights.matrixScales(index),
            .numIn = weights.numIn,
            .numOut = weights.numOut,
            .numGroups = weights.dtype == DType::I8 ? weights.numGroups : 1};
}

kernels::RowMatrix rowMatrix(const MatrixView& weights, int index) {
    return {.type = weights.dtype,
            .data = weights.matrix(index),
            .rowScales = weights.matrixRowScales(index),
            .numIn = weights.numIn};
}

}  // namespace

Rounding roundingFor(const MatrixView& weights) {
    if (weights.order != MatrixOrder::Panels) return {};
    return {.int8 = isBlockType(weights.dtype),
            .bf16 = weights.dtype == DType::BF16,
            .int24 = kernels::canTakeInt24(weights.dtype, weights.numIn, weights.numGroups) &&
                     kernels::hasInt24Products()};
}

Rounding roundingFor(const ModelWeights& weights, Precision precision) {
    Rounding all = roundingFor(weights.output);
    for (const LayerWeights& layer : weights.layers)
        for (const MatrixView* view : {&layer.query,
                                       &layer.key,
                                       &layer.value,
                                       &layer.attentionOutput,
                                       &layer.expertGate,
                                       &layer.expertUp,
                                       &layer.expertDown}) {
            const Rounding one = roundingFor(*view);
            all = {.int8 = all.int8 || one.int8,
                   .bf16 = all.bf16 || one.bf16,
                   .int24 = all.int24 || one.int24};
        }
    if (precision == Precision::F32) return {.int24 = all.int24};
    return all;
}

void multiplyTile(const MatrixView& weights,
                  int index,
                  const Inputs& x,
                  kernels::OutputRows y,
                  kernels::ColumnRange tile,
                  float* scratch,
                  float factor) {
    GS_CHECK(factor == 1.0F || weights.order != MatrixOrder::InputsFirst);
    const Rounding takes = roundingFor(weights);
    if (weights.order == MatrixOrder::InputsFirst && x.exact.count == 1)
        kernels::matvec(columnMatrix(weights, index), x.exact.row(0), tile, y.row(0));
    else if (weights.order == MatrixOrder::InputsFirst)
        kernels::matmul(columnMatrix(weights, index), x.exact, tile, y, scratch);
    else if (weights.order == MatrixOrder::OutputsFirst)
        kernels::dotRows(rowMatrix(weights, index), x.exact, tile, factor, y, scratch);
    else if (takes.int8 && x.rounded.int8.count > 0)
        kernels::panelMatmulInt8(panelMatrix(weights, index), x.rounded.int8, tile, factor, y);
    else if (takes.bf16 && x.rounded.bf16.count > 0)
        kernels::panelMatmulBf16(panelMatrix(weights, index), x.rounded.bf16, tile, factor, y);
    else if (takes.int24 && x.rounded.int24.count > 0)
        kernels::panelMatmulInt24(panelMatrix(weights, index), x.rounded.int24, tile, factor, y);
    else
        kernels::panelMatmul(panelMatrix(weights, index), x.exact, tile, factor, y);
}

void readEmbeddingRow(const MatrixView& embedding, int row, float* out) {
    const auto width = static_cast<std::size_t>(embedding.numIn);
    const std::uint64_t at = static_cast<std::uint64_t>(row) * storedBytes(embedding.dtype, width);
    if (embedding.order == MatrixOrder::Panels)
        kernels::readPanelRow(panelMatrix(embedding, 0), row, out);
    else
        kernels::decodeElements(embedding.dtype, embedding.data + at, width, out);
    if (embedding.rowScales == nullptr) return;
    for (std::size_t i = 0; i < width; ++i) out[i] *= embedding.rowScales[row];
}

ColumnTiles columnTiles(int numOut, int numRows, const WorkerPool& pool) {
    constexpr int kManyRows = 16, kWidest = 4, kTilesOfThread = 4;
    if (numRows < kManyRows) return {.numOut = numOut};
    const int share = numTilesOf(numOut, kColumnTile) / (pool.size() * kTilesOfThread);
    return {.numOut = numOut, .width = kColumnTile * std::clamp(share, 1, kWidest)};
}

int scratchFloats(const ModelConfig& config, int numTokens) {
    return std::max({static_cast<int>(kernels::matmulScratchFloats(numTokens)),
                     config.dModel,
                     config.qWidth(),
                     config.ffnSize});
}

}  // namespace gatescope::cpu

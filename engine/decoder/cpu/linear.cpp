#include "engine/decoder/cpu/linear.h"

#include <algorithm>

#include "engine/check.h"
#include "kernels/cpu/dot_rows.h"
#include "kernels/cpu/matmul.h"
#include "kernels/cpu/matvec.h"
#include "kernels/quant/block_codec.h"

namespace gatescope::cpu {
namespace {

constexpr int kRowTile = 256;  // output rows between two looks at the stop token

kernels::WeightMatrix columnMatrix(const MatrixView& weights, int index) {
    const std::size_t numScales =
        static_cast<std::size_t>(weights.numGroups) * static_cast<std::size_t>(weights.numOut);
    const bool scaled = weights.dtype == DType::I8;
    return {
        .type = weights.dtype,
        .data = weights.matrix(index),
        .scales = scaled ? weights.scales + static_cast<std::size_t>(index) * numScales : nullptr,
        .numIn = weights.numIn,
        .numOut = weights.numOut,
        .numGroups = scaled ? weights.numGroups : 1};
}

kernels::RowMatrix rowMatrix(const MatrixView& weights, int index) {
    const auto firstRow =
        static_cast<std::size_t>(index) * static_cast<std::size_t>(weights.numOut);
    return {.type = weights.dtype,
            .data = weights.matrix(index),
            .rowScales = weights.rowScales == nullptr ? nullptr : weights.rowScales + firstRow,
            .numIn = weights.numIn};
}

}  // namespace

void multiplyShare(const MatrixView& weights,
                   int index,
                   const kernels::ActivationRows& x,
                   kernels::OutputRows y,
                   kernels::ColumnRange share,
                   float* scratch,
                   const std::stop_token& stop) {
    if (weights.order == MatrixOrder::OutputsFirst)
        return multiplyRowsShare(weights, index, x, 1.0F, y, share, scratch, stop);
    const kernels::WeightMatrix w = columnMatrix(weights, index);
    if (x.count == 1) return kernels::matvec(w, x.row(0), share, y.row(0));
    for (int begin = share.begin; begin < share.end; begin += kernels::kMatmulTileColumns) {
        if (stop.stop_requested()) return;
        const int end = std::min(share.end, begin + kernels::kMatmulTileColumns);
        kernels::matmul(w, x, {begin, end}, y, scratch);
    }
}

void multiplyRowsShare(const MatrixView& weights,
                       int index,
                       const kernels::ActivationRows& x,
                       float factor,
                       kernels::OutputRows y,
                       kernels::ColumnRange share,
                       float* scratch,
                       const std::stop_token& stop) {
    GS_CHECK(weights.order == MatrixOrder::OutputsFirst);
    const kernels::RowMatrix w = rowMatrix(weights, index);
    for (int begin = share.begin; begin < share.end; begin += kRowTile) {
        if (stop.stop_requested()) return;
        kernels::dotRows(w, x, {begin, std::min(share.end, begin + kRowTile)}, factor, y, scratch);
    }
}

void readEmbeddingRow(const MatrixView& embedding, int row, float* out) {
    const auto width = static_cast<std::size_t>(embedding.numIn);
    const std::uint64_t at = static_cast<std::uint64_t>(row) * storedBytes(embedding.dtype, width);
    kernels::decodeElements(embedding.dtype, embedding.data + at, width, out);
    if (embedding.rowScales == nullptr) return;
    for (std::size_t i = 0; i < width; ++i) out[i] *= embedding.rowScales[row];
}

int scratchFloats(const ModelConfig& config, int numTokens) {
    return std::max({static_cast<int>(kernels::matmulScratchFloats(numTokens)),
                     config.dModel,
                     config.qWidth(),
                     config.ffnSize});
}

}  // namespace gatescope::cpu

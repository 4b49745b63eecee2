#include "engine/decoder/reference/linear.h"

#include <algorithm>
#include <vector>

#include "engine/check.h"
#include "kernels/quant/block_codec.h"
#include "kernels/quant/float_types.h"

namespace gatescope::reference {
namespace {

constexpr int kRowTile = 64;  // rows of weights between two looks at the stop token

/// Input row `row` of an InputsFirst matrix as f32.
void readInputRow(const MatrixView& w, int index, int row, std::span<float> out) {
    const auto numOut = static_cast<std::size_t>(w.numOut);
    const std::byte* stored =
        w.matrix(index) + static_cast<std::size_t>(row) * numOut * itemSize(w.dtype);
    kernels::decodeElements(w.dtype, stored, numOut, out.data());
    if (w.dtype != DType::I8) return;
    const auto matrix = static_cast<std::size_t>(index);
    const int group = static_cast<int>(static_cast<std::int64_t>(row) * w.numGroups / w.numIn);
    const auto* scales =
        w.scales +
        (matrix * static_cast<std::size_t>(w.numGroups) + static_cast<std::size_t>(group)) * numOut;
    for (std::size_t n = 0; n < numOut; ++n) out[n] *= kernels::bf16ToFloat(scales[n]);
}

void multiplyInputRows(const MatrixView& weights,
                       int index,
                       std::span<const float> x,
                       const Arithmetic& arithmetic,
                       std::span<float> y,
                       const std::stop_token& stop) {
    std::vector<float> row(y.size());
    std::ranges::fill(y, 0.0F);
    for (int k = 0; k < weights.numIn; ++k) {
        if (k % kRowTile == 0 && stop.stop_requested()) return;
        readInputRow(weights, index, k, row);
        arithmetic.round(row);
        const float factor = x[static_cast<std::size_t>(k)];
        for (std::size_t n = 0; n < y.size(); ++n) y[n] += factor * row[n];
    }
}

void multiplyOutputRows(const MatrixView& weights,
                        int index,
                        std::span<const float> x,
                        const Arithmetic& arithmetic,
                        std::span<float> y,
                        const std::stop_token& stop) {
    std::vector<float> row(x.size());
    for (int n = 0; n < weights.numOut; ++n) {
        if (n % kRowTile == 0 && stop.stop_requested()) return;
        readOutputRow(weights, index, n, row);
        arithmetic.round(row);
        y[static_cast<std::size_t>(n)] = dot(x, row);
    }
}

}  // namespace

void readOutputRow(const MatrixView& weights, int index, int row, std::span<float> out) {
    GS_CHECK(weights.order == MatrixOrder::OutputsFirst);
    const auto numIn = static_cast<std::size_t>(weights.numIn);
    const std::byte* stored =
        weights.matrix(index) + static_cast<std::size_t>(row) * storedBytes(weights.dtype, numIn);
    kernels::decodeElements(weights.dtype, stored, numIn, out.data());
    if (weights.rowScales == nullptr) return;
    const float scale = weights.matrixRowScales(index)[row];
    for (float& value : out) value *= scale;
}

void multiply(const MatrixView& weights,
              int index,
              std::span<const float> x,
              const Arithmetic& arithmetic,
              std::span<float> y,
              const std::stop_token& stop) {
    GS_CHECK_EQ(x.size(), static_cast<std::size_t>(weights.numIn));
    GS_CHECK_EQ(y.size(), static_cast<std::size_t>(weights.numOut));
    GS_CHECK(weights.order != MatrixOrder::Panels);  // layOutWeights() knows who reads them
    if (weights.order == MatrixOrder::InputsFirst)
        multiplyInputRows(weights, index, x, arithmetic, y, stop);
    else
        multiplyOutputRows(weights, index, x, arithmetic, y, stop);
}

float dot(std::span<const float> a, std::span<const float> b) {
    GS_CHECK_EQ(a.size(), b.size());
    float sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

}  // namespace gatescope::reference

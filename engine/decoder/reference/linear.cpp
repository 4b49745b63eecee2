#include "engine/decoder/reference/linear.h"

#include <algorithm>
#include <vector>

#include "engine/check.h"

namespace gatescope::reference {
namespace {

constexpr int kRowTile = 64;  // rows of weights between two looks at the stop token

/// Row `row` of matrix `index` as f32.
void readRow(const MatrixView& w, int index, int row, std::span<float> out) {
    const auto numOut = static_cast<std::size_t>(w.numOut);
    const auto matrix = static_cast<std::size_t>(index);
    const std::size_t begin =
        (matrix * static_cast<std::size_t>(w.numIn) + static_cast<std::size_t>(row)) * numOut;
    switch (w.dtype) {
        case DType::F32: {
            const auto* values = reinterpret_cast<const float*>(w.data) + begin;
            std::copy_n(values, numOut, out.begin());
            return;
        }
        case DType::F16: {
            const auto* bits = reinterpret_cast<const std::uint16_t*>(w.data) + begin;
            std::transform(bits, bits + numOut, out.begin(), kernels::halfToFloat);
            return;
        }
        case DType::BF16: {
            const auto* bits = reinterpret_cast<const std::uint16_t*>(w.data) + begin;
            std::transform(bits, bits + numOut, out.begin(), kernels::bf16ToFloat);
            return;
        }
        case DType::I8: {
            const auto* values = reinterpret_cast<const std::int8_t*>(w.data) + begin;
            const int group =
                static_cast<int>(static_cast<std::int64_t>(row) * w.numGroups / w.numIn);
            const auto* scales = w.scales + (matrix * static_cast<std::size_t>(w.numGroups) +
                                             static_cast<std::size_t>(group)) *
                                                numOut;
            for (std::size_t n = 0; n < numOut; ++n)
                out[n] = static_cast<float>(values[n]) * kernels::bf16ToFloat(scales[n]);
            return;
        }
        default:
            break;
    }
    GS_CHECK(false);  // not an element type of a MatrixView
}

}  // namespace

void multiply(const MatrixView& weights,
              int index,
              std::span<const float> x,
              const Arithmetic& arithmetic,
              std::span<float> y,
              const std::stop_token& stop) {
    GS_CHECK_EQ(x.size(), static_cast<std::size_t>(weights.numIn));
    GS_CHECK_EQ(y.size(), static_cast<std::size_t>(weights.numOut));
    std::vector<float> row(y.size());
    std::ranges::fill(y, 0.0F);
    for (int k = 0; k < weights.numIn; ++k) {
        if (k % kRowTile == 0 && stop.stop_requested()) return;
        readRow(weights, index, k, row);
        arithmetic.round(row);
        const float factor = x[static_cast<std::size_t>(k)];
        for (std::size_t n = 0; n < y.size(); ++n) y[n] += factor * row[n];
    }
}

float dot(std::span<const float> a, std::span<const float> b) {
    GS_CHECK_EQ(a.size(), b.size());
    float sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

}  // namespace gatescope::reference

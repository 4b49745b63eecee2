#pragma once

#include <cstddef>
#include <cstdint>

namespace gatescope::kernels {

/// Inputs that share one scale.
inline constexpr int kActivationBlock = 32;
/// Inputs that share one sum.
inline constexpr int kSumInputs = 16;

/// Rows of activations rounded to int8 in blocks of 32, each with a scale of its own:
/// x[k] ~ scales[k / 32] * values[k], values in -127 ... 127.
/// Source: llama.cpp's Q8_0 activations; the scale is f32 here, f16 there.
struct Int8Activations {
    std::int8_t* values = nullptr;  ///< [rows, stride]
    float* scales = nullptr;        ///< [rows, stride / 32]
    std::int32_t* sums = nullptr;  ///< [rows, stride / 16] of the values: corrects weights that are
                                   ///< stored with an offset
    std::ptrdiff_t stride = 0;     ///< values of a row, a multiple of 32

    std::int8_t* rowValues(std::ptrdiff_t row) const { return values + row * stride; }
    float* rowScales(std::ptrdiff_t row) const {
        return scales + row * (stride / kActivationBlock);
    }
    std::int32_t* rowSums(std::ptrdiff_t row) const { return sums + row * (stride / kSumInputs); }
};

/// Some of them, as a product takes them: row t is rows.row...(index != nullptr ? index[t] : first
/// + t).
struct Int8Rows {
    Int8Activations rows;
    const std::int32_t* index = nullptr;
    std::ptrdiff_t first = 0;
    int count = 0;

    std::ptrdiff_t row(int t) const { return index != nullptr ? index[t] : first + t; }
};

/// Rounds elements [begin, end) of `x` into row `row`, halves to even. A block that holds a NaN or
/// an infinity gets a NaN for its scale, so that no output that needs it is finite. Requires
/// multiples of 32.
void roundToInt8(const float* x, int begin, int end, const Int8Activations& to, int row);

}  // namespace gatescope::kernels

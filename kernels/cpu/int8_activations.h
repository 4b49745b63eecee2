#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/activation_blocks.h"

namespace gatescope::kernels {

/// Inputs that share one scale.
inline constexpr int kActivationBlock = 32;

/// 32 activations rounded to int8, x[i] ~ scale * values[i], and what products need beside them:
/// sums of the first 16 values, of the last 16, of all. One line of the cache.
/// Source: llama.cpp's Q8_1 activations; scale and sums are f32 here, f16 there, and theirs has no
/// sums of 16.
struct alignas(64) ActivationBlock {
    std::int8_t values[kActivationBlock];  ///< -127 ... 127
    float scale;
    float scaledSums[3];      ///< scale * sum: corrects weights that have a minimum
    std::int32_t offsets[3];  ///< -128 * sum: corrects weights that are stored with an offset
};
/// Where the sums of all 32 are.
inline constexpr std::size_t kWholeSum = 2;

using Int8Activations = ActivationBlocks<ActivationBlock>;
using Int8Rows = ActivationBlockRows<ActivationBlock>;

/// Rounds elements [begin, end) of `x` into row `row`, halves to even. A block that holds a NaN or
/// an infinity gets a NaN for its scale, so that no output that needs it is finite. Requires
/// multiples of 32.
void roundToInt8(const float* x, int begin, int end, const Int8Activations& to, int row);

}  // namespace gatescope::kernels

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/activation_blocks.h"

namespace gatescope::kernels {

/// Inputs that share one scale.
inline constexpr int kInt24Block = 64;

/// Bytes of a number, the one of most weight first.
inline constexpr std::size_t kDigits = 3;

/// 64 activations as whole numbers of 24 bits, x[i] ~ scale * (65536 * digits[0][i] + 256 *
/// digits[1][i] + digits[2][i]). The bytes lie apart, so that products with int8 weights are sums
/// of bytes times bytes, which are exact.
struct alignas(64) Int24Block {
    std::int8_t digits[kDigits][kInt24Block];
    float scale;
    std::int32_t offsets[kDigits];  ///< -128 * sum of the digits: corrects weights that are taken
                                    ///< with an offset
};

using Int24Activations = ActivationBlocks<Int24Block>;
using Int24Rows = ActivationBlockRows<Int24Block>;

/// Rounds elements [begin, end) of `x` into row `row`, halves to even. The scale is a power of two
/// of at most 2^-21.9 times the block's largest, so nothing but half of it is lost. A block that
/// holds a NaN or an infinity gets a NaN for its scale, so that no output that needs it is finite.
/// Requires multiples of 64.
void roundToInt24(const float* x, int begin, int end, const Int24Activations& to, int row);

}  // namespace gatescope::kernels

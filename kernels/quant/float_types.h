#pragma once

#include <bit>
#include <cstdint>

namespace gatescope::kernels {

/// bfloat16 is the upper half of a float.
constexpr float bf16ToFloat(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16);
}

/// Rounds to nearest, ties to even, as XLA and ml_dtypes do. NaN stays a quiet NaN.
constexpr std::uint16_t floatToBf16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if ((bits & 0x7fffffffU) > 0x7f800000U) return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
    return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

/// What is left of a float after a trip through bfloat16.
constexpr float roundToBf16(float value) {
    return bf16ToFloat(floatToBf16(value));
}

float halfToFloat(std::uint16_t bits);
/// IEEE 754 binary16: rounds to nearest, ties to even; overflow becomes infinity.
std::uint16_t floatToHalf(float value);

}  // namespace gatescope::kernels

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

/// IEEE 754 binary16. Computes every case and selects by mask, so that a loop over it becomes
/// vector code: behind a branch the subtraction would keep the compiler from it.
constexpr float halfToFloat(std::uint16_t bits) {
    const std::uint32_t sign = (bits & 0x8000U) << 16;
    const std::uint32_t shifted = (bits & 0x7fffU) << 13;
    // The exponent's bias goes from 15 to 127, and once more for infinity and NaN.
    const std::uint32_t isNotFinite = 0U - static_cast<std::uint32_t>(shifted >= 0x0f800000U);
    const std::uint32_t normal = shifted + 0x38000000U + (isNotFinite & 0x38000000U);
    // Subnormal: the mantissa behind an implicit one, less that one.
    const std::uint32_t isSubnormal = 0U - static_cast<std::uint32_t>(shifted < 0x00800000U);
    const auto withOne = std::bit_cast<float>((shifted & 0x007fffffU) + 0x38800000U);
    const auto subnormal = std::bit_cast<std::uint32_t>(withOne - 0x1p-14F);
    return std::bit_cast<float>(sign | (subnormal & isSubnormal) | (normal & ~isSubnormal));
}

/// IEEE 754 binary16: rounds to nearest, ties to even; overflow becomes infinity.
std::uint16_t floatToHalf(float value);

/// OCP 8-bit float with 4 exponent bits (bias 7) and 3 mantissa bits: no infinity, NaN 0x7f and
/// 0xff, largest value 448.
constexpr float f8E4M3ToFloat(std::uint8_t bits) {
    const std::uint32_t sign = (bits & 0x80U) << 24;
    const std::uint32_t magnitude = bits & 0x7fU;
    if (magnitude == 0x7fU) return std::bit_cast<float>(sign | 0x7fc00000U);
    if (magnitude < 8U) {  // subnormal: mantissa times 2^-9
        const float value = static_cast<float>(magnitude) * 0x1p-9F;
        return sign != 0 ? -value : value;
    }
    return std::bit_cast<float>(sign | ((magnitude << 20) + 0x3c000000U));
}

}  // namespace gatescope::kernels

#include "engine/model/finite_check.h"

#include <algorithm>
#include <cstdint>

namespace gatescope {
namespace {

/// `exponent`: the bits that are all set in NaN and infinity.
template <class Bits>
std::optional<std::size_t> firstWithBits(std::span<const std::byte> stored, Bits exponent) {
    const std::span values(reinterpret_cast<const Bits*>(stored.data()),
                           stored.size() / sizeof(Bits));
    bool all = true;  // without an early exit the compiler can use SIMD
    for (const Bits value : values) all &= (value & exponent) != exponent;
    if (all) return std::nullopt;
    const auto found = std::find_if(
        values.begin(), values.end(), [&](Bits value) { return (value & exponent) == exponent; });
    return static_cast<std::size_t>(found - values.begin());
}

}  // namespace

std::optional<std::size_t> firstNotFinite(DType type, std::span<const std::byte> stored) {
    switch (type) {
        case DType::F32:
            return firstWithBits<std::uint32_t>(stored, 0x7f800000U);
        case DType::F16:
            return firstWithBits<std::uint16_t>(stored, 0x7c00U);
        case DType::BF16:
            return firstWithBits<std::uint16_t>(stored, 0x7f80U);
        case DType::F8E4M3:
            return firstWithBits<std::uint8_t>(stored, 0x7fU);
        default:
            return std::nullopt;
    }
}

}  // namespace gatescope

#include "engine/model/finite_check.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "kernels/quant/blocks.h"

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

/// Of blocks only the halves can be infinite or NaN. `second`: where another one stands.
template <class Block>
std::optional<std::size_t> firstBlock(std::span<const std::byte> stored,
                                      std::size_t second = offsetof(Block, d)) {
    constexpr std::uint16_t kExponent = 0x7c00U;
    const auto isFinite = [&](std::size_t at) {
        std::uint16_t bits = 0;
        std::memcpy(&bits, stored.data() + at, sizeof bits);
        return (bits & kExponent) != kExponent;
    };
    for (std::size_t at = 0; at + sizeof(Block) <= stored.size(); at += sizeof(Block))
        if (!isFinite(at + offsetof(Block, d)) || !isFinite(at + second)) return at / sizeof(Block);
    return std::nullopt;
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
        case DType::Q4_0:
            return firstBlock<kernels::BlockQ4_0>(stored);
        case DType::Q4_1:
            return firstBlock<kernels::BlockQ4_1>(stored, offsetof(kernels::BlockQ4_1, m));
        case DType::Q5_0:
            return firstBlock<kernels::BlockQ5_0>(stored);
        case DType::Q5_1:
            return firstBlock<kernels::BlockQ5_1>(stored, offsetof(kernels::BlockQ5_1, m));
        case DType::Q8_0:
            return firstBlock<kernels::BlockQ8_0>(stored);
        case DType::Q2_K:
            return firstBlock<kernels::BlockQ2_K>(stored, offsetof(kernels::BlockQ2_K, dmin));
        case DType::Q3_K:
            return firstBlock<kernels::BlockQ3_K>(stored);
        case DType::Q4_K:
            return firstBlock<kernels::BlockQ4_K>(stored, offsetof(kernels::BlockQ4_K, dmin));
        case DType::Q5_K:
            return firstBlock<kernels::BlockQ5_K>(stored, offsetof(kernels::BlockQ5_K, dmin));
        case DType::Q6_K:
            return firstBlock<kernels::BlockQ6_K>(stored);
        case DType::IQ4_NL:
            return firstBlock<kernels::BlockIQ4_NL>(stored);
        case DType::IQ4_XS:
            return firstBlock<kernels::BlockIQ4_XS>(stored);
        default:
            return std::nullopt;
    }
}

}  // namespace gatescope

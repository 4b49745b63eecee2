#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace gatescope {

// Arithmetic on numbers from files. Empty: the result does not fit 64 bits.

constexpr std::optional<std::uint64_t> checkedAdd(std::uint64_t a, std::uint64_t b) {
    std::uint64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
    return sum;
}

constexpr std::optional<std::uint64_t> checkedMultiply(std::uint64_t a, std::uint64_t b) {
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
    return product;
}

/// Product of all sizes; 1 for none. A zero gives 0, whatever the others are.
constexpr std::optional<std::uint64_t> checkedProduct(std::span<const std::uint64_t> sizes) {
    for (const std::uint64_t size : sizes)
        if (size == 0) return 0;
    std::optional<std::uint64_t> product = 1;
    for (const std::uint64_t size : sizes) {
        product = checkedMultiply(*product, size);
        if (!product) return std::nullopt;
    }
    return product;
}

/// The next multiple of `alignment` (a power of two) from `offset` on.
constexpr std::optional<std::uint64_t> checkedAlign(std::uint64_t offset, std::uint64_t alignment) {
    const auto sum = checkedAdd(offset, alignment - 1);
    if (!sum) return std::nullopt;
    return *sum & ~(alignment - 1);
}

/// Does [offset, offset + bytes) lie within `size` bytes?
constexpr bool liesWithin(std::uint64_t offset, std::uint64_t bytes, std::uint64_t size) {
    return offset <= size && bytes <= size - offset;
}

}  // namespace gatescope

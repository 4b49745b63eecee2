#include "engine/io/checked_math.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

namespace gatescope {
namespace {

__extension__ using Wide = unsigned __int128;
constexpr std::uint64_t kMax = ~std::uint64_t{0};

/// Numbers where files lie: powers of two and their neighbours, or anything at all.
std::uint64_t someNumber(std::mt19937_64& random) {
    const auto power = std::uint64_t{1} << (random() % 64);
    switch (random() % 4) {
        case 0:
            return power;
        case 1:
            return power - 1;
        case 2:
            return kMax - random() % 3;
        default:
            return random() >> (random() % 64);
    }
}

std::optional<std::uint64_t> narrow(Wide value) {
    if (value > kMax) return std::nullopt;
    return static_cast<std::uint64_t>(value);
}

TEST(CheckedMath, EqualsWiderArithmeticOnAMillionNumbers) {
    std::mt19937_64 random(1);
    for (int i = 0; i < 1'000'000; ++i) {
        const std::uint64_t a = someNumber(random);
        const std::uint64_t b = someNumber(random);
        ASSERT_EQ(checkedAdd(a, b), narrow(Wide{a} + b)) << a << " " << b;
        ASSERT_EQ(checkedMultiply(a, b), narrow(Wide{a} * b)) << a << " " << b;
        const std::uint64_t size = someNumber(random);
        ASSERT_EQ(liesWithin(a, b, size), Wide{a} + b <= size) << a << " " << b << " " << size;
        const std::uint64_t alignment = std::uint64_t{1} << (random() % 21);
        const Wide aligned = (Wide{a} + alignment - 1) / alignment * alignment;
        ASSERT_EQ(checkedAlign(a, alignment), narrow(aligned)) << a << " " << alignment;
    }
}

TEST(CheckedMath, MultipliesShapes) {
    std::mt19937_64 random(2);
    for (int i = 0; i < 100'000; ++i) {
        const std::array<std::uint64_t, 3> shape{
            someNumber(random), someNumber(random) >> 20, someNumber(random) >> 50};
        std::optional<std::uint64_t> expected = narrow(Wide{shape[0]} * shape[1]);
        if (expected) expected = narrow(Wide{*expected} * shape[2]);
        if (shape[0] == 0 || shape[1] == 0 || shape[2] == 0) expected = 0;
        ASSERT_EQ(checkedProduct(shape), expected);
    }
    EXPECT_EQ(checkedProduct({}), 1U);
    EXPECT_EQ(checkedProduct(std::array<std::uint64_t, 3>{kMax, kMax, 0}), 0U);
}

}  // namespace
}  // namespace gatescope

#include "kernels/quant/float_types.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace gatescope::kernels {
namespace {

TEST(FloatTypes, EveryHalfSurvivesTheTripThroughFloat) {
    for (std::uint32_t bits = 0; bits <= 0xffffU; ++bits) {
        const float value = halfToFloat(static_cast<std::uint16_t>(bits));
        if (std::isnan(value)) continue;
        ASSERT_EQ(floatToHalf(value), bits);
    }
}

TEST(FloatTypes, HalfRoundsToTheNearestAndTiesToEven) {
    EXPECT_EQ(halfToFloat(0x3c00), 1.0F);
    EXPECT_EQ(halfToFloat(0x0001), 0x1p-24F);
    EXPECT_EQ(halfToFloat(0xfbff), -65504.0F);
    EXPECT_EQ(floatToHalf(1.0F + 0x1p-11F), 0x3c00);             // a tie, down to even
    EXPECT_EQ(floatToHalf(1.0F + 0x1.8p-10F), 0x3c02);           // a tie, up to even
    EXPECT_EQ(floatToHalf(1.0F + 0x1p-11F + 0x1p-20F), 0x3c01);  // above the tie
    EXPECT_EQ(floatToHalf(65520.0F), 0x7c00);
    EXPECT_EQ(floatToHalf(65519.0F), 0x7bff);
    EXPECT_TRUE(std::isnan(halfToFloat(floatToHalf(std::numeric_limits<float>::quiet_NaN()))));
}

TEST(FloatTypes, EveryHalfIsTheNumberThatItsBitsSpell) {
    for (std::uint32_t bits = 0; bits <= 0xffffU; ++bits) {
        const float value = halfToFloat(static_cast<std::uint16_t>(bits));
        const auto exponent = static_cast<int>((bits >> 10) & 31U);
        const auto mantissa = static_cast<float>(bits & 1023U);
        ASSERT_EQ(std::signbit(value), bits >= 0x8000U);
        if (exponent == 31) {
            ASSERT_EQ(std::isinf(value), mantissa == 0);
            ASSERT_EQ(std::isnan(value), mantissa != 0);
            continue;
        }
        const float expected =
            exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
        ASSERT_EQ(std::abs(value), expected) << bits;
    }
}

TEST(FloatTypes, EveryF8IsTheNumberThatItsBitsSpell) {
    for (std::uint32_t bits = 0; bits <= 0xffU; ++bits) {
        const float value = f8E4M3ToFloat(static_cast<std::uint8_t>(bits));
        const auto exponent = static_cast<int>((bits >> 3) & 15U);
        const auto mantissa = static_cast<float>(bits & 7U);
        ASSERT_EQ(std::signbit(value), bits >= 0x80U);
        if ((bits & 0x7fU) == 0x7fU) {
            ASSERT_TRUE(std::isnan(value));
            continue;
        }
        const float expected =
            exponent == 0 ? std::ldexp(mantissa, -9) : std::ldexp(8 + mantissa, exponent - 10);
        ASSERT_EQ(std::abs(value), expected) << bits;
    }
    EXPECT_EQ(f8E4M3ToFloat(0x7e), 448.0F);
}

TEST(FloatTypes, Bf16RoundsToTheNearestAndTiesToEven) {
    EXPECT_EQ(roundToBf16(78.38367176906169F), 78.5F);  // Grok-1's embedding multiplier in bf16
    EXPECT_EQ(roundToBf16(0.5773502691896257F), 0.578125F);
    EXPECT_EQ(roundToBf16(1.0F + 0x1p-8F), 1.0F);
    EXPECT_EQ(roundToBf16(1.0F + 0x1.8p-7F), 1.0F + 0x1p-6F);
    EXPECT_EQ(roundToBf16(std::numeric_limits<float>::infinity()),
              std::numeric_limits<float>::infinity());
    EXPECT_TRUE(std::isnan(roundToBf16(std::bit_cast<float>(0x7f800001U))));
}

}  // namespace
}  // namespace gatescope::kernels

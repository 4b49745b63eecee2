#include "kernels/cpu/panels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "kernels/cpu/amx.h"
#include "kernels/cpu/bf16_activations.h"
#include "kernels/cpu/int8_activations.h"
#include "kernels/cpu/matvec.h"
#include "kernels/cpu/panel_matmul.h"
#include "kernels/quant/block_codec.h"
#include "kernels/quant/blocks.h"
#include "kernels/quant/float_types.h"
#include "tests/support/tolerances.h"
#include "tests/unit/kernels/kernel_test.h"
#include "tests/unit/kernels/panelled.h"

namespace gatescope::kernels {
namespace {

using namespace test;

class Panels : public testing::TestWithParam<DType> {};

TEST_P(Panels, HoldWhatTheFileHolds) {
    for (const auto& [numIn, numOut] : shapesOf(GetParam())) {
        const Panelled w = randomPanels(GetParam(), numIn, numOut);
        ASSERT_TRUE(canPanel(GetParam(), numIn, numOut));
        std::vector<float> row(static_cast<std::size_t>(numIn));
        for (int n = 0; n < numOut; ++n) {
            readPanelRow(w.matrix, n, row.data());
            for (int k = 0; k < numIn; ++k)
                ASSERT_EQ(row[static_cast<std::size_t>(k)],
                          w.exact[static_cast<std::size_t>(n * numIn + k)])
                    << n << ", " << k;
        }
    }
}

TEST_P(Panels, TimesActivationsAreTheFormula) {
    onEveryTarget([] {
        for (const auto& [numIn, numOut] : shapesOf(GetParam())) {
            const Panelled w = randomPanels(GetParam(), numIn, numOut);
            const auto x = randomFloats(static_cast<std::size_t>(numIn), 11);
            std::vector<float> y(static_cast<std::size_t>(numOut), kUntouched);
            const ColumnRange range{numOut / 128 * 64, numOut};
            panelMatmul(w.matrix, {x.data(), numIn, nullptr, 1}, range, 0.5F, {y.data(), numOut});
            for (int n = 0; n < numOut; ++n) {
                const float got = y[static_cast<std::size_t>(n)];
                if (n < range.begin) {
                    ASSERT_EQ(got, kUntouched);
                    continue;
                }
                double sum = 0, magnitude = 1e-6;
                for (int k = 0; k < numIn; ++k) {
                    const double product =
                        0.5 * static_cast<double>(x[static_cast<std::size_t>(k)]) *
                        static_cast<double>(w.exact[static_cast<std::size_t>(n * numIn + k)]);
                    sum += product;
                    magnitude += std::abs(product);
                }
                ASSERT_NEAR(got, sum, tolerance::kKernelSum * magnitude) << "output " << n;
            }
        }
    });
}

/// Every row of a larger product, whatever the number of rows, has the bits it has alone.
TEST_P(Panels, RowsDoNotDependOnTheirNumber) {
    onEveryTarget([] {
        constexpr int kIn = 256, kOut = 80, kStride = 288;
        const Panelled w = randomPanels(GetParam(), kIn, kOut);
        const auto in = randomFloats(kStride * 40, 12);
        const auto int8 = rounded(in, kStride);
        const auto bf16 = roundedToBf16(in);
        const bool block = traits(GetParam()).blockSize > 1;
        for (const int count : {1, 2, 3, 4, 5, 7, 11, 12, 13, 18, 25, 29}) {
            std::vector<std::int32_t> index;
            for (int t = 0; t < count; ++t) index.push_back((t * 7) % 39);
            std::vector<float> all(static_cast<std::size_t>(kOut * count), kUntouched);
            std::vector<float> one(kOut);
            panelMatmul(w.matrix,
                        {in.data(), kStride, index.data(), count},
                        {0, kOut},
                        2.0F,
                        {all.data(), kOut});
            for (int t = 0; t < count; ++t) {
                panelMatmul(
                    w.matrix,
                    {in.data() +
                         static_cast<std::ptrdiff_t>(index[static_cast<std::size_t>(t)]) * kStride,
                     kStride,
                     nullptr,
                     1},
                    {0, kOut},
                    2.0F,
                    {one.data(), kOut});
                ASSERT_TRUE(std::equal(one.begin(), one.end(), all.begin() + t * kOut)) << t;
            }
            if (GetParam() == DType::BF16) {
                panelMatmulBf16(w.matrix,
                                {bf16.data(), kStride, index.data(), count},
                                {0, kOut},
                                2.0F,
                                {all.data(), kOut});
                for (int t = 0; t < count; ++t) {
                    const auto* row =
                        bf16.data() +
                        static_cast<std::ptrdiff_t>(index[static_cast<std::size_t>(t)]) * kStride;
                    panelMatmulBf16(
                        w.matrix, {row, kStride, nullptr, 1}, {0, kOut}, 2.0F, {one.data(), kOut});
                    ASSERT_TRUE(std::equal(one.begin(), one.end(), all.begin() + t * kOut)) << t;
                }
            }
            if (!block) continue;
            panelMatmulInt8(
                w.matrix, {int8.rows, index.data(), 0, count}, {0, kOut}, 2.0F, {all.data(), kOut});
            for (int t = 0; t < count; ++t) {
                panelMatmulInt8(w.matrix,
                                {int8.rows, nullptr, index[static_cast<std::size_t>(t)], 1},
                                {0, kOut},
                                2.0F,
                                {one.data(), kOut});
                ASSERT_TRUE(std::equal(one.begin(), one.end(), all.begin() + t * kOut)) << t;
            }
        }
    });
}

INSTANTIATE_TEST_SUITE_P(StoredTypes,
                         Panels,
                         testing::Values(DType::F32,
                                         DType::F16,
                                         DType::BF16,
                                         DType::F8E4M3,
                                         DType::Q8_0,
                                         DType::Q4_0,
                                         DType::Q4_1,
                                         DType::Q2_K,
                                         DType::Q3_K,
                                         DType::Q4_K,
                                         DType::Q5_K,
                                         DType::Q6_K,
                                         DType::Q5_0,
                                         DType::Q5_1,
                                         DType::IQ4_NL,
                                         DType::IQ4_XS,
                                         DType::MXFP4),
                         nameOf);

/// An xAI matrix gives bit for bit what it gives where it lies.
TEST(Int8Panels, AreTheMatrixTheyWereCutFrom) {
    onEveryTarget([] {
        constexpr int kIn = 96, kOut = 176, kGroups = 8;
        std::mt19937 random(3);
        std::vector<std::byte> columns(kIn * kOut);
        for (std::byte& byte : columns) byte = static_cast<std::byte>(random());
        std::vector<std::uint16_t> scales;
        for (const float x : randomFloats(kGroups * kOut, 10)) scales.push_back(floatToBf16(x));
        std::vector<std::byte> panels(columns.size());
        for (int n = 0; n < kOut; n += 64)
            panelFromColumns(DType::I8, columns.data(), kIn, kOut, n, panels.data() + n * kIn);
        const auto x = randomFloats(kIn, 11);
        std::vector<float> want(kOut), got(kOut);
        matvec({.type = DType::I8,
                .data = columns.data(),
                .scales = scales.data(),
                .numIn = kIn,
                .numOut = kOut,
                .numGroups = kGroups},
               x.data(),
               {0, kOut},
               want.data());
        const PanelMatrix matrix{.type = DType::I8,
                                 .data = panels.data(),
                                 .scales = scales.data(),
                                 .numIn = kIn,
                                 .numOut = kOut,
                                 .numGroups = kGroups};
        panelMatmul(matrix, {x.data(), kIn, nullptr, 1}, {0, kOut}, 1.0F, {got.data(), kOut});
        EXPECT_EQ(got, want);
    });
}

/// BF16 with its inputs first is laid out as with its outputs first.
TEST(Bf16Panels, AreTheSameFromRowsAndFromColumns) {
    constexpr int kIn = 18, kOut = 176;
    const Panelled w = randomPanels(DType::BF16, kIn, kOut);
    std::vector<std::byte> columns(w.rows.size()), panels(w.rows.size());
    for (std::size_t n = 0; n < kOut; ++n)
        for (std::size_t k = 0; k < kIn; ++k)
            std::memcpy(columns.data() + 2 * (k * kOut + n), w.rows.data() + 2 * (n * kIn + k), 2);
    for (int n = 0; n < kOut; n += 64)
        panelFromColumns(DType::BF16, columns.data(), kIn, kOut, n, panels.data() + 2 * n * kIn);
    EXPECT_EQ(panels, w.panels);
}

/// Every code there is: small ones, both zeros and NaNs; and a scale a row.
TEST(F8Panels, HaveEveryValueTimesItsRowsScale) {
    onEveryTarget([] {
        constexpr int kIn = 256, kOut = 64;
        std::vector<std::byte> rows(kIn * kOut), all(kIn * kOut);
        for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::byte>(i % 256);
        panelFromRows(DType::F8E4M3, rows.data(), kIn, kOut, all.data());
        const auto scales = randomFloats(kOut, 8);
        for (std::size_t k = 0; k < kIn; ++k) {
            std::vector<std::byte> panel = all;
            const PanelMatrix matrix{.type = DType::F8E4M3,
                                     .data = panel.data(),
                                     .rowScales = scales.data(),
                                     .numIn = kIn,
                                     .numOut = kOut};
            std::vector<float> x(kIn, 0.0F), y(kOut);
            x[k] = 1;
            const float weight = f8E4M3ToFloat(static_cast<std::uint8_t>(k));
            // NaN spoils every sum that it is in, so it is left where it alone counts.
            for (const std::size_t nan : {std::size_t{0x7f}, std::size_t{0xff}})
                for (std::size_t n = 0; n < kOut && k != nan; ++n)
                    panel[nan * kOut + n] = std::byte{0};
            panelMatmul(matrix, {x.data(), kIn, nullptr, 1}, {0, kOut}, 2.0F, {y.data(), kOut});
            for (std::size_t n = 0; n < kOut; ++n)
                if (std::isnan(weight))
                    ASSERT_TRUE(std::isnan(y[n])) << k;
                else
                    ASSERT_EQ(y[n], 2 * scales[n] * weight) << k;
        }
    });
}

/// The scales at both ends of what their byte can say.
TEST(Mxfp4Panels, HaveEveryScale) {
    onEveryTarget([] {
        constexpr int kIn = 32, kOut = 16;
        for (const unsigned e : {0U, 1U, 2U, 3U, 127U, 200U, 254U, 255U}) {
            std::vector<std::byte> rows(storedBytes(DType::MXFP4, kIn * kOut), std::byte{0x22});
            for (std::size_t at = 0; at < rows.size(); at += sizeof(BlockMXFP4))
                rows[at] = static_cast<std::byte>(e);
            std::vector<std::byte> panel(rows.size());
            panelFromRows(DType::MXFP4, rows.data(), kIn, kOut, panel.data());
            const PanelMatrix matrix{
                .type = DType::MXFP4, .data = panel.data(), .numIn = kIn, .numOut = kOut};
            std::vector<float> x(kIn, 0.0F), y(kOut);
            x[3] = 1.0F / 64;
            panelMatmul(matrix, {x.data(), kIn, nullptr, 1}, {0, kOut}, 1.0F, {y.data(), kOut});
            for (const float got : y)
                ASSERT_EQ(got, std::ldexp(2.0F / 64, static_cast<int>(e) - 128));
        }
    });
}

TEST(Int8Activations, AreWithinHalfAStep) {
    onEveryTarget([] {
        const auto x = randomFloats(320, 5);
        const Rounded r = rounded(x, 160);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const ActivationBlock& block = r.blocks[i / kActivationBlock];
            ASSERT_NEAR(static_cast<float>(block.values[i % kActivationBlock]) * block.scale,
                        x[i],
                        0.5001F * block.scale);
        }
        for (const ActivationBlock& block : r.blocks) {
            const std::int8_t* values = block.values;
            const int first = std::accumulate(values, values + 16, 0);
            const int last = std::accumulate(values + 16, values + 32, 0);
            const int sums[] = {first, last, first + last};
            for (std::size_t s = 0; s < 3; ++s) {
                ASSERT_EQ(block.offsets[s], -128 * sums[s]);
                ASSERT_EQ(block.scaledSums[s], block.scale * static_cast<float>(sums[s]));
            }
        }
    });
}

TEST(Int8Activations, SurviveWhatIsNoNumber) {
    onEveryTarget([] {
        for (const float odd : {std::numeric_limits<float>::infinity(),
                                -std::numeric_limits<float>::infinity(),
                                std::numeric_limits<float>::quiet_NaN()}) {
            std::vector<float> x(64, 1.0F);
            x[40] = odd;
            const Rounded r = rounded(x, 64);
            EXPECT_EQ(r.blocks[0].scale, 1.0F / 127);
            EXPECT_TRUE(std::isnan(r.blocks[1].scale));
        }
        const Rounded zero = rounded(std::vector<float>(32, 0.0F), 32);
        EXPECT_EQ(zero.blocks[0].scale, 0.0F);
        const Rounded tiny =
            rounded(std::vector<float>(32, std::numeric_limits<float>::denorm_min()), 32);
        EXPECT_TRUE(std::isfinite(tiny.blocks[0].scale));
        EXPECT_LE(std::abs(tiny.blocks[0].offsets[kWholeSum]), 128 * 32 * 127);
    });
}

TEST(Bf16Activations, AreTheScalarRounding) {
    onEveryTarget([] {
        std::mt19937 random(6);
        std::vector<float> x;
        for (const std::uint32_t bits : {0x00000000U,
                                         0x80000000U,
                                         0x00000001U,
                                         0x007fffffU,
                                         0x3f808000U,
                                         0x3f818000U,
                                         0x3f807fffU,
                                         0x3f808001U,
                                         0x7f7fffffU,
                                         0x7f800000U,
                                         0xff800000U,
                                         0x7f800001U,
                                         0xffffffffU,
                                         0x7fc00000U})
            x.push_back(std::bit_cast<float>(bits));
        while (x.size() < 103)
            x.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
        for (const std::size_t count :
             {std::size_t{0}, std::size_t{1}, std::size_t{15}, x.size()}) {
            std::vector<std::uint16_t> got(x.size(), 0x1234);
            roundRowToBf16(x.data(), count, got.data());
            for (std::size_t i = 0; i < x.size(); ++i)
                ASSERT_EQ(got[i], i < count ? floatToBf16(x[i]) : 0x1234) << i << " of " << count;
        }
    });
}

/// The sums in the order of the instruction; AMX has another one, see amx_products_test.cpp.
TEST(Bf16Products, AreTheFormulaOfTheRoundedActivations) {
    setAmxAllowed(false);
    onEveryTarget([] {
        for (const auto& [numIn, numOut] :
             std::vector<Shape>{{2, 16}, {34, 64}, {96, 176}, {256, 48}, {1024, 96}}) {
            const Panelled w = randomPanels(DType::BF16, numIn, numOut);
            const auto x = roundedToBf16(randomFloats(static_cast<std::size_t>(numIn), 11));
            std::vector<float> y(static_cast<std::size_t>(numOut), kUntouched);
            const ColumnRange range{numOut / 128 * 64, numOut};
            panelMatmulBf16(
                w.matrix, {x.data(), numIn, nullptr, 1}, range, 2.0F, {y.data(), numOut});
            for (int n = 0; n < numOut; ++n) {
                const float got = y[static_cast<std::size_t>(n)];
                if (n < range.begin) {
                    ASSERT_EQ(got, kUntouched);
                    continue;
                }
                float fused = 0, magnitude = 1e-6F;
                const float* weights = w.exact.data() + static_cast<std::ptrdiff_t>(n) * numIn;
                for (std::size_t k = 0; k < static_cast<std::size_t>(numIn); k += 2)
                    for (const std::size_t i : {k + 1, k}) {
                        fused = std::fma(weights[i], bf16ToFloat(x[i]), fused);
                        magnitude += 2 * std::abs(weights[i] * bf16ToFloat(x[i]));
                    }
                ASSERT_NEAR(got, 2 * fused, tolerance::kKernelSum * magnitude) << "output " << n;
                if (hasBf16Products()) {
                    ASSERT_EQ(got, 2 * fused) << "output " << n;
                }
            }
        }
    });
    setAmxAllowed(true);
}

/// vdpbf16ps takes numbers below 2^-126 for 0; what is no number stays none.
TEST(Bf16Products, SurviveWhatIsNoNumber) {
    onEveryTarget([] {
        constexpr int kIn = 32, kOut = 64;
        const Panelled w = randomPanels(DType::BF16, kIn, kOut);
        const auto productOf = [&](float odd) {
            std::vector<float> x(kIn, 1.0F);
            x[7] = odd;
            const auto rounded = roundedToBf16(x);
            std::vector<float> y(kOut);
            panelMatmulBf16(
                w.matrix, {rounded.data(), kIn, nullptr, 1}, {0, kOut}, 1.0F, {y.data(), kOut});
            return y;
        };
        const auto zero = productOf(0);
        const auto tiny = productOf(std::numeric_limits<float>::denorm_min() * 0x1p20F);
        for (std::size_t n = 0; n < kOut; ++n) EXPECT_NEAR(tiny[n], zero[n], 0x1p-120F);
        for (const float y : productOf(std::numeric_limits<float>::quiet_NaN()))
            EXPECT_TRUE(std::isnan(y));
        for (const float y : productOf(std::numeric_limits<float>::infinity()))
            EXPECT_FALSE(std::isfinite(y));
    });
}

class Int8Products : public testing::TestWithParam<DType> {};

/// Integer sums of a block are exact, so what is left is rounding of the scaled sums.
TEST_P(Int8Products, AreTheFormulaOfTheRoundedActivations) {
    onEveryTarget([] {
        for (const auto& [numIn, numOut] : shapesOf(GetParam())) {
            const Panelled w = randomPanels(GetParam(), numIn, numOut);
            auto in = randomFloats(static_cast<std::size_t>(numIn), 11);
            in[0] = 40;  // an outlier: the largest value of its block is 127
            const Rounded x = rounded(in, numIn);
            std::vector<float> y(static_cast<std::size_t>(numOut), kUntouched);
            const ColumnRange range{16, numOut};
            panelMatmulInt8(w.matrix, {x.rows, nullptr, 0, 1}, range, 3.0F, {y.data(), numOut});
            for (int n = 0; n < numOut; ++n) {
                const float got = y[static_cast<std::size_t>(n)];
                if (n < range.begin) {
                    ASSERT_EQ(got, kUntouched);
                    continue;
                }
                double sum = 0, magnitude = 1e-6;
                for (std::size_t k = 0; k < static_cast<std::size_t>(numIn); ++k) {
                    const ActivationBlock& block = x.blocks[k / kActivationBlock];
                    const double product =
                        3.0 * static_cast<double>(block.values[k % kActivationBlock]) *
                        static_cast<double>(block.scale) *
                        static_cast<double>(w.exact[static_cast<std::size_t>(n * numIn) + k]);
                    sum += product;
                    magnitude += std::abs(product);
                }
                ASSERT_NEAR(got, sum, tolerance::kKernelSum * magnitude) << "output " << n;
            }
        }
    });
}

class Int8Extremes : public testing::TestWithParam<DType> {};

/// The largest numbers there are: no sum on the way may saturate.
TEST_P(Int8Extremes, DoNotSaturate) {
    onEveryTarget([] {
        const DType type = GetParam();
        const int numIn = static_cast<int>(traits(type).blockSize);
        constexpr int kOut = 16;
        const std::uint16_t one = floatToHalf(1.0F);
        for (const int byte : {0x00, 0x0f, 0x77, 0x7f, 0x80, 0xf0, 0xff}) {
            Panelled w = randomPanels(type, numIn, kOut);
            std::ranges::fill(w.rows, static_cast<std::byte>(byte));
            for (std::size_t at = 0; at < w.rows.size(); at += traits(type).bytesPerBlock) {
                for (const std::size_t offset : halvesOf(type))
                    std::memcpy(w.rows.data() + at + offset, &one, sizeof one);
                if (type == DType::MXFP4) w.rows[at + offsetof(BlockMXFP4, e)] = std::byte{128};
            }
            panelFromRows(type, w.rows.data(), numIn, kOut, w.panels.data());
            decodeElements(type, w.rows.data(), w.exact.size(), w.exact.data());
            for (const float sign : {1.0F, -1.0F}) {
                const auto in = std::vector<float>(static_cast<std::size_t>(numIn), sign * 127);
                const Rounded x = rounded(in, numIn);
                std::vector<float> y(kOut);
                panelMatmulInt8(
                    w.matrix, {x.rows, nullptr, 0, 1}, {0, kOut}, 1.0F, {y.data(), kOut});
                for (std::size_t n = 0; n < kOut; ++n) {
                    double sum = 0, magnitude = 0;
                    for (std::size_t k = 0; k < static_cast<std::size_t>(numIn); ++k) {
                        const double product =
                            127.0 *
                            static_cast<double>(w.exact[n * static_cast<std::size_t>(numIn) + k]);
                        sum += static_cast<double>(sign) * product;
                        magnitude += std::abs(product);
                    }
                    // A minimum that is taken away again counts twice.
                    ASSERT_NEAR(y[n], sum, 1e-5 * magnitude + 1e-2) << "bytes of " << byte;
                }
            }
        }
    });
}

INSTANTIATE_TEST_SUITE_P(StoredTypes, Int8Extremes, testing::ValuesIn(kBlockTypes), nameOf);

INSTANTIATE_TEST_SUITE_P(StoredTypes, Int8Products, testing::ValuesIn(kBlockTypes), nameOf);

TEST(CanPanel, AsksForWholePanelsAndBlocks) {
    EXPECT_TRUE(canPanel(DType::I8, 4, 64));
    EXPECT_TRUE(canPanel(DType::I8, 4, 112));
    EXPECT_FALSE(canPanel(DType::I8, 4, 104));
    EXPECT_FALSE(canPanel(DType::I8, 6, 64));
    EXPECT_TRUE(canPanel(DType::I8, 32, 64, 8));
    EXPECT_FALSE(canPanel(DType::I8, 16, 64, 8));
    EXPECT_TRUE(canPanel(DType::BF16, 6, 64));
    EXPECT_FALSE(canPanel(DType::BF16, 7, 64));
    EXPECT_TRUE(canPanel(DType::Q8_0, 32, 16));
    EXPECT_FALSE(canPanel(DType::Q8_0, 32, 17));
    EXPECT_FALSE(canPanel(DType::Q4_0, 48, 16));
    EXPECT_TRUE(canPanel(DType::Q6_K, 256, 16));
    EXPECT_FALSE(canPanel(DType::Q6_K, 128, 64));
    EXPECT_TRUE(canPanel(DType::IQ4_XS, 256, 64));
    EXPECT_FALSE(canPanel(DType::IQ4_XS, 32, 64));
    EXPECT_TRUE(canPanel(DType::F8E4M3, 3, 64));
    EXPECT_FALSE(canPanel(DType::I32, 32, 64));
}

}  // namespace
}  // namespace gatescope::kernels

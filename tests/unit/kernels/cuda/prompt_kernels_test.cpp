#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "kernels/cpu/gelu_tanh.h"
#include "kernels/cuda/add_experts.h"
#include "kernels/cuda/bf16_weights.h"
#include "kernels/cuda/gelu_product.h"
#include "kernels/cuda/group_by_expert.h"
#include "kernels/cuda/round_rows.h"
#include "kernels/cuda/scale_sums.h"
#include "kernels/quant/float_types.h"
#include "tests/unit/kernels/cuda/cuda_kernel_test.h"
#include "tests/unit/kernels/cuda/stacked_matrices.h"

// What stands around the products of a prompt (engine/decoder/cuda/prompt_products.h).

namespace gatescope::kernels::cuda {
namespace {

class CudaBf16Weights : public testing::TestWithParam<DType> {};

TEST_P(CudaBf16Weights, AreTheWeightsRounded) {
    const bool blocks = isBlockType(GetParam());
    for (const Shape& shape : blocks ? std::vector<Shape>{{256, 5, 1}, {512, 40, 1}}
                                     : std::vector<Shape>{{8, 1, 1}, {64, 33, 8}, {520, 40, 5}}) {
        const Stacked w = randomMatrices(GetParam(), shape, 3, 7);
        const int first = shape.numOut / 3;
        const int count = std::max(1, shape.numOut / 2);
        std::vector<std::uint16_t> expected;
        for (int n = 0; n < count; ++n)
            for (int k = 0; k < shape.numIn; ++k)
                expected.push_back(floatToBf16(w.weight(2, first + n, k)));
        onSchedules([&] {
            std::vector<std::uint16_t> to(expected.size() + 8, 0x1234);
            EXPECT_EQ(bf16Weights({.weights = w.device,
                                   .matrix = 2,
                                   .firstOut = first,
                                   .numOut = count,
                                   .to = to.data()},
                                  nullptr),
                      0);
            EXPECT_EQ(std::vector<std::uint16_t>(8, 0x1234),
                      std::vector<std::uint16_t>(to.end() - 8, to.end()))
                << "written past the end";
            to.resize(expected.size());
            EXPECT_EQ(to, expected) << shape.numIn << " x " << shape.numOut;
        });
    }
}

INSTANTIATE_TEST_SUITE_P(Types,
                         CudaBf16Weights,
                         testing::ValuesIn(weightTypes()),
                         [](const auto& test) { return std::string(name(test.param)); });

TEST(CudaRoundRows, AsBf16AreThoseThatWereAskedFor) {
    for (const int width : {8, 64, 1032}) {
        const auto x = randomFloats(static_cast<std::size_t>(4 * width), 3);
        const std::vector<std::int32_t> pairs = {7, 0, 3, 2, 6};  // of two a token
        std::vector<std::uint16_t> expected;
        for (const std::int32_t pair : pairs)
            for (int i = 0; i < width; ++i)
                expected.push_back(floatToBf16(x[static_cast<std::size_t>(pair / 2 * width + i)]));
        onSchedules([&] {
            std::vector<std::uint16_t> to(expected.size());
            EXPECT_EQ(roundRows({.x = x.data(),
                                 .row = pairs.data(),
                                 .divisor = 2,
                                 .numRows = 5,
                                 .width = width,
                                 .to = {.data = to.data()}},
                                nullptr),
                      0);
            EXPECT_EQ(to, expected);
            std::vector<std::uint16_t> all(x.size());
            EXPECT_EQ(
                roundRows({.x = x.data(), .numRows = 4, .width = width, .to = {.data = all.data()}},
                          nullptr),
                0);
            for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(all[i], floatToBf16(x[i]));
        });
    }
}

/// The types of 8 bits, and what their codes stand for.
class CudaEightBits : public testing::TestWithParam<DType> {
  protected:
    static float valueOf(std::uint8_t code) {
        return GetParam() == DType::I8 ? static_cast<float>(static_cast<std::int8_t>(code))
                                       : f8E4M3ToFloat(code);
    }
    static float largestCode() { return GetParam() == DType::I8 ? 127.0F : 448.0F; }
    /// Is there no code whose value lies nearer?
    static bool isNearest(std::uint8_t code, double exact) {
        const double own = std::abs(static_cast<double>(valueOf(code)) - exact);
        for (int other = 0; other < 256; ++other) {
            const auto bits = static_cast<std::uint8_t>(other);
            if (GetParam() == DType::I8 && bits == 0x80) continue;  // -128 is not used
            const double distance = std::abs(static_cast<double>(valueOf(bits)) - exact);
            if (distance < own - 1e-6 * (std::abs(exact) + 1)) return false;  // NaN never is
        }
        return true;
    }
};

/// Rows of all magnitudes that f32 has, of one outlier among small numbers, of zeros.
TEST_P(CudaEightBits, RowsAreTheNearestCodesTimesTheirScale) {
    struct Case {
        int width, numGroups;
    };
    const std::vector<float> sizes = {1, 1e-38F, 3e-42F, 3e37F, 0, 1e-3F};
    for (const Case& c : {Case{16, 1}, Case{48, 3}, Case{1040, 1}, Case{2080, 2}}) {
        const auto width = static_cast<std::size_t>(c.width);
        const auto groups = static_cast<std::size_t>(c.numGroups);
        const std::size_t ofGroup = width / groups;
        std::vector<float> x = randomFloats(sizes.size() * width, 3);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] *= sizes[i / width];
        x[5 * width + 1] = 300;
        const std::vector<std::int32_t> pairs = {11, 0, 5, 2, 6, 9, 8};  // of two a token
        onSchedules([&] {
            std::vector<std::uint8_t> codes(pairs.size() * width + 16, 0x55);
            std::vector<float> scales(pairs.size() * groups + 1, -7);
            EXPECT_EQ(roundRows({.x = x.data(),
                                 .row = pairs.data(),
                                 .divisor = 2,
                                 .numRows = static_cast<int>(pairs.size()),
                                 .width = c.width,
                                 .to = {.type = GetParam(),
                                        .data = codes.data(),
                                        .scales = scales.data(),
                                        .numGroups = c.numGroups}},
                                nullptr),
                      0);
            EXPECT_EQ(scales.back(), -7) << "written past the end";
            EXPECT_EQ(codes[pairs.size() * width], 0x55) << "written past the end";
            for (std::size_t r = 0; r < pairs.size(); ++r)
                for (std::size_t g = 0; g < groups; ++g) {
                    const std::size_t row = static_cast<std::size_t>(pairs[r]) / 2;
                    const float* from = x.data() + row * width + g * ofGroup;
                    float largest = 0;
                    for (std::size_t i = 0; i < ofGroup; ++i)
                        largest = std::max(largest, std::abs(from[i]));
                    EXPECT_FLOAT_EQ(scales[r * groups + g], largest / largestCode());
                    for (std::size_t i = 0; i < ofGroup; ++i) {
                        const double exact =
                            largest == 0 ? 0
                                         : static_cast<double>(from[i]) * largestCode() / largest;
                        ASSERT_TRUE(isNearest(codes[r * width + g * ofGroup + i], exact))
                            << "row " << row << " element " << i << " of group " << g << ": "
                            << from[i];
                    }
                }
        });
    }
}

TEST_P(CudaEightBits, EveryCodeStandsForItself) {
    std::vector<float> x;
    std::vector<std::uint8_t> expected;
    for (int code = 0; code < 256; ++code) {
        const float value = valueOf(static_cast<std::uint8_t>(code));
        if (std::isnan(value) || std::abs(value) > largestCode()) continue;
        x.push_back(0.125F * value);
        expected.push_back(static_cast<std::uint8_t>(code));
    }
    while (x.size() % 16 != 0) {
        x.push_back(0);
        expected.push_back(0);
    }
    onSchedules([&] {
        std::vector<std::uint8_t> codes(x.size());
        float scale = 0;
        EXPECT_EQ(roundRows({.x = x.data(),
                             .numRows = 1,
                             .width = static_cast<int>(x.size()),
                             .to = {.type = GetParam(), .data = codes.data(), .scales = &scale}},
                            nullptr),
                  0);
        EXPECT_EQ(scale, 0.125F);
        EXPECT_EQ(codes, expected);
    });
}

TEST_P(CudaEightBits, HalvesGoToTheEvenCode) {
    const int largest = GetParam() == DType::I8 ? 0x7F : 0x7E;
    std::vector<float> x;
    std::vector<std::uint8_t> expected;
    for (int code = 0; code < largest; ++code) {
        x.push_back((valueOf(static_cast<std::uint8_t>(code)) +
                     valueOf(static_cast<std::uint8_t>(code + 1))) /
                    2);
        expected.push_back(static_cast<std::uint8_t>(code + code % 2));
    }
    do {  // a scale of 1
        x.push_back(largestCode());
        expected.push_back(static_cast<std::uint8_t>(largest));
    } while (x.size() % 16 != 0);
    std::vector<std::uint8_t> codes(x.size());
    float scale = 0;
    EXPECT_EQ(roundRows({.x = x.data(),
                         .numRows = 1,
                         .width = static_cast<int>(x.size()),
                         .to = {.type = GetParam(), .data = codes.data(), .scales = &scale}},
                        nullptr),
              0);
    EXPECT_EQ(scale, 1);
    EXPECT_EQ(codes, expected);
}

/// Wherever it stands in a group; other groups of the row keep their numbers.
TEST_P(CudaEightBits, WhatIsNotFiniteMakesTheScaleNaN) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
    constexpr std::size_t kWidth = 2080, kGroup = kWidth / 2;
    for (const float bad : {kInfinity, -kInfinity, kNaN, -kNaN})
        for (const std::size_t at : {std::size_t{0}, std::size_t{7}, kGroup - 1}) {
            auto x = randomFloats(kWidth, 3);
            x[kGroup + at] = bad;
            onSchedules([&] {
                std::vector<std::uint8_t> codes(kWidth, 0x55);
                std::vector<float> scales(2);
                EXPECT_EQ(roundRows({.x = x.data(),
                                     .numRows = 1,
                                     .width = kWidth,
                                     .to = {.type = GetParam(),
                                            .data = codes.data(),
                                            .scales = scales.data(),
                                            .numGroups = 2}},
                                    nullptr),
                          0);
                EXPECT_TRUE(std::isfinite(scales[0]));
                EXPECT_TRUE(std::isnan(scales[1])) << bad << " at " << at;
                EXPECT_EQ(std::count(codes.begin() + kGroup, codes.end(), 0), kGroup);
            });
        }
}

TEST_P(CudaEightBits, SumsAreScaledAndGroupsAddedUp) {
    const bool isI8 = GetParam() == DType::I8;
    struct Case {
        int numIn, numOut, numGroups, numRows, firstOut, count, yStride;
    };
    for (const Case& c : {Case{16, 4, 1, 1, 0, 4, 4},
                          Case{64, 36, isI8 ? 4 : 1, 5, 8, 28, 40},
                          Case{80, 700, isI8 ? 5 : 1, 3, 0, 700, 700}}) {
        const Stacked w = randomMatrices(GetParam(), {c.numIn, c.numOut, c.numGroups}, 3, 7);
        const auto rows = static_cast<std::size_t>(c.numRows);
        const auto groups = static_cast<std::size_t>(c.numGroups);
        const auto count = static_cast<std::size_t>(c.count);
        const auto stride = static_cast<std::size_t>(c.yStride);
        const auto scales = randomFloats(rows * groups, 5);
        const auto floats = randomFloats(groups * rows * count, 6, 3e6F);
        const std::vector<int> whole(floats.begin(), floats.end());
        const void* sums = isI8 ? static_cast<const void*>(whole.data()) : floats.data();
        onSchedules([&] {
            std::vector<float> y(rows * stride, -7);
            EXPECT_EQ(scaleSums({.weights = w.device,
                                 .matrix = 2,
                                 .firstOut = c.firstOut,
                                 .numOut = c.count,
                                 .sums = sums,
                                 .scales = scales.data(),
                                 .numRows = c.numRows,
                                 .factor = 0.5F,
                                 .y = y.data(),
                                 .yStride = c.yStride},
                                nullptr),
                      0);
            for (std::size_t r = 0; r < rows; ++r)
                for (std::size_t n = 0; n < stride; ++n) {
                    if (n >= count) {
                        ASSERT_EQ(y[r * stride + n], -7) << "between the rows";
                        continue;
                    }
                    double expected = 0;
                    double size = 0;
                    for (std::size_t g = 0; g < groups; ++g) {
                        const std::size_t out = static_cast<std::size_t>(c.firstOut) + n;
                        const std::size_t at =
                            (2 * groups + g) * static_cast<std::size_t>(c.numOut) + out;
                        const std::size_t sum = (g * rows + r) * count + n;
                        const double part =
                            0.5 * static_cast<double>(scales[r * groups + g]) *
                            (isI8 ? static_cast<double>(bf16ToFloat(w.scales[at])) * whole[sum]
                                  : static_cast<double>(w.rowScales[at]) *
                                        static_cast<double>(floats[sum]));
                        expected += part;
                        size += std::abs(part);
                    }
                    ASSERT_NEAR(y[r * stride + n], expected, 1e-6 * size) << r << " " << n;
                }
        });
    }
}

TEST_P(CudaEightBits, ANaNForAScaleIsSeenWhateverTheSumsAre) {
    const Stacked w = randomMatrices(GetParam(), {16, 4, 1}, 1, 7);
    const std::vector<float> scales = {std::numeric_limits<float>::quiet_NaN(), 1};
    const std::vector<int> sums(8, 0);  // as floats, too
    std::vector<float> y(8);
    EXPECT_EQ(scaleSums({.weights = w.device,
                         .numOut = 4,
                         .sums = sums.data(),
                         .scales = scales.data(),
                         .numRows = 2,
                         .y = y.data(),
                         .yStride = 4},
                        nullptr),
              0);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_TRUE(std::isnan(y[i]));
        EXPECT_EQ(y[4 + i], 0);
    }
}

TEST(CudaScaleSums, HasNoOtherTypes) {
    const Stacked w = randomMatrices(DType::BF16, {16, 4, 1}, 1, 7);
    EXPECT_NE(scaleSums({.weights = w.device, .numOut = 4, .numRows = 1}, nullptr), 0);
}

INSTANTIATE_TEST_SUITE_P(Types,
                         CudaEightBits,
                         testing::Values(DType::I8, DType::F8E4M3),
                         [](const auto& test) { return std::string(name(test.param)); });

TEST(CudaGroupByExpert, PutsThePairsOfAnExpertSideBySide) {
    struct Case {
        int numTokens, numSelected, numExperts;
    };
    for (const Case& c : {Case{1, 1, 1}, Case{5, 2, 8}, Case{200, 3, 5}, Case{40, 2, 256}}) {
        const auto numPairs = static_cast<std::size_t>(c.numTokens * c.numSelected);
        std::vector<std::int32_t> selected(numPairs);
        std::vector<float> gates(numPairs, 0.5F);
        for (std::size_t p = 0; p < numPairs; ++p) {
            selected[p] =
                static_cast<std::int32_t>(p * p * 7 % static_cast<std::size_t>(c.numExperts));
            if (p % 11 == 3) selected[p] = -1;
            if (p % 7 == 5) gates[p] = 0;
        }
        std::vector<std::int32_t> pairs;
        std::vector<std::int32_t> places(numPairs, -1);
        std::vector<int> begins;
        for (int e = 0; e < c.numExperts; ++e) {
            begins.push_back(static_cast<int>(pairs.size()));
            for (std::size_t p = 0; p < numPairs; ++p)
                if (selected[p] == e && gates[p] != 0) {
                    places[p] = static_cast<std::int32_t>(pairs.size());
                    pairs.push_back(static_cast<std::int32_t>(p));
                }
        }
        begins.push_back(static_cast<int>(pairs.size()));
        onSchedules([&] {
            std::vector<int> gotBegins(begins.size(), -7);
            std::vector<std::int32_t> gotPairs(numPairs, -7);
            std::vector<std::int32_t> gotPlaces(numPairs, -7);
            EXPECT_EQ(groupByExpert({.selected = selected.data(),
                                     .gates = gates.data(),
                                     .numTokens = c.numTokens,
                                     .numSelected = c.numSelected,
                                     .numExperts = c.numExperts,
                                     .begins = gotBegins.data(),
                                     .pair = gotPairs.data(),
                                     .place = gotPlaces.data()},
                                    nullptr),
                      0);
            EXPECT_EQ(gotBegins, begins);
            gotPairs.resize(pairs.size());
            EXPECT_EQ(gotPairs, pairs);
            EXPECT_EQ(gotPlaces, places);
        });
    }
}

TEST(CudaGeluProduct, IsTheCpusRoundedOrNot) {
    constexpr int kRows = 3, kWidth = 40, kStride = 56;
    const auto gate = randomFloats(kRows * kWidth, 1, 3.0F);
    const auto up = randomFloats(kRows * kWidth, 2);
    std::vector<float> expected = gate;
    geluTanhTimes(up.data(), kRows * kWidth, expected.data());
    onSchedules([&] {
        std::vector<std::uint16_t> to(kRows * kStride, 0x1234);
        std::vector<float> product(kRows * kStride, -7);
        GeluProduct op{.gate = gate.data(),
                       .up = up.data(),
                       .numRows = kRows,
                       .width = kWidth,
                       .stride = kStride,
                       .to = to.data()};
        EXPECT_EQ(geluProduct(op, nullptr), 0);
        op.to = nullptr;
        op.product = product.data();
        EXPECT_EQ(geluProduct(op, nullptr), 0);
        for (std::size_t r = 0; r < kRows; ++r)
            for (std::size_t i = 0; i < kStride; ++i) {
                const std::uint16_t got = to[r * kStride + i];
                if (i >= kWidth) {
                    ASSERT_EQ(got, 0x1234) << "between the rows";
                    ASSERT_EQ(product[r * kStride + i], -7) << "between the rows";
                    continue;
                }
                ASSERT_EQ(got, floatToBf16(product[r * kStride + i]));
                const float exact = expected[r * kWidth + i];
                ASSERT_NEAR(bf16ToFloat(got), exact, std::abs(exact) / 256 + 1e-6F)
                    << r << " " << i;
            }
    });
}

TEST(CudaAddExperts, AddsThemInTheOrderOfTheSelection) {
    constexpr int kTokens = 3, kSelected = 2, kWidth = 300;
    const auto out = randomFloats(kTokens * kSelected * kWidth, 5);
    const std::vector<std::int32_t> places = {3, 0, -1, 2, -1, -1};
    const std::vector<float> gates = {0.7F, 0.2F, 0, 0.4F, 0, 0};
    std::vector<float> expected(kTokens * kWidth);
    for (std::size_t t = 0; t < kTokens; ++t)
        for (std::size_t s = 0; s < kSelected; ++s)
            if (const auto place = places[t * kSelected + s]; place >= 0)
                for (std::size_t i = 0; i < kWidth; ++i)
                    expected[t * kWidth + i] += gates[t * kSelected + s] *
                                                out[static_cast<std::size_t>(place) * kWidth + i];
    onSchedules([&] {
        std::vector<float> change(expected.size(), -7);
        EXPECT_EQ(addExperts({.out = out.data(),
                              .place = places.data(),
                              .gates = gates.data(),
                              .numTokens = kTokens,
                              .numSelected = kSelected,
                              .width = kWidth,
                              .change = change.data()},
                             nullptr),
                  0);
        expectNear(change, expected, 1e-6F, "change");
    });
}

}  // namespace
}  // namespace gatescope::kernels::cuda

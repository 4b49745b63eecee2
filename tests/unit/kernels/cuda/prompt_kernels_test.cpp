#include <algorithm>
#include <string>

#include "kernels/cpu/gelu_tanh.h"
#include "kernels/cuda/add_experts.h"
#include "kernels/cuda/bf16_rows.h"
#include "kernels/cuda/bf16_weights.h"
#include "kernels/cuda/gelu_product.h"
#include "kernels/cuda/group_by_expert.h"
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

TEST(CudaBf16Rows, AreThoseThatWereAskedFor) {
    for (const int width : {8, 64, 1032}) {
        const auto x = randomFloats(static_cast<std::size_t>(4 * width), 3);
        const std::vector<std::int32_t> pairs = {7, 0, 3, 2, 6};  // of two a token
        std::vector<std::uint16_t> expected;
        for (const std::int32_t pair : pairs)
            for (int i = 0; i < width; ++i)
                expected.push_back(floatToBf16(x[static_cast<std::size_t>(pair / 2 * width + i)]));
        onSchedules([&] {
            std::vector<std::uint16_t> to(expected.size());
            EXPECT_EQ(bf16Rows({.x = x.data(),
                                .row = pairs.data(),
                                .divisor = 2,
                                .numRows = 5,
                                .width = width,
                                .to = to.data()},
                               nullptr),
                      0);
            EXPECT_EQ(to, expected);
            std::vector<std::uint16_t> all(x.size());
            EXPECT_EQ(
                bf16Rows({.x = x.data(), .numRows = 4, .width = width, .to = all.data()}, nullptr),
                0);
            for (std::size_t i = 0; i < x.size(); ++i) ASSERT_EQ(all[i], floatToBf16(x[i]));
        });
    }
}

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

TEST(CudaGeluProduct, IsTheCpusRounded) {
    constexpr int kRows = 3, kWidth = 40, kStride = 56;
    const auto gate = randomFloats(kRows * kWidth, 1, 3.0F);
    const auto up = randomFloats(kRows * kWidth, 2);
    std::vector<float> expected = gate;
    geluTanhTimes(up.data(), kRows * kWidth, expected.data());
    onSchedules([&] {
        std::vector<std::uint16_t> to(kRows * kStride, 0x1234);
        EXPECT_EQ(geluProduct({.gate = gate.data(),
                               .up = up.data(),
                               .numRows = kRows,
                               .width = kWidth,
                               .stride = kStride,
                               .to = to.data()},
                              nullptr),
                  0);
        for (std::size_t r = 0; r < kRows; ++r)
            for (std::size_t i = 0; i < kStride; ++i) {
                const std::uint16_t got = to[r * kStride + i];
                if (i >= kWidth) {
                    ASSERT_EQ(got, 0x1234) << "between the rows";
                    continue;
                }
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

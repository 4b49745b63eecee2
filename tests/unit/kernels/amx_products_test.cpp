#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "kernels/cpu/amx.h"
#include "kernels/cpu/panel_matmul.h"
#include "kernels/cpu/panel_matmul_amx.h"
#include "tests/unit/kernels/kernel_test.h"
#include "tests/unit/kernels/panelled.h"

// Where the processor has no AMX these are tests of the same products with tiles in plain C++;
// where it has, both are run.
namespace gatescope::kernels {
namespace {

using namespace test;

/// Calls body() with the plain tiles and, where there are some, with the processor's.
template <class Body>
void onEveryTile(const Body& body) {
    onEveryTarget([&] {
        for (const bool allowed : {false, true}) {
            setAmxAllowed(allowed);
            SCOPED_TRACE(hasAmx() ? "AMX" : "plain tiles");
            body();
        }
        setAmxAllowed(true);
    });
}

std::vector<std::int32_t> mixedRows(int count) {
    std::vector<std::int32_t> index;
    for (int t = 0; t < count; ++t) index.push_back((t * 7) % 39);
    return index;
}

class AmxInt8Products : public testing::TestWithParam<DType> {};

/// More than one chunk of inputs and than sixteen panels, a last panel alone, rows that fill no
/// tile.
TEST_P(AmxInt8Products, HaveTheBitsOfTheProductsWithoutAmx) {
    for (const auto& [numIn, numOut] : std::vector<Shape>{{256, 16}, {768, 272}}) {
        const Panelled w = randomPanels(GetParam(), numIn, numOut);
        auto in = randomFloats(static_cast<std::size_t>(numIn) * 40, 12);
        in[5] = 40;  // the largest value of its block is 127
        const Rounded x = rounded(in, numIn);
        for (const int count : {5, 37}) {
            const auto index = mixedRows(count);
            const auto size = static_cast<std::size_t>(numOut * count);
            const ColumnRange range{numOut / 32 * 16, numOut};
            onEveryTile([&] {
                const Int8Rows rows{x.rows, index.data(), 0, count};
                std::vector<float> want(size, kUntouched), got(size, kUntouched);
                panelMatmulInt8Amx(w.matrix, rows, range, 2.0F, {got.data(), numOut});
                setAmxAllowed(false);
                panelMatmulInt8(w.matrix, rows, range, 2.0F, {want.data(), numOut});
                ASSERT_EQ(got, want) << count << " rows of " << numIn << " inputs";
            });
        }
    }
}

/// The numbers that are next to each other in memory count on from the first one given.
TEST_P(AmxInt8Products, AreTakenTogetherWithTheOthers) {
    constexpr int kIn = 256, kOut = 64, kRows = 45;
    const Panelled w = randomPanels(GetParam(), kIn, kOut);
    const Rounded x = rounded(randomFloats(std::size_t{kIn} * (kRows + 3), 12), kIn);
    std::vector<float> want(std::size_t{kOut} * kRows), got(want.size(), kUntouched);
    for (int t = 0; t < kRows; ++t)
        panelMatmulInt8(
            w.matrix, {x.rows, nullptr, t + 3, 1}, {0, kOut}, 2.0F, {want.data() + t * kOut, kOut});
    for (const int count : {13, 14, 17, 29, 30, kRows}) {
        panelMatmulInt8(w.matrix, {x.rows, nullptr, 3, count}, {0, kOut}, 2.0F, {got.data(), kOut});
        ASSERT_TRUE(std::equal(got.begin(), got.begin() + count * kOut, want.begin())) << count;
    }
}

INSTANTIATE_TEST_SUITE_P(StoredTypes, AmxInt8Products, testing::ValuesIn(kBlockTypes), nameOf);

float flushed(float value) {
    return std::abs(value) < std::numeric_limits<float>::min() ? 0.0F : value;
}

/// y[n], in the order of TDPBF16PS.
float bf16Product(const Panelled& w, const std::uint16_t* x, int n) {
    const auto numIn = static_cast<std::size_t>(w.matrix.numIn);
    const float* weights = w.exact.data() + static_cast<std::size_t>(n) * numIn;
    float total = 0;
    for (std::size_t k = 0; k < numIn; k += 32) {
        float sums[2] = {0, 0};
        for (std::size_t i = k; i < std::min(k + 32, numIn); ++i)
            sums[i % 2] =
                flushed(std::fma(flushed(bf16ToFloat(x[i])), flushed(weights[i]), sums[i % 2]));
        total = flushed(total + flushed(sums[0] + sums[1]));
    }
    return total;
}

TEST(AmxBf16Products, AreSummedInTheOrderOfTheInstruction) {
    for (const auto& [numIn, numOut] :
         std::vector<Shape>{{2, 16}, {34, 64}, {96, 176}, {1058, 48}, {2048, 80}}) {
        const Panelled w = randomPanels(DType::BF16, numIn, numOut);
        const auto x = roundedToBf16(randomFloats(static_cast<std::size_t>(numIn) * 40, 11));
        const ColumnRange range{numOut / 128 * 64, numOut};
        // Which rows share a tile does not depend on how long they are.
        for (const int count : numIn < 1000 ? std::vector{1, 2, 16, 17, 32, 37} : std::vector{37}) {
            const auto index = mixedRows(count);
            std::vector<float> want(static_cast<std::size_t>(numOut * count), kUntouched);
            for (int t = 0; t < count; ++t)
                for (int n = range.begin; n < numOut; ++n)
                    want[static_cast<std::size_t>(t * numOut + n)] =
                        2 * bf16Product(w,
                                        x.data() + index[static_cast<std::size_t>(t)] *
                                                       std::ptrdiff_t{numIn},
                                        n);
            onEveryTile([&] {
                std::vector<float> got(want.size(), kUntouched);
                panelMatmulBf16Amx(w.matrix,
                                   {x.data(), numIn, index.data(), count},
                                   range,
                                   2.0F,
                                   {got.data(), numOut});
                ASSERT_EQ(got, want) << count << " rows of " << numIn << " inputs";
            });
        }
    }
}

TEST(AmxBf16Products, TakeSubnormalNumbersForZero) {
    constexpr int kIn = 64, kOut = 64;
    Panelled w = randomPanels(DType::BF16, kIn, kOut);
    // Inputs near 2^-120 and some below 2^-126, so that products and sums fall below, too.
    auto in = randomFloats(std::size_t{kIn} * 20, 11, 0x1p-124F);
    for (std::size_t i = 0; i < in.size(); i += 5) in[i] *= 0x1p-6F;
    const auto x = roundedToBf16(in);
    onEveryTile([&] {
        for (const int count : {1, 20}) {
            std::vector<float> got(std::size_t{kOut} * 20, kUntouched);
            panelMatmulBf16Amx(
                w.matrix, {x.data(), kIn, nullptr, count}, {0, kOut}, 1.0F, {got.data(), kOut});
            for (int t = 0; t < count; ++t)
                for (int n = 0; n < kOut; ++n)
                    ASSERT_EQ(got[static_cast<std::size_t>(t * kOut + n)],
                              bf16Product(w, x.data() + t * kIn, n));
        }
    });
}

TEST(AmxBf16Products, LetNoNumberBeCome) {
    constexpr int kIn = 32, kOut = 64;
    const Panelled w = randomPanels(DType::BF16, kIn, kOut);
    onEveryTile([&] {
        for (const float odd :
             {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
            for (const int count : {1, 3}) {
                std::vector<float> in(std::size_t{kIn} * 3, 1.0F);
                in[7] = odd;
                const auto x = roundedToBf16(in);
                std::vector<float> y(std::size_t{kOut} * 3);
                panelMatmulBf16Amx(
                    w.matrix, {x.data(), kIn, nullptr, count}, {0, kOut}, 1.0F, {y.data(), kOut});
                for (std::size_t i = 0; i < y.size(); ++i)
                    ASSERT_EQ(std::isfinite(y[i]), i >= kOut || count == 0);
            }
    });
}

}  // namespace
}  // namespace gatescope::kernels

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "kernels/cpu/amx.h"
#include "kernels/cpu/panel_matmul.h"
#include "kernels/cpu/panel_matmul_amx.h"
#include "tests/unit/kernels/kernel_test.h"
#include "tests/unit/kernels/panelled.h"

// int8 weights as xAI stores them, times activations as whole numbers of 24 bits.
namespace gatescope::kernels {
namespace {

using namespace test;

constexpr std::size_t kBlock = kInt24Block;

/// Activations in memory of their own.
struct Rounded24 {
    std::vector<Int24Block> blocks;
    Int24Activations rows;

    double value(std::size_t row, std::size_t k) const {
        const Int24Block& block = blocks[row * static_cast<std::size_t>(rows.stride) + k / kBlock];
        const std::size_t i = k % kBlock;
        return static_cast<double>(block.scale) *
               (65536 * block.digits[0][i] + 256 * block.digits[1][i] + block.digits[2][i]);
    }
};

Rounded24 rounded24(const std::vector<float>& x, int width) {
    Rounded24 out;
    out.blocks.resize(x.size() / kBlock);
    out.rows = {out.blocks.data(), width / kInt24Block};
    for (int row = 0; row < static_cast<int>(x.size()) / width; ++row)
        roundToInt24(x.data() + static_cast<std::ptrdiff_t>(row) * width, 0, width, out.rows, row);
    return out;
}

/// A matrix of random bytes with scales, in columns and in panels.
struct Int8Matrix {
    std::vector<std::int8_t> columns;  // [numIn, numOut]
    std::vector<std::byte> panels;     // exactly as long: sanitizers see a read behind them
    std::vector<std::uint16_t> scales;
    PanelMatrix matrix;

    Int8Matrix(int numIn, int numOut, int numGroups) {
        std::mt19937 random(3);
        columns.resize(static_cast<std::size_t>(numIn) * static_cast<std::size_t>(numOut));
        for (std::int8_t& byte : columns) byte = static_cast<std::int8_t>(random());
        std::fill_n(columns.begin(), 2 * numOut, std::int8_t{-128});
        for (const float x : randomFloats(static_cast<std::size_t>(numGroups * numOut), 10))
            scales.push_back(floatToBf16(x));
        panels.resize(columns.size());
        for (int n = 0; n < numOut; n += 64)
            panelFromColumns(DType::I8,
                             reinterpret_cast<const std::byte*>(columns.data()),
                             numIn,
                             numOut,
                             n,
                             panels.data() + static_cast<std::ptrdiff_t>(n) * numIn);
        matrix = {.type = DType::I8,
                  .data = panels.data(),
                  .scales = scales.data(),
                  .numIn = numIn,
                  .numOut = numOut,
                  .numGroups = numGroups};
    }

    std::int32_t weight(std::size_t k, std::size_t n) const {
        return columns[k * static_cast<std::size_t>(matrix.numOut) + n];
    }
    float scale(std::size_t group, std::size_t n) const {
        return bf16ToFloat(scales[group * static_cast<std::size_t>(matrix.numOut) + n]);
    }

    /// Output n of a row, in the order that panelMatmulInt24() promises; `fused`: with the
    /// multiply-adds that every processor has for which there is more than the portable way.
    float product(const Int24Block* x, std::size_t n, bool fused = true) const {
        const auto groups = static_cast<std::size_t>(matrix.numGroups);
        const std::size_t blocks = static_cast<std::size_t>(matrix.numIn) / kBlock / groups;
        float sum = 0;
        for (std::size_t group = 0; group < groups; ++group)
            for (std::size_t first = 0; first < blocks; first += 8) {
                float total = 0;
                for (std::size_t b = first; b < std::min(first + 8, blocks); ++b)
                    total = addBlock(x, group * blocks + b, n, total);
                const float rounded = scale(group, n) * total;
                sum = fused ? std::fma(scale(group, n), total, sum) : rounded + sum;
            }
        return sum;
    }

  private:
    float addBlock(const Int24Block* x, std::size_t b, std::size_t n, float total) const {
        std::int32_t dots[kDigits] = {};
        for (std::size_t digit = 0; digit < kDigits; ++digit)
            for (std::size_t i = 0; i < kBlock; ++i)
                dots[digit] += weight(b * kBlock + i, n) * x[b].digits[digit][i];
        const float upper = static_cast<float>(256 * dots[0] + dots[1]);
        total = std::fma(upper, 256 * x[b].scale, total);
        return std::fma(static_cast<float>(dots[2]), x[b].scale, total);
    }
};

struct Int24Shape {
    int numIn;
    int numOut;
    int numGroups;
};
const std::vector<Int24Shape> kShapes = {
    {64, 16, 1}, {128, 64, 2}, {512, 112, 8}, {640, 16, 1}, {1152, 80, 2}};

/// Calls body() as onEveryTarget(), and where there is AMX once without and once with it.
template <class Body>
void onEveryWay(const Body& body) {
    onEveryTarget([&] {
        for (const bool allowed : {false, true}) {
            setAmxAllowed(allowed);
            SCOPED_TRACE(hasAmx() ? "AMX" : "no AMX");
            body();
        }
        setAmxAllowed(true);
    });
}

/// Every number of rows, some of the outputs, rows that are named: the bits of the scalar sums.
TEST(Int24Products, AreTheSumsThatTheyPromise) {
    for (const auto& [numIn, numOut, numGroups] : kShapes) {
        const Int8Matrix w(numIn, numOut, numGroups);
        ASSERT_TRUE(canTakeInt24(DType::I8, numIn, numGroups));
        auto in = randomFloats(static_cast<std::size_t>(numIn) * 40, 12);
        in[3] = 90;
        const Rounded24 x = rounded24(in, numIn);
        const ColumnRange range{numOut / 65 * 64, numOut};
        for (const int count : {1, 2, 3, 5, 21}) {
            std::vector<std::int32_t> index;
            for (int t = 0; t < count; ++t) index.push_back((t * 7) % 39);
            const auto size = static_cast<std::size_t>(numOut * count);
            std::vector<float> fused(size, kUntouched), apart(size, kUntouched);
            for (int t = 0; t < count; ++t)
                for (int n = range.begin; n < numOut; ++n) {
                    const auto* row = x.rows.row(index[static_cast<std::size_t>(t)]);
                    const auto at = static_cast<std::size_t>(t * numOut + n);
                    fused[at] = 2 * w.product(row, static_cast<std::size_t>(n));
                    apart[at] = 2 * w.product(row, static_cast<std::size_t>(n), false);
                }
            onEveryWay([&] {
                for (const auto matmul : {panelMatmulInt24, panelMatmulInt24Amx}) {
                    std::vector<float> got(size, kUntouched);
                    const Int24Rows rows{x.rows, index.data(), 0, count};
                    matmul(w.matrix, rows, range, 2.0F, {got.data(), numOut});
                    const bool portable = got != fused && !hasInt24Products();
                    ASSERT_EQ(got, portable ? apart : fused) << count << " rows of " << numIn;
                }
            });
        }
    }
}

/// The numbers that are next to each other in memory count on from the first one given.
TEST(Int24Products, TakeRowsFromTheFirstOneGiven) {
    constexpr int kIn = 128, kOut = 64, kRows = 23;
    const Int8Matrix w(kIn, kOut, 1);
    const Rounded24 x = rounded24(randomFloats(std::size_t{kIn} * (kRows + 3), 12), kIn);
    std::vector<float> got(std::size_t{kOut} * kRows);
    panelMatmulInt24(w.matrix, {x.rows, nullptr, 3, kRows}, {0, kOut}, 1.0F, {got.data(), kOut});
    for (int t = 0; t < kRows; ++t)
        for (int n = 0; n < kOut; ++n)
            ASSERT_EQ(got[static_cast<std::size_t>(t * kOut + n)],
                      w.product(x.rows.row(t + 3), static_cast<std::size_t>(n)));
}

/// Root mean square of the distance to sums in double, over that of the sums.
double errorOf(const Int8Matrix& w, const std::vector<float>& x, const std::vector<float>& y) {
    const auto numIn = static_cast<std::size_t>(w.matrix.numIn);
    const std::size_t perGroup = numIn / static_cast<std::size_t>(w.matrix.numGroups);
    double error = 0, size = 0;
    for (std::size_t n = 0; n < y.size(); ++n) {
        double sum = 0;
        for (std::size_t k = 0; k < numIn; ++k)
            sum += static_cast<double>(x[k]) * static_cast<double>(w.scale(k / perGroup, n)) *
                   w.weight(k, n);
        error += (y[n] - sum) * (y[n] - sum);
        size += sum * sum;
    }
    return std::sqrt(error / size);
}

/// What makes it right to call them f32: they are nearer to the truth than products of f32 that are
/// added one after the other, and nearly as near where one input is a thousand times the others.
TEST(Int24Products, LoseLessThanSumsOfF32) {
    constexpr int kIn = 2048, kOut = 320;
    for (const int groups : {1, 8})
        for (const float largest : {1.0F, 30.0F, 1000.0F}) {
            const Int8Matrix w(kIn, kOut, groups);
            auto in = randomFloats(kIn, 12);
            in[700] = largest;
            const Rounded24 x = rounded24(in, kIn);
            std::vector<float> exact(kOut), got(kOut);
            panelMatmul(w.matrix, {in.data(), kIn, nullptr, 1}, {0, kOut}, 1, {exact.data(), kOut});
            panelMatmulInt24(w.matrix, {x.rows, nullptr, 0, 1}, {0, kOut}, 1, {got.data(), kOut});
            EXPECT_LT(errorOf(w, in, got), (largest > 100 ? 1.5 : 1.0) * errorOf(w, in, exact))
                << largest << ", " << groups;
        }
}

TEST(Int24Activations, AreWithinHalfAStep) {
    onEveryTarget([] {
        auto x = randomFloats(640, 5);
        for (std::size_t i = 0; i < x.size(); i += 9) x[i] *= 1e-3F;
        x[70] = -x[70] * 1e6F;
        const Rounded24 r = rounded24(x, 320);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const Int24Block& block = r.blocks[i / kBlock];
            ASSERT_NEAR(r.value(i / 320, i % 320), x[i], 0.5 * block.scale);
        }
        for (std::size_t b = 0; b < r.blocks.size(); ++b) {
            float largest = 0;
            for (std::size_t i = 0; i < kBlock; ++i)
                largest = std::max(largest, std::abs(x[b * kBlock + i]));
            EXPECT_LE(r.blocks[b].scale, largest * 0x1.1p-22F);
            for (std::size_t digit = 0; digit < kDigits; ++digit)
                ASSERT_EQ(
                    r.blocks[b].offsets[digit],
                    -128 * std::accumulate(
                               r.blocks[b].digits[digit], r.blocks[b].digits[digit] + kBlock, 0));
        }
    });
}

TEST(Int24Activations, SurviveWhatIsNoNumber) {
    constexpr int kOut = 64;
    const Int8Matrix w(128, kOut, 1);
    onEveryWay([&] {
        for (const float odd : {std::numeric_limits<float>::infinity(),
                                -std::numeric_limits<float>::infinity(),
                                std::numeric_limits<float>::quiet_NaN()}) {
            std::vector<float> x(std::size_t{128} * 20, 1.0F);
            x[128 + 100] = odd;
            const Rounded24 r = rounded24(x, 128);
            EXPECT_EQ(r.value(1, 5), 1.0);
            EXPECT_TRUE(std::isnan(r.blocks[3].scale));
            std::vector<float> y(std::size_t{kOut} * 20);
            panelMatmulInt24(w.matrix, {r.rows, nullptr, 0, 20}, {0, kOut}, 1, {y.data(), kOut});
            for (std::size_t i = 0; i < y.size(); ++i)
                ASSERT_EQ(std::isfinite(y[i]), i / kOut != 1) << i;
        }
        for (const float small : {0.0F, std::numeric_limits<float>::denorm_min()}) {
            const Rounded24 r = rounded24(std::vector<float>(64, small), 64);
            EXPECT_TRUE(std::isfinite(r.blocks[0].scale));
            EXPECT_EQ(r.value(0, 5), 0.0);
        }
    });
}

}  // namespace
}  // namespace gatescope::kernels

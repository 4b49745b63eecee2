#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <numeric>
#include <set>

#include "kernels/cpu/add.h"
#include "kernels/cpu/gelu_tanh.h"
#include "kernels/cpu/rms_norm.h"
#include "kernels/cpu/rope.h"
#include "kernels/cpu/simd_target.h"
#include "kernels/cpu/softmax.h"
#include "kernels/cpu/stream_read.h"
#include "tests/support/tolerances.h"
#include "tests/unit/kernels/kernel_test.h"

namespace gatescope::kernels {
namespace {

using namespace test;

const float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(Kernels, RunOnEveryInstructionSetInTurn) {
    std::vector<std::string> names;
    onEveryTarget([&] { names.push_back(simdTargetName()); });
    EXPECT_EQ(names.front(), "portable");
    EXPECT_EQ(names.back(), simdTargetName());
    EXPECT_GT(std::set<std::string>(names.begin(), names.end()).size(), 1U);
}

TEST(Kernels, AddAndScaleEveryElementAndNoMore) {
    onEveryTarget([] {
        for (const int size : sweepSizes()) {
            const auto n = static_cast<std::size_t>(size);
            const auto x = randomFloats(n, 1);
            auto sum = randomFloats(n + 1, 2);
            sum[n] = kUntouched;
            auto scaledSum = sum;
            auto scaled = sum;
            const auto before = sum;
            add(x.data(), size, sum.data());
            addScaled(x.data(), 0.25F, size, scaledSum.data());
            scale(x.data(), 3.0F, size, scaled.data());
            for (std::size_t i = 0; i < n; ++i) {
                ASSERT_EQ(sum[i], before[i] + x[i]);
                ASSERT_EQ(scaledSum[i], before[i] + 0.25F * x[i]);  // a quarter is exact
                ASSERT_EQ(scaled[i], 3.0F * x[i]);
            }
            ASSERT_EQ(sum[n], kUntouched);
            ASSERT_EQ(scaledSum[n], kUntouched);
            ASSERT_EQ(scaled[n], kUntouched);
        }
    });
}

TEST(Kernels, RmsNormIsTheFormula) {
    onEveryTarget([] {
        for (const int size : sweepSizes()) {
            if (size == 0) continue;
            const auto n = static_cast<std::size_t>(size);
            const auto x = randomFloats(n, 3);
            const auto weight = randomFloats(n, 4);
            std::vector<float> y(n + 1, kUntouched);
            rmsNorm(x.data(), weight.data(), size, 1e-5F, y.data());
            const double meanSquare = std::inner_product(x.begin(), x.end(), x.begin(), 0.0) / size;
            for (std::size_t i = 0; i < n; ++i)
                ASSERT_NEAR(y[i], weight[i] * x[i] / std::sqrt(meanSquare + 1e-5), 1e-5) << size;
            ASSERT_EQ(y[n], kUntouched);
        }
    });
}

TEST(Kernels, RmsNormOfTinyInputIsGovernedByEps) {
    onEveryTarget([] {
        std::vector<float> x(64, 1e-6F);
        const std::vector<float> weight(64, 1.0F);
        rmsNorm(x.data(), weight.data(), 64, 1e-5F, x.data());
        EXPECT_NEAR(x[63], 1e-6F / std::sqrt(1e-5F), 1e-8F);
    });
}

TEST(Kernels, RmsNormOfAPartIsDividedByTheSizeOfTheWhole) {
    onEveryTarget([] {
        const auto whole = randomFloats(77, 3);
        const auto weight = randomFloats(77, 4);
        auto part = randomFloats(77, 5);
        const auto before = part;
        const double meanSquare =
            std::inner_product(whole.begin(), whole.end(), whole.begin(), 0.0) / 77;
        rmsNormPart(part.data(), whole.data(), weight.data(), 77, 1e-5F, part.data());
        for (std::size_t i = 0; i < part.size(); ++i)
            ASSERT_NEAR(part[i], weight[i] * before[i] / std::sqrt(meanSquare + 1e-5), 1e-5);
    });
}

TEST(Kernels, SoftmaxIsTheFormula) {
    onEveryTarget([] {
        for (const int size : sweepSizes()) {
            if (size == 0) continue;
            const auto n = static_cast<std::size_t>(size);
            auto values = randomFloats(n + 1, 5, 8.0F);
            values[n] = kUntouched;
            const std::vector<double> x(values.begin(), values.end() - 1);
            const double largest = *std::ranges::max_element(x);
            const double sum = std::accumulate(x.begin(), x.end(), 0.0, [&](double s, double v) {
                return s + std::exp(v - largest);
            });
            softmax(values.data(), size);
            for (std::size_t i = 0; i < n; ++i)
                ASSERT_NEAR(
                    values[i], std::exp(x[i] - largest) / sum, tolerance::kKernelTranscendental)
                    << size;
            ASSERT_EQ(values[n], kUntouched);
        }
    });
}

TEST(Kernels, SoftmaxOfEqualMaskedScoresIsUniform) {
    onEveryTarget([] {
        std::vector<float> values(19, -1e30F);
        softmax(values.data(), 19);
        for (const float value : values) EXPECT_EQ(value, 1.0F / 19.0F);
        values.assign(3, -1e30F);
        values[1] = -30.0F;
        softmax(values.data(), 3);
        EXPECT_EQ(values, (std::vector<float>{0, 1, 0}));
    });
}

TEST(Kernels, SoftmaxPassesNaNOn) {
    onEveryTarget([] {
        for (const int at : {0, 5, 16, 18}) {
            std::vector<float> values(19, 0.5F);
            values[static_cast<std::size_t>(at)] = kNaN;
            softmax(values.data(), 19);
            for (const float value : values) EXPECT_TRUE(std::isnan(value)) << at;
        }
    });
}

TEST(Kernels, GeluIsTheTanhForm) {
    onEveryTarget([] {
        for (const int size : sweepSizes()) {
            const auto n = static_cast<std::size_t>(size);
            auto gate = randomFloats(n + 1, 6, 3.0F);
            gate[n] = kUntouched;
            const auto x = gate;
            const auto up = randomFloats(n, 7);
            geluTanhTimes(up.data(), size, gate.data());
            for (std::size_t i = 0; i < n; ++i) {
                const double v = x[i];
                const double inner =
                    std::sqrt(2.0 / 3.14159265358979323846) * (v + 0.044715 * v * v * v);
                const double expected = 0.5 * v * (1 + std::tanh(inner)) * up[i];
                ASSERT_NEAR(gate[i], expected, 2e-6 * std::max(1.0, std::abs(v)))
                    << "x " << v << ", size " << size;
            }
            ASSERT_EQ(gate[n], kUntouched);
        }
    });
}

TEST(Kernels, GeluSaturatesAndPassesNaNOn) {
    onEveryTarget([] {
        std::vector<float> gate = {kNaN, 100.0F, -100.0F, 0.0F};
        const std::vector<float> up(4, 2.0F);
        geluTanhTimes(up.data(), 4, gate.data());
        EXPECT_TRUE(std::isnan(gate[0]));
        EXPECT_EQ(gate[1], 200.0F);
        EXPECT_EQ(gate[2], 0.0F);
        EXPECT_EQ(gate[3], 0.0F);
    });
}

TEST(Kernels, RopeTurnsHalvesAgainstEachOther) {
    onEveryTarget([] {
        for (const int headSize : {2, 4, 6, 16, 34, 64, 128}) {
            const auto half = static_cast<std::size_t>(headSize) / 2;
            std::vector<float> cosines(half);
            std::vector<float> sines(half);
            ropeAngles(77, 10000.0F, headSize, cosines.data(), sines.data());
            auto head = randomFloats(2 * half, 8);
            const auto x = head;
            rope(cosines.data(), sines.data(), headSize, head.data());
            for (std::size_t i = 0; i < half; ++i) {
                const double angle =
                    77.0 * std::pow(10000.0, -2.0 * static_cast<double>(i) / headSize);
                ASSERT_NEAR(head[i], x[i] * std::cos(angle) - x[i + half] * std::sin(angle), 3e-5);
                ASSERT_NEAR(
                    head[i + half], x[i + half] * std::cos(angle) + x[i] * std::sin(angle), 3e-5);
            }
        }
    });
}

TEST(StreamRead, ReadsEveryByteOnce) {
    onEveryTarget([] {
        alignas(64) std::array<std::uint64_t, 96> words{};
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < words.size(); ++i) sum += words[i] = i * i + 1;
        EXPECT_EQ(streamRead(reinterpret_cast<const std::byte*>(words.data()), sizeof words), sum);
        EXPECT_EQ(streamRead(nullptr, 0), 0U);
    });
}

}  // namespace
}  // namespace gatescope::kernels

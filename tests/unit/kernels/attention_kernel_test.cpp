#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "kernels/cpu/attention.h"
#include "tests/unit/kernels/kernel_test.h"

namespace gatescope::kernels {
namespace {

using namespace test;

/// Query, keys and values of one head.
struct HeadData {
    HeadData(int numKeys, int headSize)
        : query(randomFloats(static_cast<std::size_t>(headSize), 20, 4.0F)),
          keys(randomFloats(static_cast<std::size_t>(headSize * numKeys), 21, 4.0F)),
          values(randomFloats(static_cast<std::size_t>(headSize * numKeys), 22)),
          visible(static_cast<std::size_t>(numKeys), 1) {}

    std::vector<float> run() const {
        std::vector<float> scores(visible.size());
        std::vector<float> output(query.size(), kUntouched);
        attendHead({.query = query.data(),
                    .keys = keys.data(),
                    .values = values.data(),
                    .visible = visible.data(),
                    .numKeys = static_cast<int>(visible.size()),
                    .headSize = static_cast<int>(query.size()),
                    .scale = 0.25F,
                    .cap = 30.0F},
                   scores.data(),
                   output.data());
        return output;
    }

    std::vector<double> expected() const {
        std::vector<double> weight(visible.size());
        for (std::size_t t = 0; t < weight.size(); ++t) {
            double score = 0;
            for (std::size_t i = 0; i < query.size(); ++i)
                score += 0.25 * query[i] * keys[t * query.size() + i];
            weight[t] = visible[t] != 0 ? std::exp(30.0 * std::tanh(score / 30.0)) : 0.0;
        }
        const double sum = std::accumulate(weight.begin(), weight.end(), 0.0);
        std::vector<double> out(query.size());
        for (std::size_t t = 0; t < weight.size(); ++t)
            for (std::size_t i = 0; i < out.size(); ++i)
                out[i] += weight[t] / sum * values[t * out.size() + i];
        return out;
    }

    std::vector<float> query, keys, values;
    std::vector<std::uint8_t> visible;
};

void expectFormula(const HeadData& data) {
    const auto output = data.run();
    const auto expected = data.expected();
    for (std::size_t i = 0; i < output.size(); ++i)
        ASSERT_NEAR(output[i], expected[i], 3e-5)
            << data.visible.size() << " keys of " << output.size();
}

TEST(AttendHead, IsTheFormula) {
    onEveryTarget([] {
        for (const int numKeys : {1, 2, 7, 16, 17, 33, 100})
            for (const int headSize : {2, 16, 24, 64, 128})
                expectFormula(HeadData(numKeys, headSize));
    });
}

TEST(AttendHead, PaddingHasNoWeight) {
    onEveryTarget([] {
        HeadData data(20, 16);
        data.visible[3] = data.visible[19] = 0;
        expectFormula(data);
    });
}

TEST(AttendHead, AveragesTheValuesWhereNothingIsVisible) {
    onEveryTarget([] {
        HeadData data(10, 16);
        std::ranges::fill(data.visible, std::uint8_t{0});
        const auto output = data.run();
        for (std::size_t i = 0; i < output.size(); ++i) {
            double sum = 0;
            for (std::size_t t = 0; t < 10; ++t) sum += data.values[t * 16 + i];
            ASSERT_NEAR(output[i], sum / 10, 1e-6);
        }
    });
}

TEST(AttendHead, PassesNaNOn) {
    onEveryTarget([] {
        HeadData data(20, 16);
        data.query[5] = std::numeric_limits<float>::quiet_NaN();
        EXPECT_TRUE(std::isnan(data.run().front()));
    });
}

}  // namespace
}  // namespace gatescope::kernels

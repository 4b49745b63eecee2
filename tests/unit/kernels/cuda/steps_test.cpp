#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <vector>

#include "engine/decoder/routing_rules.h"
#include "kernels/cpu/add.h"
#include "kernels/cpu/rms_norm.h"
#include "kernels/cpu/rope.h"
#include "kernels/cuda/kv_cache.h"
#include "kernels/cuda/rms_norm.h"
#include "kernels/cuda/round_rows.h"
#include "kernels/cuda/router_topk.h"
#include "kernels/quant/block_codec.h"
#include "tests/support/tiny_model.h"
#include "tests/unit/kernels/cuda/cuda_kernel_test.h"

namespace gatescope::kernels::cuda {
namespace {

TEST(CudaRmsNorm, IsTheCpus) {
    for (const int width : {1, 31, 256, 513, 1000}) {
        constexpr int kTokens = 3;
        const auto count = static_cast<std::size_t>(kTokens * width);
        const auto x = randomFloats(count, 1);
        const auto gain = randomFloats(static_cast<std::size_t>(width), 2);
        std::vector<float> expected(count);
        for (int t = 0; t < kTokens; ++t)
            kernels::rmsNorm(
                x.data() + t * width, gain.data(), width, 1e-5F, expected.data() + t * width);
        onSchedules([&] {
            std::vector<float> normed(count);
            EXPECT_EQ(rmsNorm({.x = x.data(),
                               .gain = gain.data(),
                               .normed = normed.data(),
                               .numTokens = kTokens,
                               .width = width,
                               .eps = 1e-5F},
                              nullptr),
                      0);
            expectNear(normed, expected, 1e-5F, "element");
            std::vector<float> inPlace = x;
            rmsNorm({.x = inPlace.data(),
                     .gain = gain.data(),
                     .normed = inPlace.data(),
                     .numTokens = kTokens,
                     .width = width,
                     .eps = 1e-5F},
                    nullptr);
            EXPECT_EQ(inPlace, normed);
        });
    }
}

TEST(CudaRmsNorm, OfAPartIsDividedByTheSizeOfTheWhole) {
    constexpr int kTokens = 3, kWidth = 300;
    const auto x = randomFloats(std::size_t{kTokens} * kWidth, 1);
    const auto whole = randomFloats(std::size_t{kTokens} * kWidth, 3);
    const auto gain = randomFloats(kWidth, 2);
    for (const int stride : {0, kWidth}) {
        std::vector<float> expected(x.size());
        for (int t = 0; t < kTokens; ++t)
            kernels::rmsNormPart(x.data() + t * kWidth,
                                 whole.data() + t * stride,
                                 gain.data(),
                                 kWidth,
                                 1e-5F,
                                 expected.data() + t * kWidth);
        onSchedules([&] {
            std::vector<float> normed(x.size());
            EXPECT_EQ(rmsNorm({.x = x.data(),
                               .whole = whole.data(),
                               .wholeStride = stride,
                               .gain = gain.data(),
                               .normed = normed.data(),
                               .numTokens = kTokens,
                               .width = kWidth,
                               .eps = 1e-5F},
                              nullptr),
                      0);
            expectNear(normed, expected, 1e-5F, "element");
        });
    }
}

TEST(CudaAddNormed, IsTheCpusThreeSteps) {
    // Rows that no block holds: no fours, too wide for its registers.
    for (const int width : {5, 256, 700, 4100, 8196}) {
        constexpr int kTokens = 2;
        const auto count = static_cast<std::size_t>(kTokens * width);
        const auto size = static_cast<std::size_t>(width);
        const auto change = randomFloats(count, 1);
        const auto before = randomFloats(count, 2);
        const auto changeGain = randomFloats(size, 3);
        const auto gain = randomFloats(size, 4);
        std::vector<float> expectedHidden = before;
        std::vector<float> expectedNormed(count);
        for (int t = 0; t < kTokens; ++t) {
            std::vector<float> row(size);
            kernels::rmsNorm(
                change.data() + t * width, changeGain.data(), width, 1e-5F, row.data());
            kernels::add(row.data(), width, expectedHidden.data() + t * width);
            kernels::rmsNorm(expectedHidden.data() + t * width,
                             gain.data(),
                             width,
                             1e-5F,
                             expectedNormed.data() + t * width);
        }
        onSchedules([&] {
            std::vector<float> hidden = before;
            std::vector<float> normed(count);
            EXPECT_EQ(addNormed({.change = change.data(),
                                 .changeGain = changeGain.data(),
                                 .hidden = hidden.data(),
                                 .gain = gain.data(),
                                 .normed = normed.data(),
                                 .numTokens = kTokens,
                                 .width = width,
                                 .eps = 1e-5F},
                                nullptr),
                      0);
            expectNear(hidden, expectedHidden, 1e-5F, "hidden");
            expectNear(normed, expectedNormed, 1e-5F, "normed");
        });
    }
}

/// How a norm leaves its rows besides: what roundRows() makes of them, bit for bit.
class CudaRoundedNorm : public testing::TestWithParam<DType> {
  protected:
    struct Rows {
        std::vector<std::uint16_t> data;
        std::vector<float> scales;
        bool operator==(const Rows&) const = default;
    };
    /// `norm` is given where to leave kTokens rows.
    static Rows roundedBy(const auto& norm, int width, int numGroups) {
        Rows out{std::vector<std::uint16_t>(static_cast<std::size_t>(kTokens * width), 0x1234),
                 std::vector<float>(static_cast<std::size_t>(kTokens * numGroups), -7)};
        norm(RoundedRows{.type = GetParam(),
                         .data = out.data.data(),
                         .scales = out.scales.data(),
                         .numGroups = numGroups});
        return out;
    }
    static constexpr int kTokens = 3;
};

TEST_P(CudaRoundedNorm, LeavesItsRowsAsTheyWouldBeRoundedAfterwards) {
    struct Case {
        int width, numGroups;
    };
    for (const Case& c : {Case{16, 1}, Case{272, 1}, Case{1040, 1}, Case{1056, 3}}) {
        const auto width = static_cast<std::size_t>(c.width);
        const std::size_t count = width * kTokens;
        const auto x = randomFloats(count, 1);
        const auto before = randomFloats(count, 2);
        const auto gain = randomFloats(width, 3);
        onSchedules([&] {
            std::vector<float> normed(count);
            RmsNorm norm{.x = x.data(),
                         .gain = gain.data(),
                         .normed = normed.data(),
                         .numTokens = kTokens,
                         .width = c.width,
                         .eps = 1e-5F};
            const auto afterwards = [&](const RoundedRows& to) {
                EXPECT_EQ(
                    roundRows({.x = normed.data(), .numRows = kTokens, .width = c.width, .to = to},
                              nullptr),
                    0);
            };
            const auto fused = [&](const RoundedRows& to) {
                norm.rounded = to;
                EXPECT_EQ(rmsNorm(norm, nullptr), 0);
            };
            const Rows own = roundedBy(fused, c.width, c.numGroups);
            EXPECT_TRUE(own == roundedBy(afterwards, c.width, c.numGroups)) << c.width;
            const std::vector<float> plain = normed;
            norm.rounded = {};
            EXPECT_EQ(rmsNorm(norm, nullptr), 0);
            EXPECT_EQ(normed, plain) << "the row itself is another one";

            std::vector<float> hidden = before;
            const auto added = [&](const RoundedRows& to) {
                EXPECT_EQ(addNormed({.change = x.data(),
                                     .changeGain = gain.data(),
                                     .hidden = hidden.data(),
                                     .gain = gain.data(),
                                     .normed = normed.data(),
                                     .numTokens = kTokens,
                                     .width = c.width,
                                     .eps = 1e-5F,
                                     .rounded = to},
                                    nullptr),
                          0);
            };
            const Rows got = roundedBy(added, c.width, c.numGroups);
            EXPECT_TRUE(got == roundedBy(afterwards, c.width, c.numGroups)) << c.width;
        });
    }
}

INSTANTIATE_TEST_SUITE_P(Types,
                         CudaRoundedNorm,
                         testing::Values(DType::BF16, DType::I8, DType::F8E4M3),
                         [](const auto& test) { return std::string(name(test.param)); });

/// What the engine's own router makes of the same scores: the meaning of the interventions is
/// there.
struct Routed {
    std::vector<float> probs, gates, logSumExps;
    std::vector<std::int32_t> selected, computedBy;
};
Routed expectedRouting(const std::vector<float>& x,
                       const std::vector<float>& weight,
                       int numTokens,
                       int numExperts,
                       const LayerRules& rules) {
    Routed out;
    const std::size_t width = x.size() / static_cast<std::size_t>(numTokens);
    for (std::size_t t = 0; t < static_cast<std::size_t>(numTokens); ++t) {
        std::vector<double> logits;
        for (std::size_t e = 0; e < static_cast<std::size_t>(numExperts); ++e) {
            double sum = static_cast<double>(rules.bias[e]);
            for (std::size_t i = 0; i < width; ++i)
                sum += static_cast<double>(x[t * width + i]) *
                       static_cast<double>(weight[e * width + i]);
            logits.push_back(sum);
        }
        const double most = *std::ranges::max_element(logits);
        double sum = 0;
        for (double& logit : logits) sum += logit = std::exp(logit - most);
        out.logSumExps.push_back(static_cast<float>(most + std::log(sum)));
        std::vector<float> probs;
        for (const double value : logits) probs.push_back(static_cast<float>(value / sum));
        std::vector<std::int32_t> order(logits.size());
        std::iota(order.begin(), order.end(), 0);
        std::ranges::stable_sort(order, [&](std::int32_t a, std::int32_t b) {
            return probs[static_cast<std::size_t>(a)] > probs[static_cast<std::size_t>(b)];
        });
        order.resize(static_cast<std::size_t>(rules.numSelected));
        std::vector<float> gates(order.size());
        applyRules(rules, probs, order, gates);
        out.probs.insert(out.probs.end(), probs.begin(), probs.end());
        out.selected.insert(out.selected.end(), order.begin(), order.end());
        out.gates.insert(out.gates.end(), gates.begin(), gates.end());
        std::vector<std::int32_t> computedBy(order.size());
        findWeights(rules, order, computedBy);
        out.computedBy.insert(out.computedBy.end(), computedBy.begin(), computedBy.end());
    }
    return out;
}

TEST(CudaRouter, RoutesAsTheEngineDoes) {
    struct Case {
        int numExperts, numSelected;
        InterventionSet interventions;
    };
    const auto site = [](int layer, int expert) {
        return ExpertSite{LayerId{layer}, ExpertId{expert}};
    };
    const std::vector<Case> cases = {
        {8, 2, {}},
        {8, 1, {.bias = {{site(1, 3), 4.0F}, {site(0, 5), 9.0F}}}},
        {8, 3, {.force = {site(1, 0), site(1, 7)}, .renormalise = true}},
        {8, 2, {.ablate = {site(1, 1), site(1, 2), site(1, 3)}, .force = {site(1, 1)}}},
        {8, 2, {.exclude = {site(1, 0), site(1, 2), site(1, 5), site(0, 1)}}},
        {8, 2, {.exclude = {site(1, 0), site(1, 1), site(1, 2)}, .force = {site(1, 6)}}},
        {8, 3, {.scale = {{site(1, 3), 0.0F}, {site(1, 4), 2.5F}}, .renormalise = true}},
        {8, 2, {.swap = {{LayerId{1}, ExpertId{0}, ExpertId{7}}}}},
        {60, 58, {.exclude = {site(1, 59), site(1, 0)}}},
        {8, 8, {.renormalise = true}},
        {1, 1, {}},
        {60, 4, {.topK = 6}},
        {60, 4, {.layerTopK = {{LayerId{1}, LayerId{1}, 7}}}},
        {8, 4, {.layerTopK = {{LayerId{1}, LayerId{1}, 2}}, .renormalise = true}},
        {8, 2, {.force = {site(1, 4)}, .topK = 5, .layerTopK = {{LayerId{1}, LayerId{1}, 1}}}},
    };
    constexpr int kTokens = 3, kLayer = 1;
    // Rows that are no fours, one load of each thread, several.
    for (const int width : {70, 72, 4200})
        for (const Case& c : cases) {
            ModelConfig config = test::tinyConfig();
            config.numLayers = 2;
            config.numExperts = c.numExperts;
            config.numSelected = c.numSelected;
            RoutingRules engineRules;
            engineRules.set(c.interventions, config);
            const LayerRules layer = engineRules.layer(kLayer);
            const auto x = randomFloats(static_cast<std::size_t>(kTokens * width), 7);
            const auto weight = randomFloats(static_cast<std::size_t>(c.numExperts * width), 8);
            const Routed expected = expectedRouting(x, weight, kTokens, c.numExperts, layer);

            // The whole table of rules; the layer's part is the second.
            const LayerRules first = engineRules.layer(0);
            std::vector<std::uint8_t> choice;
            for (const int l : {0, kLayer})
                for (const ExpertChoice e : engineRules.layer(l).choice)
                    choice.push_back(static_cast<std::uint8_t>(e));
            const auto rules =
                placed(RouterRules{.bias = first.bias.data(),
                                   .choice = choice.data(),
                                   .factor = first.factor.data(),
                                   .computedBy = first.computedBy.data(),
                                   .numSelectedOf = engineRules.numSelectedOfLayers().data(),
                                   .numSelected = engineRules.numSelected(),
                                   .renormalise = c.interventions.renormalise});
            const int most = engineRules.numSelected() + 1;
            onSchedules([&] {
                std::vector<float> probs(expected.probs.size());
                std::vector<float> logSumExps(expected.logSumExps.size());
                std::vector<float> gates(static_cast<std::size_t>(kTokens * most), -1);
                std::vector<std::int32_t> selected(gates.size(), -5);
                std::vector<std::int32_t> computedBy(gates.size(), -5);
                EXPECT_EQ(routerTopk({.normed = x.data(),
                                      .weight = weight.data(),
                                      .rules = rules.get(),
                                      .layer = kLayer,
                                      .numTokens = kTokens,
                                      .width = width,
                                      .numExperts = c.numExperts,
                                      .mostSelected = most,
                                      .probs = probs.data(),
                                      .logSumExps = logSumExps.data(),
                                      .selected = selected.data(),
                                      .gates = gates.data(),
                                      .computedBy = computedBy.data()},
                                     nullptr),
                          0);
                expectNear(probs, expected.probs, 1e-5F, "probability");
                expectNear(logSumExps, expected.logSumExps, 1e-4F, "log-sum-exp");
                for (int t = 0; t < kTokens; ++t)
                    for (int s = 0; s < most; ++s) {
                        const auto at = static_cast<std::size_t>(t * most + s);
                        const auto from = static_cast<std::size_t>(t * layer.numSelected + s);
                        const bool used = s < layer.numSelected;
                        ASSERT_EQ(selected[at], used ? expected.selected[from] : -1);
                        ASSERT_EQ(computedBy[at], used ? expected.computedBy[from] : -1);
                        ASSERT_NEAR(gates[at], used ? expected.gates[from] : 0.0F, 1e-5F);
                    }
            });
        }
}

TEST(CudaRouter, TakesTheLowerIndexOnATie) {
    constexpr std::int32_t kSelected = 3;
    const std::vector<float> x(32, 0.0F), weight(8 * 32, 1.0F), bias(8, 0.0F);
    const std::vector<std::uint8_t> choice(8, kFreeChoice);
    const std::vector<float> factor(8, 1.0F);
    std::vector<std::int32_t> own(8);
    std::iota(own.begin(), own.end(), 0);
    const auto rules = placed(RouterRules{.bias = bias.data(),
                                          .choice = choice.data(),
                                          .factor = factor.data(),
                                          .computedBy = own.data(),
                                          .numSelectedOf = &kSelected,
                                          .numSelected = kSelected});
    std::vector<float> probs(8), gates(3);
    std::vector<std::int32_t> selected(3), computedBy(3);
    routerTopk({.normed = x.data(),
                .weight = weight.data(),
                .rules = rules.get(),
                .numTokens = 1,
                .width = 32,
                .numExperts = 8,
                .mostSelected = 3,
                .probs = probs.data(),
                .selected = selected.data(),
                .gates = gates.data(),
                .computedBy = computedBy.data()},
               nullptr);
    EXPECT_EQ(selected, (std::vector<std::int32_t>{0, 1, 2}));
    for (const float gate : gates) EXPECT_FLOAT_EQ(gate, 0.125F);
}

class CudaKvCache : public testing::TestWithParam<DType> {};

/// An element of the cache as a number.
float cached(const std::vector<std::byte>& rows,
             const std::vector<float>& scales,
             DType type,
             std::size_t index,
             std::size_t headSize) {
    if (type == DType::I8)
        return static_cast<float>(static_cast<std::int8_t>(rows[index])) * scales[index / headSize];
    float value = 0;
    decodeElements(type, rows.data() + index * storedBytes(type, 1), 1, &value);
    return value;
}

TEST_P(CudaKvCache, HoldsTurnedKeysAndValuesWhereTheyBelong) {
    const DType type = GetParam();
    constexpr int kTokens = 2, kPosition = 3, kCapacity = 6, kQHeads = 4, kKvHeads = 2;
    for (const int headSize : {16, 40, 128}) {
        const auto size = static_cast<std::size_t>(headSize);
        const auto query = randomFloats(kTokens * kQHeads * size, 1);
        const auto key = randomFloats(kTokens * kKvHeads * size, 2);
        const auto value = randomFloats(kTokens * kKvHeads * size, 3);
        const auto turned = [&](const std::vector<float>& rows, std::size_t row, int position) {
            std::vector<float> head(rows.begin() + static_cast<std::ptrdiff_t>(row * size),
                                    rows.begin() + static_cast<std::ptrdiff_t>((row + 1) * size));
            std::vector<float> c(size / 2), s(size / 2);
            ropeAngles(position, 10000.0F, headSize, c.data(), s.data());
            rope(c.data(), s.data(), headSize, head.data());
            return head;
        };
        std::vector<float> cosines(kCapacity * size / 2), sines(cosines.size());
        for (int p = 0; p < kCapacity; ++p)
            ropeAngles(p,
                       10000.0F,
                       headSize,
                       cosines.data() + p * headSize / 2,
                       sines.data() + p * headSize / 2);
        onSchedules([&] {
            std::vector<float> queries = query;
            const std::size_t elements = std::size_t{kKvHeads * kCapacity} * size;
            std::vector<std::byte> keys(elements * storedBytes(type, 1)), values(keys.size());
            std::vector<float> keyScales(kKvHeads * kCapacity), valueScales(keyScales.size());
            const auto position = placed(int{kPosition});
            EXPECT_EQ(
                ropeAndStore(
                    {.query = queries.data(),
                     .key = key.data(),
                     .value = value.data(),
                     .position = position.get(),
                     .numTokens = kTokens,
                     .numQHeads = kQHeads,
                     .cosines = cosines.data(),
                     .sines = sines.data(),
                     .cache = {.type = type,
                               .keys = keys.data(),
                               .values = values.data(),
                               .keyScales = type == DType::I8 ? keyScales.data() : nullptr,
                               .valueScales = type == DType::I8 ? valueScales.data() : nullptr,
                               .numKvHeads = kKvHeads,
                               .capacity = kCapacity,
                               .headSize = headSize}},
                    nullptr),
                0);
            // Half a step of the type, of the largest element of a row with I8.
            const float step = type == DType::F32   ? 1e-6F
                               : type == DType::F16 ? 1.0F / 2048
                                                    : 1.0F / 256;
            for (int t = 0; t < kTokens; ++t) {
                for (int h = 0; h < kQHeads; ++h) {
                    const auto row = static_cast<std::size_t>(t * kQHeads + h);
                    const auto expected = turned(query, row, kPosition + t);
                    for (std::size_t i = 0; i < size; ++i)
                        ASSERT_NEAR(queries[row * size + i], expected[i], 1e-5F);
                }
                for (int h = 0; h < kKvHeads; ++h) {
                    const auto from = static_cast<std::size_t>(t * kKvHeads + h);
                    const auto expected = turned(key, from, kPosition + t);
                    const auto at = static_cast<std::size_t>(h * kCapacity + kPosition + t) * size;
                    for (std::size_t i = 0; i < size; ++i) {
                        ASSERT_NEAR(
                            cached(keys, keyScales, type, at + i, size), expected[i], 5 * step);
                        ASSERT_NEAR(cached(values, valueScales, type, at + i, size),
                                    value[from * size + i],
                                    5 * step);
                    }
                }
            }
            // Nothing else was touched.
            for (std::size_t row = 0; row < keyScales.size(); ++row) {
                const auto position_ = static_cast<int>(row) % kCapacity;
                if (position_ >= kPosition && position_ < kPosition + kTokens) continue;
                for (std::size_t i = 0; i < size * storedBytes(type, 1); ++i)
                    ASSERT_EQ(keys[row * size * storedBytes(type, 1) + i], std::byte{0});
            }
        });
    }
}

INSTANTIATE_TEST_SUITE_P(Types,
                         CudaKvCache,
                         testing::ValuesIn(elementTypes()),
                         [](const auto& test) { return std::string(name(test.param)); });

TEST(CudaKvCache, MarksARowThatIsNotFinite) {
    constexpr int kSize = 32;
    std::vector<float> query(kSize), key(kSize, 1.0F), value(kSize, 1.0F);
    const std::vector<float> one(kSize / 2, 1.0F), zero(kSize / 2, 0.0F);
    value[7] = std::numeric_limits<float>::infinity();
    std::vector<std::byte> keys(kSize), values(kSize);
    const auto keyScale = placed(0.0F);
    const auto valueScale = placed(0.0F);
    const auto position = placed(0);
    ropeAndStore({.query = query.data(),
                  .key = key.data(),
                  .value = value.data(),
                  .position = position.get(),
                  .numTokens = 1,
                  .numQHeads = 1,
                  .cosines = one.data(),
                  .sines = zero.data(),
                  .cache = {.type = DType::I8,
                            .keys = keys.data(),
                            .values = values.data(),
                            .keyScales = keyScale.get(),
                            .valueScales = valueScale.get(),
                            .numKvHeads = 1,
                            .capacity = 1,
                            .headSize = kSize}},
                 nullptr);
    EXPECT_EQ(*keyScale, 1.0F / 127);
    EXPECT_TRUE(std::isnan(*valueScale));
}

}  // namespace
}  // namespace gatescope::kernels::cuda

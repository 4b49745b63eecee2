// What is said of the sampler's filters, against the sampler itself and its rules written out.
#include "engine/sampling/sampling_stages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace gatescope {
namespace {

using Fate = SamplingStages::Fate;

std::vector<float> randomLogits(std::size_t size, float spread, std::uint32_t seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal(0, spread);
    std::vector<float> logits(size);
    for (float& logit : logits) logit = normal(random);
    return logits;
}

/// The rules in plain words over the whole vocabulary: chance of each token [vocabSize].
std::vector<double> chances(const std::vector<float>& logits, const SamplerConfig& config) {
    std::vector<std::size_t> order(logits.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, [&](auto a, auto b) { return logits[a] > logits[b]; });
    std::vector<double> chance(logits.size());
    if (config.temperature == 0) {
        chance[order[0]] = 1;
        return chance;
    }
    const auto weight = [&](std::size_t token) {
        return std::exp(
            (static_cast<double>(logits[token]) - static_cast<double>(logits[order[0]])) /
            static_cast<double>(config.temperature));
    };
    if (config.topK > 0)
        order.resize(std::min(order.size(), static_cast<std::size_t>(config.topK)));
    double all = 0;
    for (const auto token : order) all += weight(token);
    double sum = 0;
    std::vector<std::size_t> kept;
    for (const auto token : order) {
        if (config.topP < 1 && !kept.empty() && sum >= static_cast<double>(config.topP) * all)
            break;
        if (weight(token) < static_cast<double>(config.minP)) break;
        kept.push_back(token);
        sum += weight(token);
    }
    for (const auto token : kept) chance[token] = weight(token) / sum;
    return chance;
}

std::vector<SamplerConfig> configs() {
    std::vector<SamplerConfig> all;
    for (const float temperature : {0.0F, 0.5F, 1.0F, 1.6F})
        for (const int topK : {0, 1, 7, 20, 50})
            for (const float topP : {0.3F, 0.9F, 1.0F})
                for (const float minP : {0.0F, 0.05F, 0.4F})
                    all.push_back({.temperature = temperature,
                                   .topK = topK,
                                   .topP = topP,
                                   .minP = minP,
                                   .seed = 7});
    return all;
}

TEST(SamplingStagesTest, OfASmallVocabularyAreExact) {
    for (const std::uint32_t seed : {1U, 2U, 3U}) {
        const auto logits = randomLogits(15, 2, seed);
        const auto likely = sampledToken(logits, 0).alternatives;
        ASSERT_EQ(likely->tokens.size(), logits.size());
        for (const SamplerConfig& config : configs()) {
            const auto exact = chances(logits, config);
            const auto stages = samplingStages(*likely, config, 15);
            EXPECT_EQ(stages.restAtMost, 0);
            int kept = 0;
            for (const auto& candidate : stages.candidates) {
                const double chance = exact[static_cast<std::size_t>(candidate.token)];
                EXPECT_NEAR(candidate.least, chance, 1e-5);
                EXPECT_NEAR(candidate.most, chance, 1e-5);
                EXPECT_EQ(candidate.fate == Fate::Kept, chance > 0);
                kept += chance > 0 ? 1 : 0;
            }
            EXPECT_EQ(stages.kept, kept);
        }
    }
}

TEST(SamplingStagesTest, OfALargeOneHoldTheTruthBetweenThem) {
    int tight = 0;
    for (const float spread : {0.5F, 2.0F, 5.0F}) {
        const auto logits = randomLogits(4000, spread, 11);
        const auto likely = sampledToken(logits, 0).alternatives;
        for (const SamplerConfig& config : configs()) {
            const auto exact = chances(logits, config);
            const auto stages = samplingStages(*likely, config, 4000);
            double shown = 0;
            for (const auto& candidate : stages.candidates) {
                const double chance = exact[static_cast<std::size_t>(candidate.token)];
                EXPECT_LE(candidate.least, chance * (1 + 1e-4) + 1e-9);
                EXPECT_GE(candidate.most, chance * (1 - 1e-4) - 1e-9);
                const bool open = candidate.fate == Fate::Unknown;
                EXPECT_TRUE(open || (chance > 0) == (candidate.fate == Fate::Kept));
                shown += chance;
                tight += candidate.most - candidate.least < 1e-4 && chance > 0 ? 1 : 0;
            }
            EXPECT_GE(stages.restAtMost, (1 - shown) * (1 - 1e-4) - 1e-9);
        }
    }
    EXPECT_GT(tight, 400) << "bounds that are far apart say nothing";
}

TEST(SamplingStagesTest, TheSamplerDrawsWhatIsKeptAndNothingElse) {
    const auto logits = randomLogits(500, 3, 5);
    const auto likely = sampledToken(logits, 0).alternatives;
    const SamplerConfig config{
        .temperature = 0.8F, .topK = 12, .topP = 0.9F, .minP = 0.02F, .seed = 3};
    const auto stages = samplingStages(*likely, config, 500);
    EXPECT_EQ(stages.restAtMost, 0);
    std::vector<int> drawn(500);
    Sampler sampler(config);
    constexpr int kDraws = 20000;
    for (int i = 0; i < kDraws; ++i)
        ++drawn[static_cast<std::size_t>(sampler.sample(logits, {}).token)];
    int total = 0;
    for (const auto& candidate : stages.candidates) {
        const int count = drawn[static_cast<std::size_t>(candidate.token)];
        total += count;
        EXPECT_EQ(count > 0, candidate.fate == Fate::Kept) << candidate.token;
        const double mean = candidate.most * kDraws;
        EXPECT_NEAR(count, mean, 5 * std::sqrt(mean) + 1e-9);
    }
    EXPECT_EQ(total, kDraws);
}

TEST(SamplingStagesTest, NamesTheFilterThatTookAToken) {
    const std::vector<float> logits{
        std::log(0.5F), std::log(0.3F), std::log(0.15F), std::log(0.05F)};
    const auto likely = sampledToken(logits, 0).alternatives;
    const auto fates = [&](const SamplerConfig& config) {
        std::vector<Fate> all;
        for (const auto& c : samplingStages(*likely, config, 4).candidates) all.push_back(c.fate);
        return all;
    };
    using enum SamplingStages::Fate;
    EXPECT_EQ(fates({.temperature = 0}),
              (std::vector{Kept, Temperature, Temperature, Temperature}));
    EXPECT_EQ(fates({.temperature = 1, .topK = 3, .topP = 0.6F}),
              (std::vector{Kept, Kept, TopP, TopK}));
    EXPECT_EQ(fates({.temperature = 1, .topP = 1, .minP = 0.2F}),
              (std::vector{Kept, Kept, Kept, MinP}));
}

}  // namespace
}  // namespace gatescope

#include "engine/sampling/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <random>

#include "engine/error.h"
#include "kernels/sampling/sampling_weight.h"

namespace gatescope {
namespace {

/// Nothing filtered, nothing scaled: the model's own distribution.
SamplerConfig plain(std::uint64_t seed = 1) {
    return {
        .temperature = 1, .topK = 0, .topP = 1, .minP = 0, .repetitionPenalty = 1, .seed = seed};
}

std::vector<float> logitsOf(const std::vector<double>& probabilities) {
    std::vector<float> out;
    for (const double p : probabilities) out.push_back(static_cast<float>(std::log(p)));
    return out;
}

constexpr int kDraws = 20000;

std::vector<int> draw(const SamplerConfig& config,
                      const std::vector<float>& logits,
                      const std::vector<TokenId>& recent = {}) {
    Sampler sampler(config);
    std::vector<int> counts(logits.size());
    for (int i = 0; i < kDraws; ++i)
        ++counts[static_cast<std::size_t>(sampler.sample(logits, recent).token)];
    return counts;
}

/// Pearson's chi-square against expected probabilities (summing to 1); those of 0 must not be
/// drawn. 27.9 is exceeded by chance once in 1000 seeds at 9 degrees of freedom, and these have
/// fewer.
void expectFrequencies(const std::vector<int>& counts, const std::vector<double>& expected) {
    double chiSquare = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (expected[i] == 0) {
            EXPECT_EQ(counts[i], 0) << "token " << i;
            continue;
        }
        const double mean = expected[i] * kDraws;
        chiSquare += (counts[i] - mean) * (counts[i] - mean) / mean;
    }
    EXPECT_LT(chiSquare, 27.9);
}

const std::vector<double> kSixProbabilities{0.05, 0.4, 0.1, 0.25, 0.15, 0.05};

TEST(SamplingWeightTest, IsTheExponentialAsAWholeNumber) {
    EXPECT_EQ(kernels::samplingWeight(0), kernels::kTopWeight);
    for (int i = 0; i <= 400000; ++i) {
        const float gap = 1e-4F * static_cast<float>(i);
        const double exact = std::exp(-static_cast<double>(gap)) * 0x1p40;
        const auto weight = static_cast<double>(kernels::samplingWeight(gap));
        ASSERT_NEAR(weight, exact, exact * 0x1p-29 + 0.5) << gap;
    }
    EXPECT_EQ(kernels::samplingWeight(1e30F), 0U);
    EXPECT_EQ(kernels::samplingWeight(std::numeric_limits<float>::infinity()), 0U);
    EXPECT_EQ(kernels::samplingWeight(std::numeric_limits<float>::denorm_min()),
              kernels::kTopWeight);
}

/// By the definitions, without a thought for speed.
TEST(TokenAlternativesTest, AreTheBestOfTheWholeVocabulary) {
    std::mt19937 random(3);
    std::normal_distribution<float> normal(0, 3);
    for (const std::size_t vocabSize : {1, 7, 20, 21, 400}) {
        std::vector<float> logits(vocabSize);
        // Halves, so that some are alike.
        for (float& logit : logits) logit = std::round(2 * normal(random)) / 2;
        double sum = 0;
        for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
        std::vector<double> logProbs;
        double entropy = 0;
        for (const float logit : logits) {
            logProbs.push_back(static_cast<double>(logit) - std::log(sum));
            entropy -= std::exp(logProbs.back()) * std::log2(std::exp(logProbs.back()));
        }
        std::vector<TokenId> order(vocabSize);
        std::iota(order.begin(), order.end(), 0);
        std::ranges::stable_sort(order, std::greater<>(), [&](TokenId id) {
            return logits[static_cast<std::size_t>(id)];
        });
        for (const std::size_t place : {std::size_t{0}, vocabSize / 2, vocabSize - 1}) {
            const SampledToken sampled = sampledToken(logits, order[place]);
            const auto& got = sampled.alternatives;
            EXPECT_EQ(got->rank, static_cast<int>(place) + 1);
            EXPECT_NEAR(got->entropy, entropy, 1e-5);
            EXPECT_NEAR(sampled.logProb, logProbs[static_cast<std::size_t>(order[place])], 1e-5);
            ASSERT_EQ(got->tokens.size(), std::min<std::size_t>(vocabSize, 20));
            for (std::size_t i = 0; i < got->tokens.size(); ++i) {
                EXPECT_EQ(got->tokens[i], order[i]);
                EXPECT_NEAR(got->logProbs[i], logProbs[static_cast<std::size_t>(order[i])], 1e-5);
            }
        }
    }
}

TEST(TokenAlternativesTest, StayNumbersHoweverFarApart) {
    const SampledToken sampled = sampledToken(std::vector<float>{3e38F, -3e38F}, 1);
    const auto& got = sampled.alternatives;
    EXPECT_EQ(got->entropy, 0);
    EXPECT_EQ(got->rank, 2);
    EXPECT_TRUE(std::isfinite(sampled.logProb));
    EXPECT_EQ(got->logProbs[0], 0);
    EXPECT_TRUE(std::isfinite(got->logProbs[1]));
}

TEST(SamplerTest, DrawsTheModelsOwnDistribution) {
    expectFrequencies(draw(plain(), logitsOf(kSixProbabilities)), kSixProbabilities);
}

TEST(SamplerTest, TakesTheMostLikelyAtTemperatureZeroAndTheLowerIdOnATie) {
    SamplerConfig config = plain();
    config.temperature = 0;
    Sampler sampler(config);
    EXPECT_EQ(sampler.sample(std::vector<float>{0.1F, 2, -1, 2}, {}).token, 1);
    EXPECT_EQ(sampler.sample(std::vector<float>{-3, -3, -3}, {}).token, 0);
    EXPECT_EQ(sampler.sample(std::vector<float>{7}, {}).token, 0);
}

TEST(SamplerTest, TemperatureSharpensAndFlattens) {
    // p^(1/T), normalised: T = 0.5 squares, T = 2 takes roots.
    for (const double temperature : {0.5, 2.0}) {
        std::vector<double> expected;
        double sum = 0;
        for (const double p : kSixProbabilities) {
            expected.push_back(std::pow(p, 1 / temperature));
            sum += expected.back();
        }
        for (double& p : expected) p /= sum;
        SamplerConfig config = plain();
        config.temperature = static_cast<float>(temperature);
        expectFrequencies(draw(config, logitsOf(kSixProbabilities)), expected);
    }
}

TEST(SamplerTest, TopKKeepsTheKMostLikely) {
    SamplerConfig config = plain();
    config.topK = 3;
    expectFrequencies(draw(config, logitsOf(kSixProbabilities)), {0, 0.5, 0, 0.3125, 0.1875, 0});
    config.topK = 1;
    expectFrequencies(draw(config, logitsOf(kSixProbabilities)), {0, 1, 0, 0, 0, 0});
    config.topK = 100;
    expectFrequencies(draw(config, logitsOf(kSixProbabilities)), kSixProbabilities);
}

TEST(SamplerTest, TopKKeepsTheLowerIdOnATie) {
    SamplerConfig config = plain();
    config.topK = 2;
    expectFrequencies(draw(config, {1, 1, 1, 1}), {0.5, 0.5, 0, 0});
}

TEST(SamplerTest, TopPKeepsTheSmallestSetThatReachesIt) {
    SamplerConfig config = plain();
    config.topP = 0.6F;  // 0.4 is too little, 0.4 + 0.25 is enough
    expectFrequencies(draw(config, logitsOf(kSixProbabilities)),
                      {0, 0.4 / 0.65, 0, 0.25 / 0.65, 0, 0});
    config.topP = 0.39F;
    expectFrequencies(draw(config, logitsOf(kSixProbabilities)), {0, 1, 0, 0, 0, 0});
    config.topP = 1e-9F;
    expectFrequencies(draw(config, logitsOf(kSixProbabilities)), {0, 1, 0, 0, 0, 0});
}

TEST(SamplerTest, TopPCountsWhatTopKAndTemperatureLeft) {
    SamplerConfig config = plain();
    config.topK = 3;      // 0.4 0.25 0.15, as 0.5 0.3125 0.1875
    config.topP = 0.81F;  // of those: the first two have 0.8125; of all six they have only 0.65
    expectFrequencies(draw(config, logitsOf(kSixProbabilities)),
                      {0, 0.4 / 0.65, 0, 0.25 / 0.65, 0, 0});
}

TEST(SamplerTest, MinPDropsWhatIsFarBelowTheBest) {
    SamplerConfig config = plain();
    config.minP = 0.3F;  // of 0.4: 0.12
    expectFrequencies(draw(config, logitsOf(kSixProbabilities)), {0, 0.5, 0, 0.3125, 0.1875, 0});
    config.minP = 1;
    expectFrequencies(draw(config, logitsOf(kSixProbabilities)), {0, 1, 0, 0, 0, 0});
}

TEST(SamplerTest, PenalisesEachSeenTokenOnceWhateverItsSign) {
    SamplerConfig config = plain();
    config.temperature = 0;
    config.repetitionPenalty = 2;
    Sampler sampler(config);
    const std::vector<TokenId> seen{1, 1, 1};
    EXPECT_EQ(sampler.sample(std::vector<float>{1.1F, 2, 0}, seen).token, 0);  // 2 / 2 = 1
    EXPECT_EQ(sampler.sample(std::vector<float>{0.9F, 2, 0}, seen).token, 1);  // once, not thrice
    EXPECT_EQ(sampler.sample(std::vector<float>{-1.5F, -1, -9}, seen).token, 0);  // -1 * 2 = -2
}

TEST(SamplerTest, ForgetsTokensOutsideTheWindow) {
    SamplerConfig config = plain();
    config.temperature = 0;
    config.repetitionPenalty = 10;
    config.repetitionWindow = 2;
    Sampler sampler(config);
    EXPECT_EQ(sampler.sample(std::vector<float>{1, 2, 0}, std::vector<TokenId>{1, 0, 0}).token, 1);
    EXPECT_EQ(sampler.sample(std::vector<float>{1, 2, 0}, std::vector<TokenId>{0, 1, 2}).token, 0);
    config.repetitionWindow = 0;
    Sampler forgetful(config);
    EXPECT_EQ(forgetful.sample(std::vector<float>{1, 2, 0}, std::vector<TokenId>{1}).token, 1);
}

TEST(SamplerTest, LogProbIsTheModelsOwnBeforeAnyFilter) {
    SamplerConfig config = plain();
    config.temperature = 0.1F;
    config.topK = 1;
    config.repetitionPenalty = 1.5F;
    Sampler sampler(config);
    // The penalty of token 1, log 0.4 x 1.5, leaves it just ahead of log 0.25.
    const auto sampled = sampler.sample(logitsOf(kSixProbabilities), std::vector<TokenId>{1});
    EXPECT_EQ(sampled.token, 1);
    EXPECT_NEAR(sampled.logProb, std::log(0.4), 1e-6);
    const auto shifted = sampler.sample(std::vector<float>{3000, 2999}, {});
    EXPECT_NEAR(shifted.logProb, -std::log1p(std::exp(-1.0)), 1e-6);
}

TEST(SamplerTest, SameSeedSameTokensOtherSeedOthers) {
    std::vector<float> logits(5000);
    for (std::size_t i = 0; i < logits.size(); ++i)
        logits[i] = static_cast<float>(std::sin(static_cast<double>(i)) * 3);
    SamplerConfig config;
    config.seed = 42;
    std::vector<TokenId> first, second, other;
    Sampler a(config), b(config);
    config.seed = 43;
    Sampler c(config);
    for (int i = 0; i < 50; ++i) {
        first.push_back(a.sample(logits, {}).token);
        second.push_back(b.sample(logits, {}).token);
        other.push_back(c.sample(logits, {}).token);
    }
    EXPECT_EQ(first, second);
    EXPECT_NE(first, other);
}

/// The generator's 10000th number is fixed by the C++ standard (rand.predef); ours are the same on
/// every machine as long as nothing between it and the token is implementation-defined.
TEST(SamplerTest, GivesTheTokensOfThisSeedOnEveryMachine) {
    std::vector<float> logits(16, 0.0F);  // equal: token = floor(16 u), u = output / 2^64
    std::mt19937_64 random(7);
    Sampler sampler(plain(7));
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(sampler.sample(logits, {}).token, static_cast<TokenId>(random() >> 60)) << i;
}

TEST(SamplerTest, DrawsFromAVocabularyAsLargeAsGroks) {
    std::vector<float> logits(131072, 0.0F);
    logits[131071] = 20;  // e^20 is 4.85e8: against 131071 others 0.99973
    const auto counts = [&] {
        Sampler sampler(plain());
        int hits = 0;
        for (int i = 0; i < 50; ++i) hits += sampler.sample(logits, {}).token == 131071 ? 1 : 0;
        return hits;
    }();
    EXPECT_GE(counts, 49);
    // All equal: the draw must reach every part of the vocabulary.
    std::fill(logits.begin(), logits.end(), 0.0F);
    Sampler sampler(plain());
    std::map<TokenId, int> quarters;
    for (int i = 0; i < 40; ++i) ++quarters[sampler.sample(logits, {}).token / 32768];
    EXPECT_EQ(quarters.size(), 4U);
}

TEST(SamplerTest, SurvivesExtremeLogits) {
    SamplerConfig config = plain();
    config.temperature = 1e-6F;
    config.repetitionPenalty = 100;
    Sampler sampler(config);
    const float huge = 3e38F;
    EXPECT_EQ(sampler.sample(std::vector<float>{-huge, huge, 0}, std::vector<TokenId>{0}).token, 1);
    EXPECT_EQ(sampler.sample(std::vector<float>{-huge, -huge}, std::vector<TokenId>{0, 1}).token,
              0);
}

TEST(SamplerDeathTest, TakesNanForABugOfTheCaller) {
    Sampler sampler(plain());
    EXPECT_DEATH(sampler.sample(std::vector<float>{0, NAN}, {}), "isfinite");
}

TEST(SamplerTest, NamesTheValueThatIsOutOfRange) {
    const auto refusal = [](auto change) {
        SamplerConfig config;
        change(config);
        try {
            validate(config);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_EQ(refusal([](SamplerConfig&) {}), "");
    EXPECT_NE(refusal([](SamplerConfig& c) { c.temperature = -1; }).find("temperature -1"),
              std::string::npos);
    EXPECT_NE(refusal([](SamplerConfig& c) { c.temperature = NAN; }), "");
    EXPECT_NE(refusal([](SamplerConfig& c) { c.topK = -1; }).find("top-k"), std::string::npos);
    EXPECT_NE(refusal([](SamplerConfig& c) { c.topP = 0; }).find("top-p"), std::string::npos);
    EXPECT_NE(refusal([](SamplerConfig& c) { c.topP = 1.5F; }), "");
    EXPECT_NE(refusal([](SamplerConfig& c) { c.topP = NAN; }), "");
    EXPECT_NE(refusal([](SamplerConfig& c) { c.minP = 2; }).find("min-p"), std::string::npos);
    EXPECT_NE(refusal([](SamplerConfig& c) { c.repetitionPenalty = 0; }).find("repetition penalty"),
              std::string::npos);
    EXPECT_NE(refusal([](SamplerConfig& c) { c.repetitionWindow = -1; }).find("window"),
              std::string::npos);
}

}  // namespace
}  // namespace gatescope

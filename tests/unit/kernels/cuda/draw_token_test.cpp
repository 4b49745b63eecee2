#include "kernels/cuda/draw_token.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "engine/sampling/sampler.h"
#include "kernels/cuda/publish_step.h"
#include "kernels/cuda/rank_tokens.h"
#include "kernels/sampling/sampling_weight.h"
#include "tests/unit/kernels/cuda/cuda_kernel_test.h"

// Drawing a token, against the sampler of the host: the same token, not a near one.

namespace gatescope::kernels::cuda {
namespace {

constexpr int kDraws = 4;

/// All that a reply's draws need, as the engine lays it out.
struct Reply {
    std::vector<std::uint64_t> randoms;
    std::vector<std::int32_t> history;
    std::vector<int> seen;
    std::vector<GapBin> bins = std::vector<GapBin>(kGapBins);
    std::vector<std::int32_t> members;
    std::unique_ptr<DrawRules> rules;
    std::unique_ptr<DrawState> state;
    std::unique_ptr<std::int32_t> token = placed(std::int32_t{-1});
    std::unique_ptr<int> position = placed(41);
    std::unique_ptr<int> firstNonFinite = placed(1000);
    std::vector<Weight> candidates =
        std::vector<Weight>(std::size_t{kMostRankBlocks} * LikelyTokens::kMost);
    std::unique_ptr<unsigned> better = placed(0U);
    std::unique_ptr<LikelyTokens> likely = placed(LikelyTokens{});

    Reply(const SamplerConfig& config, int vocabSize, const std::vector<TokenId>& recent)
        : seen(static_cast<std::size_t>(vocabSize)), members(static_cast<std::size_t>(vocabSize)) {
        std::mt19937_64 random(config.seed);
        randoms.resize(kDraws);
        std::generate(randoms.begin(), randoms.end(), [&] { return random(); });
        const auto window =
            std::min(recent.size(), static_cast<std::size_t>(config.repetitionWindow));
        history.assign(recent.end() - static_cast<std::ptrdiff_t>(window), recent.end());
        for (const TokenId before : history) ++seen[static_cast<std::size_t>(before)];
        const SamplerBounds bounds = boundsOf(config);
        rules = placed(DrawRules{.penalty = config.repetitionPenalty,
                                 .temperature = config.temperature,
                                 .topK = config.topK,
                                 .topP = bounds.topP,
                                 .mostGap = bounds.mostGap,
                                 .window = config.repetitionWindow});
        state = placed(DrawState{.numBefore = static_cast<int>(history.size())});
        history.resize(history.size() + kDraws, -1);
    }

    void draw(const std::vector<float>& logits) {
        EXPECT_EQ(drawToken({.logits = logits.data(),
                             .vocabSize = static_cast<int>(logits.size()),
                             .rules = rules.get(),
                             .randoms = randoms.data(),
                             .history = history.data(),
                             .seen = seen.data(),
                             .state = state.get(),
                             .bins = bins.data(),
                             .members = members.data(),
                             .token = token.get(),
                             .position = position.get(),
                             .firstNonFinite = firstNonFinite.get(),
                             .layer = 7},
                            nullptr),
                  0);
    }

    void rank(const std::vector<float>& logits) {
        EXPECT_EQ(rankTokens({.logits = logits.data(),
                              .vocabSize = static_cast<int>(logits.size()),
                              .state = state.get(),
                              .candidates = candidates.data(),
                              .better = better.get(),
                              .likely = likely.get()},
                             nullptr),
                  0);
        EXPECT_EQ(*better, 0U) << "ready for the next";
    }
};

void expectSame(const LikelyTokens& likely, const TokenAlternatives& expected) {
    ASSERT_EQ(static_cast<std::size_t>(likely.count), expected.tokens.size());
    EXPECT_EQ(likely.rank, expected.rank);
    for (std::size_t i = 0; i < expected.tokens.size(); ++i) {
        EXPECT_EQ(likely.tokens[i], expected.tokens[i]) << "alternative " << i;
        EXPECT_NEAR(
            likely.logProbs[i], expected.logProbs[i], 2e-6F * (1 + std::abs(expected.logProbs[i])))
            << "alternative " << i;
    }
}

/// Logits of kinds that draw in different ways: nearly all differ, most are tied, all are tied,
/// zeros of both signs, one far above, all far below 0, too far apart for a difference.
std::vector<std::vector<float>> logitsOfKinds(int vocabSize) {
    const auto count = static_cast<std::size_t>(vocabSize);
    auto normal = randomFloats(count, static_cast<unsigned>(vocabSize));
    for (float& x : normal) x *= 6;
    std::vector<float> tied = normal;
    for (float& x : tied) x = std::round(x);
    std::vector<float> zeros(count);
    for (std::size_t i = 0; i < count; i += 3) zeros[i] = -0.0F;
    std::vector<float> peaked = normal;
    peaked[count / 2] = 60;
    std::vector<float> low = normal;
    for (float& x : low) x = 0.01F * x - 3e7F;
    std::vector<float> apart = normal;
    for (float& x : apart) x *= 1e37F;
    return {normal, tied, std::vector<float>(count, 1.5F), zeros, peaked, low, apart};
}

std::vector<SamplerConfig> configs() {
    const SamplerConfig all{.temperature = 1, .topP = 1};
    std::vector<SamplerConfig> out;
    const auto with = [&](const auto& change) {
        SamplerConfig config = all;
        config.seed = out.size() + 1;
        change(config);
        out.push_back(config);
    };
    with([](SamplerConfig& c) { c.temperature = 0; });
    with([](SamplerConfig&) {});
    with([](SamplerConfig& c) { c = {}; });
    with([](SamplerConfig& c) { c.temperature = 100; });
    with([](SamplerConfig& c) { c.temperature = 1e-6F; });
    with([](SamplerConfig& c) { c.topK = 1; });
    with([](SamplerConfig& c) { c.topK = 7, c.temperature = 2; });
    with([](SamplerConfig& c) { c.topK = 1 << 20; });
    with([](SamplerConfig& c) { c.topP = 0.5F; });
    with([](SamplerConfig& c) { c.topP = 1e-9F; });
    with([](SamplerConfig& c) { c.minP = 0.05F; });
    with([](SamplerConfig& c) { c.minP = 1; });
    with([](SamplerConfig& c) { c.minP = 0.02F, c.topP = 0.9F, c.topK = 40, c.temperature = 3; });
    with([](SamplerConfig& c) { c.repetitionPenalty = 1.3F, c.repetitionWindow = 3; });
    with([](SamplerConfig& c) { c.repetitionPenalty = 40, c.temperature = 0; });
    with([](SamplerConfig& c) { c.repetitionPenalty = 0.2F, c.repetitionWindow = 0; });
    with([](SamplerConfig& c) { c.repetitionPenalty = 5, c.repetitionWindow = 1, c.topK = 3; });
    return out;
}

/// kDraws draws of one reply, its logits a little different each time.
void expectTheHosts(const SamplerConfig& config, const std::vector<float>& logits) {
    const int vocabSize = static_cast<int>(logits.size());
    std::vector<TokenId> text{0, vocabSize - 1, vocabSize / 2, 0, vocabSize / 3};
    Reply reply(config, vocabSize, text);
    Sampler sampler(config);
    std::vector<float> now = logits;
    for (int i = 0; i < kDraws; ++i) {
        const SampledToken expected = sampler.sample(now, text);
        reply.draw(now);
        ASSERT_EQ(*reply.token, expected.token) << "draw " << i;
        EXPECT_EQ(reply.state->token, expected.token);
        EXPECT_NEAR(
            reply.state->logProb, expected.logProb, 2e-6F * (1 + std::abs(expected.logProb)));
        EXPECT_NEAR(reply.state->entropy, expected.alternatives->entropy, 1e-5F);
        if (i + 1 == kDraws) {
            reply.rank(now);
            expectSame(*reply.likely, *expected.alternatives);
        }
        text.push_back(expected.token);
        std::rotate(now.begin(), now.begin() + vocabSize / 5, now.end());
    }
    EXPECT_EQ(*reply.position, 41 + kDraws);
    EXPECT_EQ(reply.state->numDrawn, kDraws);
    EXPECT_EQ(*reply.firstNonFinite, 1000);
    EXPECT_TRUE(std::equal(text.end() - kDraws, text.end(), reply.history.end() - kDraws));
}

TEST(CudaDrawToken, IsTheHostsWhateverTheFiltersAndTheLogits) {
    const auto all = configs();
    for (const int vocabSize : {1, 2, 33, 300, 1500}) {
        if (emulation::kThreadSanitized && vocabSize != 300) continue;
        const auto kinds = logitsOfKinds(vocabSize);
        for (std::size_t k = 0; k < kinds.size(); ++k)
            for (std::size_t c = 0; c < all.size(); ++c) {
                // What sanitizers see does not depend on numbers: one of each, not each with each.
                if (emulation::kSanitized && c % kinds.size() != k) continue;
                if (emulation::kThreadSanitized && c % 3 != 0) continue;
                SCOPED_TRACE(testing::Message()
                             << vocabSize << " tokens, logits " << k << ", config " << c);
                useSchedule(k + c);
                expectTheHosts(all[c], kinds[k]);
            }
    }
}

TEST(CudaDrawToken, IsTheHostsUnderEachSchedule) {
    const auto kinds = logitsOfKinds(emulation::kThreadSanitized ? 100 : 3000);
    SamplerConfig config{.temperature = 1.5F,
                         .topK = 50,
                         .topP = 0.9F,
                         .minP = 0.01F,
                         .repetitionPenalty = 1.2F,
                         .seed = 3};
    onSchedules([&] {
        expectTheHosts(config, kinds[0]);
        expectTheHosts(config, kinds[1]);
    });
}

TEST(CudaDrawToken, FallsAsOftenAsProbabilitiesSay) {
    // Against the definition, not the sampler: p = exp(logit / T) / sum.
    const std::vector<float> logits{0.3F, -1, 2, 2, 0.5F};
    const SamplerConfig config{.temperature = 1.25F, .topP = 1, .seed = 5};
    std::vector<double> expected;
    for (const float x : logits) expected.push_back(std::exp(x / 1.25));
    const double sum = std::accumulate(expected.begin(), expected.end(), 0.0);
    const int rounds = emulation::kThreadSanitized ? 3 : 100;
    std::vector<int> counts(logits.size());
    std::mt19937_64 seeds(1);
    for (int r = 0; r < rounds; ++r) {
        SamplerConfig one = config;
        one.seed = seeds();
        Reply reply(one, 5, {});
        for (int i = 0; i < kDraws; ++i) {
            reply.draw(logits);
            ++counts[static_cast<std::size_t>(*reply.token)];
        }
    }
    for (std::size_t i = 0; i < logits.size(); ++i) {
        const double p = expected[i] / sum;
        const double n = rounds * kDraws;
        EXPECT_NEAR(counts[i], n * p, 5 * std::sqrt(n * p * (1 - p))) << "token " << i;
    }
}

TEST(CudaDrawToken, SaysThatALogitIsNotFiniteAndStaysInTheVocabulary) {
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                            std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity()})
        for (const bool everywhere : {false, true}) {
            if (emulation::kThreadSanitized && everywhere) continue;
            for (const float temperature : {0.0F, 1.0F}) {
                auto logits = randomFloats(70, 1);
                logits[40] = bad;
                if (everywhere) std::fill(logits.begin(), logits.end(), bad);
                Reply reply({.temperature = temperature}, 70, {});
                reply.draw(logits);
                EXPECT_EQ(*reply.firstNonFinite, 7);
                EXPECT_GE(*reply.token, 0);
                EXPECT_LT(*reply.token, 70);
                reply.rank(logits);
                EXPECT_EQ(reply.likely->count, 0) << "nothing is known of it";
                // And the next draw is a good one again.
                logits = randomFloats(70, 1);
                reply.draw(logits);
                if (temperature == 0) {
                    EXPECT_EQ(*reply.token,
                              std::max_element(logits.begin(), logits.end()) - logits.begin());
                }
                EXPECT_TRUE(std::isfinite(reply.state->logProb));
                EXPECT_LT(reply.state->logProb, 0);
                reply.rank(logits);
                EXPECT_EQ(reply.likely->count, LikelyTokens::kMost);
            }
        }
}

TEST(CudaRankTokens, AreTheHostsHoweverMany) {
    // Around what one block sorts at a time, and what all blocks do in one round.
    for (const int vocabSize : {19, 20, 21, 1003, 1004, 1005, 2009, 5000, 140000}) {
        if (emulation::kSanitized && vocabSize > 3000) continue;
        if (emulation::kThreadSanitized && vocabSize > 1500) continue;
        SCOPED_TRACE(vocabSize);
        const auto kinds = logitsOfKinds(vocabSize);
        for (const std::size_t kind : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
            Reply reply({.temperature = 2, .topP = 1, .seed = 9}, vocabSize, {});
            reply.draw(kinds[kind]);
            reply.rank(kinds[kind]);
            expectSame(*reply.likely, *sampledToken(kinds[kind], *reply.token).alternatives);
        }
    }
}

TEST(CudaPublishStep, FillsTheRingInTurn) {
    constexpr int kSlots = 3;
    constexpr std::size_t kBytes = 16 * 300;
    constexpr std::size_t kSlotBytes = PublishedStep::kResultsAt + kBytes + 16;
    std::vector<std::uint32_t> results(kBytes / 4);
    onSchedules([&] {
        std::vector<uint64_t> ring(kSlots * kSlotBytes / 8);
        auto* slots = reinterpret_cast<std::byte*>(ring.data());
        const auto state = placed(DrawState{});
        const auto likely = placed(LikelyTokens{});
        for (int n = 1; n <= 5; ++n) {
            std::iota(results.begin(), results.end(), static_cast<std::uint32_t>(1000 * n));
            state->numDrawn = n;
            state->token = 10 * n;
            state->logProb = -0.5F * static_cast<float>(n);
            state->entropy = 0.25F * static_cast<float>(n);
            likely->count = n;
            likely->rank = 7 * n;
            likely->tokens[LikelyTokens::kMost - 1] = 100 + n;
            likely->logProbs[LikelyTokens::kMost - 1] = static_cast<float>(-n);
            EXPECT_EQ(publishStep({.state = state.get(),
                                   .likely = likely.get(),
                                   .results = reinterpret_cast<const std::byte*>(results.data()),
                                   .bytes = kBytes,
                                   .slots = slots,
                                   .slotBytes = kSlotBytes,
                                   .numSlots = kSlots},
                                  nullptr),
                      0);
            const std::byte* slot = slots + static_cast<std::size_t>((n - 1) % kSlots) * kSlotBytes;
            PublishedStep step;
            std::memcpy(&step, slot, sizeof step);
            EXPECT_EQ(step.number, static_cast<unsigned>(n));
            EXPECT_EQ(step.token, 10 * n);
            EXPECT_EQ(step.logProb, -0.5F * static_cast<float>(n));
            EXPECT_EQ(step.entropy, state->entropy);
            EXPECT_EQ(std::memcmp(&step.likely, likely.get(), sizeof step.likely), 0);
            EXPECT_EQ(std::memcmp(slot + PublishedStep::kResultsAt, results.data(), kBytes), 0);
            // Not a byte behind them.
            std::uint64_t behind = 0;
            std::memcpy(&behind, slot + PublishedStep::kResultsAt + kBytes, sizeof behind);
            EXPECT_EQ(behind, 0U);
        }
    });
}

}  // namespace
}  // namespace gatescope::kernels::cuda

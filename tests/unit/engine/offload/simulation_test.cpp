#include <gtest/gtest.h>

#include <cmath>

#include "engine/error.h"
#include "engine/offload/next_layer_guess.h"
#include "engine/offload/offload_choice.h"
#include "engine/routing/distributions.h"
#include "tests/unit/engine/offload/replay_samples.h"

namespace gatescope::test {
namespace {

OffloadQuestion question(int places, int guesses = 0, const Heat* heat = nullptr) {
    return {.places = places,
            .heat = heat,
            .guesses = guesses,
            .machine = {.gpu = 100, .link = 10, .host = 25, .disk = 2},
            .sizes = {.expertBytes = 100, .layerBytes = 50, .tokenBytes = 200}};
}

TEST(BlockEstimate, IsTheRatioWithTheSpreadOfItsBlocks) {
    const std::vector<Block> blocks{{3, 10}, {5, 10}, {4, 10}, {8, 10}};
    const auto estimate = ratioOf(blocks);
    EXPECT_DOUBLE_EQ(estimate.value, 0.5);
    // Blocks of one size: the plain standard error of their shares.
    const double deviation = std::sqrt((0.04 + 0 + 0.01 + 0.09) / 3);
    const double half = studentQuantile(0.975, 3) * deviation / 2;
    EXPECT_NEAR(estimate.high - estimate.value, half, 1e-12);
    EXPECT_NEAR(estimate.value - estimate.low, half, 1e-12);
    EXPECT_TRUE(std::isnan(ratioOf(std::vector<Block>{{1, 2}}).low));
    EXPECT_EQ(ratioOf({}).value, 0);
}

TEST(BlockEstimate, CoversTheTruthAsOftenAsItSays) {
    std::mt19937 random(5);
    int covered = 0;
    constexpr int kTrials = 2000;
    for (int trial = 0; trial < kTrials; ++trial) {
        std::vector<Block> blocks;
        for (int b = 0; b < 20; ++b) {
            const double rate = std::uniform_real_distribution<>(0.3, 0.7)(random);
            const int size = std::uniform_int_distribution<>(20, 60)(random);
            blocks.push_back({static_cast<double>(std::binomial_distribution<>(size, rate)(random)),
                              static_cast<double>(size)});
        }
        const auto estimate = ratioOf(blocks);
        covered += estimate.low <= 0.5 && 0.5 <= estimate.high ? 1 : 0;
    }
    EXPECT_NEAR(covered / static_cast<double>(kTrials), 0.95, 0.025);
}

TEST(NextLayerGuess, RanksByHowOftenExpertsWentTogether) {
    NextLayerGuess guess(2, 3);
    const std::vector<std::int32_t> a{0};
    const std::vector<std::int32_t> b{1, 2};
    guess.learn(0, a, std::vector<std::int32_t>{2});
    guess.learn(0, a, std::vector<std::int32_t>{2});
    guess.learn(0, a, std::vector<std::int32_t>{1});
    const auto ranked = guess.rank(0, a);
    EXPECT_EQ(std::vector<std::int32_t>(ranked.begin(), ranked.end()),
              (std::vector<std::int32_t>{2, 1, 0}));
    EXPECT_NEAR(guess.likelihood(2), (2 + 1.0 / 3) / 4, 1e-12);
    guess.rank(0, b);
    EXPECT_NEAR(guess.likelihood(2), 1.0 / 3, 1e-12);  // nothing is known of them
}

TEST(OffloadSimulation, GuessesComeFromEarlierTokensOnly) {
    // Layer 1 takes what layer 0 took, each pair once: no token before says anything about it.
    RoutingReplay once(2, 8);
    for (int e = 0; e < 8; ++e) appendToken(once, {{e}, {7 - e}});
    // Experts 0 to 6 stand in the ranking before what is to come.
    const auto first = *simulate(once, {KeepingKind::Lru, Pool::PerLayer, 0}, question(0, 1));
    EXPECT_LE(first.rightGuesses, 1);
    RoutingReplay often(2, 8);
    for (int t = 0; t < 80; ++t) appendToken(often, {{t % 8}, {7 - t % 8}});
    const auto later = *simulate(often, {KeepingKind::Lru, Pool::PerLayer, 0}, question(0, 1));
    EXPECT_EQ(later.guesses, 80);
    EXPECT_GE(later.rightGuesses, 72);
    EXPECT_EQ(later.hits(), 0) << "a guess is no hit";
    const auto without = *simulate(often, {KeepingKind::Lru, Pool::PerLayer, 0}, question(0, 0));
    EXPECT_LT(later.secondsPerToken(MissPath::FromHost),
              without.secondsPerToken(MissPath::FromHost));
    EXPECT_EQ(later.secondsPerToken(MissPath::OnCpu), without.secondsPerToken(MissPath::OnCpu));
}

TEST(OffloadSimulation, TokensThatDoNotCountPassThroughTheCache) {
    RoutingReplay replay(1, 4);
    appendToken(replay, {{0}}, false);
    appendToken(replay, {{0}});
    const auto outcome = *simulate(replay, {KeepingKind::Lru, Pool::PerLayer, 0}, question(1));
    EXPECT_EQ(outcome.tokens, 1);
    EXPECT_EQ(outcome.hits(), 1);
    EXPECT_EQ(outcome.misses(), 0);
    EXPECT_EQ(outcome.copies, 0);
    EXPECT_DOUBLE_EQ(outcome.secondsPerToken(MissPath::OnCpu), 0.5 + 1 + 2);
    EXPECT_DOUBLE_EQ(outcome.secondsPerToken(MissPath::FromHost), 0.5 + 1 + 2);
}

TEST(OffloadSimulation, AllExpertsInMemoryTakeWhatTheGpuReads) {
    std::mt19937 random(3);
    const RoutingReplay replay =
        uniformReplay(random, {.layers = 3, .experts = 4, .selected = 2}, 100, 0.5);
    Heat heat(heatOrigin(3, 4));
    for (const CachePolicy& policy : policiesNamed("static")) {
        const auto outcome = *simulate(replay, policy, question(12, 2, &heat));
        EXPECT_EQ(outcome.misses(), 0);
        for (const MissPath path : kMissPaths)
            EXPECT_NEAR(outcome.secondsPerToken(path), 3 * (0.5 + 2) + 2, 1e-9);
    }
}

TEST(OffloadSimulation, StretchesEndWhereAConversationDoes) {
    std::mt19937 random(3);
    RoutingReplay replay(1, 4);
    for (int conversation = 0; conversation < 3; ++conversation) {
        replay.beginConversation();
        appendDrawn(replay, random, 40, 1, {1, 1, 1, 1});
    }
    const auto outcome = *simulate(replay, {KeepingKind::Lru, Pool::PerLayer, 0}, question(2));
    std::vector<int> sizes;
    for (const OffloadBlock& block : outcome.blocks) sizes.push_back(block.tokens);
    EXPECT_EQ(sizes, (std::vector<int>{32, 8, 32, 8, 32, 8}));
}

TEST(OffloadSimulation, EndsWhenItIsStopped) {
    std::mt19937 random(3);
    const RoutingReplay replay = uniformReplay(random, {}, 10);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(simulate(replay, {}, question(2), stop.get_token()).has_value());
}

TEST(OffloadChoice, TakesAnotherThanLruOnlyWhereLuckDoesNotExplainIt) {
    std::mt19937 random(21);
    const auto outcomesOf = [](const RoutingReplay& replay) {
        std::vector<PolicyOutcome> outcomes;
        for (const char* name : {"lru", "decay:64", "belady"})
            for (const CachePolicy& policy : policiesNamed(name)) {
                // Copies cost nothing here, so that hits decide.
                auto free = question(8);
                free.machine.link = 1e12;
                free.machine.host = 25;
                outcomes.push_back(*simulate(replay, policy, free));
            }
        return outcomes;
    };
    RoutingReplay skewed(4, 8);
    appendDrawn(skewed, random, 1500, 2, {8, 6, 4, 1, 1, 1, 0.5, 0.25});
    const auto hot = outcomesOf(skewed);
    const OffloadChoice better = chooseOffload(hot);
    EXPECT_EQ(better.compared, 2U);
    EXPECT_EQ(hot[better.mostHits].policy.kind, KeepingKind::Frequency);
    EXPECT_GT(better.hitsGained.low, 0);
    const RoutingReplay uniform = uniformReplay(random, {.layers = 4}, 1500);
    const auto cold = outcomesOf(uniform);
    const OffloadChoice none = chooseOffload(cold);
    EXPECT_LE(none.hitsGained.low, 0);
    EXPECT_FALSE(none.stands);
    EXPECT_EQ(cold[none.chosen].policy.kind, KeepingKind::Lru);
}

TEST(OffloadChoice, CountsWhatCopiesCost) {
    std::mt19937 random(23);
    RoutingReplay skewed(4, 8);
    appendDrawn(skewed, random, 600, 2, {8, 6, 4, 1, 1, 1, 0.5, 0.25});
    std::vector<PolicyOutcome> outcomes;
    for (const char* name : {"lru", "decay:64"})
        for (const CachePolicy& policy : policiesNamed(name))
            outcomes.push_back(*simulate(skewed, policy, question(8)));
    const OffloadChoice choice = chooseOffload(outcomes);
    EXPECT_TRUE(choice.stands);
    EXPECT_EQ(choice.path, MissPath::OnCpu);  // a copy takes 10 s here, the CPU 4
    EXPECT_EQ(outcomes[choice.chosen].policy.kind, KeepingKind::Frequency);
    EXPECT_LT(choice.difference.seconds.high, 0);
}

TEST(CachePolicies, AreNamedAsTheyAreAskedFor) {
    for (const char* name :
         {"lru", "lfu", "decay:16", "decay:0.5", "least-stale", "static", "belady"}) {
        const auto policies = policiesNamed(name);
        EXPECT_EQ(policies.size(), std::string_view(name) == "least-stale" ? 1U : 2U);
        for (const CachePolicy& policy : policies) EXPECT_EQ(nameOf(policy), name);
    }
    for (const char* name : {"",
                             "mru",
                             "decay",
                             "decay:",
                             "decay:0",
                             "decay:-1",
                             "decay:nan",
                             "decay:inf",
                             "decay:1x",
                             "LRU"})
        EXPECT_THROW(policiesNamed(name), Error) << name;
}

}  // namespace
}  // namespace gatescope::test

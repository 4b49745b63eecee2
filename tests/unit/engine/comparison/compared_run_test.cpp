#include "engine/comparison/compared_run.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "tests/unit/engine/routing/routing_samples.h"

namespace gatescope {
namespace {

constexpr test::RouterShape kShape{.layers = 2, .experts = 4, .selected = 2};

ComparedRun runOf(const std::vector<TokenId>& ids, unsigned seed, bool routed = true) {
    std::mt19937 random(seed);
    ComparedRun run;
    for (const TokenId id : ids) {
        TokenRecord& token = run.tokens.emplace_back();
        token.token = id;
        if (routed) token.routing = test::randomRecord(random, kShape);
    }
    return run;
}

AlignedRuns alignedRuns(ComparedRun a, ComparedRun b) {
    AlignedRuns runs{.a = std::move(a), .b = std::move(b)};
    align(runs);
    return runs;
}

/// Mean p in B less mean p in A over the tokens [0, 1000), but for every tenth one.
double meanDifference(const AlignedRuns& runs, int layer, std::size_t expert) {
    double sum = 0;
    int tokens = 0;
    for (std::size_t i = 0; i < runs.a.tokens.size(); ++i) {
        if (i % 10 == 3) continue;
        sum += static_cast<double>(runs.b.tokens[i].routing->layerProbs(layer)[expert]) -
               static_cast<double>(runs.a.tokens[i].routing->layerProbs(layer)[expert]);
        ++tokens;
    }
    return sum / tokens;
}

std::vector<TokenId> thousand(bool b) {
    std::vector<TokenId> ids;
    for (int i = 0; i < 1000; ++i) ids.push_back(b && i % 10 == 3 ? 5000 + i : i);
    return ids;
}

TEST(AlignedRuns, DifferenceIsOverTheTokensThatAreAlike) {
    const AlignedRuns runs = alignedRuns(runOf(thousand(false), 1), runOf(thousand(true), 2));
    EXPECT_EQ(runs.counts.same, 900);
    EXPECT_EQ(runs.counts.substituted, 100);
    EXPECT_EQ(runs.over, ComparedTokens::Aligned);
    const auto difference = routingDifference(runs);
    ASSERT_TRUE(difference.has_value());
    EXPECT_EQ(difference->tokensA(), 900);
    for (int layer = 0; layer < kShape.layers; ++layer)
        for (int expert = 0; expert < kShape.experts; ++expert)
            EXPECT_NEAR(difference->cell(layer, expert).probability,
                        meanDifference(runs, layer, static_cast<std::size_t>(expert)),
                        1e-9);
}

TEST(AlignedRuns, WithoutRoutingOfOneShapeThereIsNoDifference) {
    EXPECT_FALSE(routingDifference({}).has_value());
    EXPECT_FALSE(
        routingDifference(alignedRuns(runOf({1, 2}, 1), runOf({1, 2}, 2, false))).has_value());
    AlignedRuns other = alignedRuns(runOf({1, 2}, 1), runOf({1, 2}, 2, false));
    std::mt19937 random(3);
    for (TokenRecord& token : other.b.tokens)
        token.routing = test::randomRecord(random, {.layers = 2, .experts = 8, .selected = 2});
    EXPECT_FALSE(routingDifference(other).has_value());
}

TEST(AlignedRuns, OneThatIsStoppedGivesNothing) {
    const AlignedRuns runs = alignedRuns(runOf(thousand(false), 1), runOf(thousand(true), 2));
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(routingDifference(runs, stop.get_token()).has_value());
}

// As the window does: it draws the runs while a worker counts them.
TEST(AlignedRuns, SeveralThreadsReadThem) {
    const AlignedRuns runs = alignedRuns(runOf(thousand(false), 1), runOf(thousand(true), 2));
    std::optional<RoutingDifference> there;
    {
        const std::jthread worker([&] { there = routingDifference(runs); });
        const auto here = routingDifference(runs);
        EXPECT_EQ(here->tokensA(), 900);
    }
    EXPECT_EQ(there->tokensA(), 900);
}

}  // namespace
}  // namespace gatescope

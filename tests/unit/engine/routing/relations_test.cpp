// Pairs of experts, layers, tokens and runs, by hand and against published figures.

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "engine/routing/coactivation_stats.h"
#include "engine/routing/information.h"
#include "engine/routing/range_stats.h"
#include "engine/routing/run_comparison.h"
#include "engine/routing/transition_stats.h"
#include "tests/unit/engine/routing/routing_samples.h"

namespace gatescope {
namespace {

using test::choices;

TEST(CoactivationTest, MeasuresPairsByHand) {
    CoactivationStats stats(1, 4);
    for (const auto& row : std::vector<std::vector<int>>{{0, 1}, {0, 1}, {1, 2}, {0, 3}, {2, 3}})
        stats.add(*choices({row}, 4));
    EXPECT_EQ(stats.tokens(), 5);
    EXPECT_EQ(stats.pairCount(0, 0, 0), 3);
    EXPECT_DOUBLE_EQ(stats.coactivation(0, 0, 1).value.value(), 2.0 / 3);
    EXPECT_DOUBLE_EQ(stats.coactivation(0, 2, 1).value.value(), 1.0 / 2);
    EXPECT_EQ(stats.coactivation(0, 2, 1).count, 2);
    EXPECT_DOUBLE_EQ(stats.coactivation(0, 0, 1).chance->level, 1.0 / 3);
    EXPECT_DOUBLE_EQ(stats.pairShare(0, 1, 0).value.value(), 2.0 / 5);
    EXPECT_DOUBLE_EQ(stats.pairShare(0, 1, 0).chance->level, 1.0 / 6);
    EXPECT_DOUBLE_EQ(stats.lift(0, 0, 1).value.value(), 2.0 * 5 / (3 * 3));
    EXPECT_DOUBLE_EQ(stats.lift(0, 0, 1).chance->level, 4.0 / (2 * 3));
    EXPECT_DOUBLE_EQ(stats.phi(0, 0, 1).value.value(), (2 * 5 - 9) / 6.0);
    EXPECT_DOUBLE_EQ(stats.phi(0, 0, 1).chance->level, -1.0 / 3);
    EXPECT_DOUBLE_EQ(stats.phi(0, 0, 2).value.value(), -1);
}

TEST(CoactivationTest, HasTheKnownChanceOfTwoOfEight) {
    CoactivationStats stats(1, 8);
    stats.add(*choices({{0, 1}}, 8));
    EXPECT_DOUBLE_EQ(stats.coactivation(0, 0, 1).chance->level, 1.0 / 7);
    EXPECT_DOUBLE_EQ(stats.pairShare(0, 0, 1).chance->level, 1.0 / 28);
}

TEST(InformationTest, IsWholeForACopyAndNothingForIndependentChoices) {
    const std::vector<double> copy{6, 0, 0, 6};
    EXPECT_NEAR(mutualInformation({copy, 2, 2, 12}).value.value(), 1, 1e-12);
    const std::vector<double> independent{4, 8, 2, 4};
    const Statistic none = mutualInformation({independent, 2, 2, 18});
    EXPECT_NEAR(none.value.value(), 0, 1e-12);
    EXPECT_NEAR(none.chance->level, 1 / (2 * 18 * std::numbers::ln2), 1e-12);
    EXPECT_TRUE(none.thin);
    const std::vector<double> unused{5, 0, 7, 0, 0, 0};  // one column never occurs, one row neither
    EXPECT_EQ(mutualInformation({unused, 3, 2, 12}).chance->level, 0);
    EXPECT_FALSE(mutualInformation({std::vector<double>(4, 0), 2, 2, 0}).value.has_value());
    EXPECT_NEAR(mutualInformation({std::vector<double>(64, 10), 8, 8, 1000}).chance->level,
                35.35 / 1000,
                1e-4);  // "about 35/T bit"
}

TEST(TransitionTest, MeasuresCountsAndMassByHand) {
    TransitionStats stats(0, 1, 2);
    stats.add(*test::record({{0.75F, 0.25F}, {0.5F, 0.5F}}, 1));
    stats.add(*test::record({{0.25F, 0.75F}, {0.0F, 1.0F}}, 1));
    EXPECT_EQ(stats.first(0, 0).value, 1.0);
    EXPECT_EQ(stats.first(0, 0).count, 1);
    EXPECT_DOUBLE_EQ(stats.mass(0, 0).value.value(), 0.375);
    EXPECT_DOUBLE_EQ(stats.mass(0, 1).value.value(), 0.375 + 0.25);
    EXPECT_NEAR(stats.firstInformation().value.value(), 1, 1e-12);
    EXPECT_GT(stats.massInformation().value.value(), 0);
    EXPECT_LT(stats.massInformation().value.value(), 0.5);
}

TEST(AdjacentTest, MeasuresNeighboursAndRunsByHand) {
    RoutingTrace trace(1, 8);
    for (const auto& row : std::vector<std::vector<int>>{{0, 1}, {0, 2}, {2, 0}, {5, 6}, {5, 6}})
        trace.append(choices({row}, 8), TokenOrigin::Generated);
    AdjacentRange range(trace, Population::All);
    const auto& stats = range.over(0, 5);
    EXPECT_DOUBLE_EQ(stats.sameFirst(0).value.value(), 2.0 / 4);
    EXPECT_DOUBLE_EQ(stats.setsMeet(0).value.value(), 3.0 / 4);
    EXPECT_DOUBLE_EQ(stats.jaccard(0).value.value(), (1.0 / 3 + 1 + 0 + 1) / 4);
    EXPECT_DOUBLE_EQ(stats.runLength(0).value.value(), 5.0 / 3);  // 00 2 55
    EXPECT_EQ(stats.runLength(0).count, 5);
    EXPECT_NEAR(stats.jaccard(0).chance->level, 0.17857, 1e-5);
    EXPECT_FALSE(range.over(2, 3).sameFirst(0).value.has_value());
    EXPECT_EQ(range.over(2, 3).runLength(0).value, 1.0);
}

TEST(SaturationTest, MeasuresOverlapByHandAndTakesTheReferencesK) {
    SaturationStats stats(1, 8);
    stats.add(*choices({{0, 1}}, 8), *choices({{1, 0}}, 8));
    stats.add(*choices({{0, 1}}, 8), *choices({{0, 5}}, 8));
    EXPECT_DOUBLE_EQ(stats.saturation(0).value.value(), 0.75);
    EXPECT_DOUBLE_EQ(stats.sameFirst(0).value.value(), 0.5);
    EXPECT_DOUBLE_EQ(stats.saturation(0).chance->level, 0.25);
    SaturationStats other(1, 8);
    other.add(*choices({{0, 1}}, 8), *choices({{3, 1, 2, 5}}, 8));
    EXPECT_DOUBLE_EQ(other.saturation(0).value.value(), 0.25);
    EXPECT_DOUBLE_EQ(other.saturation(0).chance->level, 0.25);
}

/// Statistics in which expert 0 was selected by `hits` of `tokens`.
RoutingStats rate(int hits, int tokens) {
    RoutingStats stats(1, 8);
    for (int t = 0; t < tokens; ++t) stats.add(*choices({{t < hits ? 0 : 1, 2}}, 8));
    return stats;
}

// Newcombe 1998, Statistics in Medicine 17, table II, method 10.
TEST(ContrastTest, HasTheIntervalsOfThePublishedExamples) {
    struct Example {
        int hitsA, tokensA, hitsB, tokensB;
        double low, high;
    };
    for (const auto& e : {Example{56, 70, 48, 80, 0.0524, 0.3339},
                          Example{9, 10, 3, 10, 0.1705, 0.8090},
                          Example{5, 56, 0, 29, -0.0381, 0.1926}}) {
        const Contrast c = contrast(rate(e.hitsA, e.tokensA), rate(e.hitsB, e.tokensB), 0, 0);
        EXPECT_NEAR(c.low, e.low, 5e-5);
        EXPECT_NEAR(c.high, e.high, 5e-5);
        EXPECT_EQ(c.countA, e.hitsA);
        EXPECT_EQ(c.tokensB, e.tokensB);
    }
}

TEST(ContrastTest, RanksByWhatStandsNotByWhatIsLarge) {
    const auto ranked = rankedContrasts(rate(900, 1000), rate(800, 1000));
    EXPECT_EQ(ranked.size(), 8U);
    EXPECT_LE(ranked[0].expert, 1);
    EXPECT_TRUE(ranked[0].stands());
    EXPECT_FALSE(ranked[2].stands());
    EXPECT_TRUE(rankedContrasts(rate(0, 0), rate(1, 1)).empty());
    EXPECT_TRUE(contrast(rate(3, 5), rate(1, 50), 0, 0).thin);
}

}  // namespace
}  // namespace gatescope

#include "engine/routing/routing_stats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "engine/routing/range_stats.h"
#include "tests/unit/engine/routing/routing_samples.h"

namespace gatescope {
namespace {

using test::record;

constexpr int kLayers = 3;
constexpr int kExperts = 8;

RoutingRecordPtr randomRecord(std::mt19937& random, int numSelected = 2) {
    return test::randomRecord(random, {kLayers, kExperts, numSelected});
}

TEST(RoutingStatsTest, MeasuresATokenByHand) {
    const std::vector<float> probs{0.125F, 0.5F, 0.0F, 0.25F, 0.125F};
    const std::vector<std::int32_t> selected{1, 3};
    const auto m = measureRouter(probs, selected);
    EXPECT_DOUBLE_EQ(m.entropyBits, 0.5 + 0.5 + 3 * 0.25);
    EXPECT_DOUBLE_EQ(m.margin, 0.25);
    EXPECT_DOUBLE_EQ(m.decisiveMargin, 0.125);
    EXPECT_DOUBLE_EQ(m.routedMass, 0.75);
    EXPECT_DOUBLE_EQ(m.firstProb, 0.5);
}

TEST(RoutingStatsTest, MeasuresTheEndsOfTheScale) {
    const std::vector<float> even(8, 0.125F);
    const auto flat = measureRouter(even, std::vector<std::int32_t>{0, 1});
    EXPECT_DOUBLE_EQ(flat.entropyBits, 3);
    EXPECT_DOUBLE_EQ(flat.margin, 0);
    EXPECT_DOUBLE_EQ(flat.decisiveMargin, 0);
    EXPECT_DOUBLE_EQ(flat.routedMass, 0.25);
    const auto only = measureRouter(std::vector<float>{1.0F}, std::vector<std::int32_t>{0});
    EXPECT_DOUBLE_EQ(only.entropyBits, 0);
    EXPECT_DOUBLE_EQ(only.margin, 1);
    EXPECT_DOUBLE_EQ(only.decisiveMargin, 1);
    std::vector<float> wide(200, 0.005F);
    wide[150] = 0.0075F;
    EXPECT_NEAR(measureRouter(wide, std::vector<std::int32_t>{150}).margin, 0.0025, 1e-9);
}

TEST(RoutingStatsTest, AForcedExpertCountsAsSelectedButNotAsFirst) {
    const std::vector<float> probs{0.5F, 0.3F, 0.2F};
    const auto m = measureRouter(probs, std::vector<std::int32_t>{0, 2});
    EXPECT_NEAR(m.routedMass, 0.7, 1e-7);
    EXPECT_NEAR(m.margin, 0.2, 1e-7);
    EXPECT_NEAR(m.decisiveMargin, 0.1, 1e-7);
}

TEST(RoutingStatsTest, CountsSharesAndSpreadByHand) {
    RoutingStats stats(1, 4);
    stats.add(*record({{0.7F, 0.2F, 0.1F, 0.0F}}));
    stats.add(*record({{0.5F, 0.1F, 0.4F, 0.0F}}));
    EXPECT_EQ(stats.tokens(), 2);
    EXPECT_EQ(stats.assignments(0), 4);
    EXPECT_EQ(stats.count(0, 0), 2);
    EXPECT_DOUBLE_EQ(stats.loadShare(0, 0), 0.5);
    EXPECT_DOUBLE_EQ(stats.loadShare(0, 1), 0.25);
    EXPECT_DOUBLE_EQ(stats.loadShare(0, 3), 0.0);
    EXPECT_DOUBLE_EQ(stats.tokenShare(0, 0), 1.0);
    EXPECT_NEAR(stats.importance(0, 2), 0.5, 1e-7);
    EXPECT_NEAR(stats.appliedImportance(0, 2), 0.4, 1e-7);
    EXPECT_DOUBLE_EQ(stats.effectiveExperts(0), std::exp2(1.5));
    EXPECT_DOUBLE_EQ(stats.participationRatio(0), 1 / (0.25 + 0.0625 + 0.0625));
    EXPECT_DOUBLE_EQ(stats.loadVariation(0), std::sqrt(0.5));
    // q = 1/2: 3 / (4 * 1/4 * 2) * (1 + 0 + 0 + 1)
    EXPECT_DOUBLE_EQ(stats.balanceStatistic(0), 3.0);
    EXPECT_NEAR(stats.mean(0).margin, 0.3, 1e-7);
    EXPECT_NEAR(stats.mean(0).routedMass, 0.9, 1e-7);
    EXPECT_DOUBLE_EQ(stats.fragileShare(0), 0);
}

TEST(RoutingStatsTest, IsZeroWithoutTokens) {
    const RoutingStats stats(2, 4);
    EXPECT_EQ(stats.loadShare(1, 3), 0);
    EXPECT_EQ(stats.tokenShare(1, 3), 0);
    EXPECT_EQ(stats.effectiveExperts(0), 0);
    EXPECT_EQ(stats.participationRatio(0), 0);
    EXPECT_EQ(stats.loadVariation(0), 0);
    EXPECT_EQ(stats.balanceStatistic(0), 0);
    EXPECT_EQ(stats.mean(0).entropyBits, 0);
    EXPECT_EQ(stats.chanceBand(0, BandScope::OneExpert).high, 1);
}

TEST(RoutingStatsTest, CallsATokenFragileBelowAThousandth) {
    RoutingStats stats(1, 3);
    stats.add(*record({{0.5F, 0.252F, 0.248F}}, 2));
    stats.add(*record({{0.5F, 0.2503F, 0.2497F}}, 2));
    EXPECT_DOUBLE_EQ(stats.fragileShare(0), 0.5);
}

TEST(RoutingStatsTest, MixedTopKKeepsSharesAndGivesTheWidestBand) {
    std::mt19937 random(3);
    RoutingStats stats(kLayers, kExperts);
    for (int t = 0; t < 50; ++t) stats.add(*randomRecord(random, t % 2 == 0 ? 2 : 4));
    double sum = 0;
    for (int e = 0; e < kExperts; ++e) sum += stats.loadShare(1, e);
    EXPECT_NEAR(sum, 1, 1e-12);
    EXPECT_EQ(stats.assignments(0), 25 * 2 + 25 * 4);
    EXPECT_NEAR(stats.countVariance(0), 25 * 3.0 / 16 + 25 * 1.0 / 4, 1e-12);
    EXPECT_EQ(stats.chanceBand(0, BandScope::OneExpert).high,
              chanceBand(50, 2, kExperts, BandScope::OneExpert).high);
}

/// Each layer's chances are those of its own k.
TEST(RoutingStatsTest, LayersMaySelectDifferentlyMany) {
    std::mt19937 random(3);
    RoutingStats stats(kLayers, kExperts);
    for (int t = 0; t < 50; ++t) {
        RoutingRecord record = *randomRecord(random, 3);
        for (const std::size_t at : {std::size_t{1}, std::size_t{2}}) {  // of layer 0
            record.selected[at] = -1;
            record.gates[at] = 0;
        }
        stats.add(record);
    }
    EXPECT_EQ(stats.assignments(0), 50);
    EXPECT_EQ(stats.assignments(1), 150);
    EXPECT_NEAR(stats.meanSelected(), (1 + 3.0 * (kLayers - 1)) / kLayers, 1e-12);
    EXPECT_EQ(stats.chanceBand(0, BandScope::OneExpert).high,
              chanceBand(50, 1, kExperts, BandScope::OneExpert).high);
    EXPECT_EQ(stats.chanceBand(1, BandScope::OneExpert).high,
              chanceBand(50, 3, kExperts, BandScope::OneExpert).high);
    EXPECT_EQ(stats.widestChanceBand(BandScope::OneExpert).high,
              chanceBand(50, 1, kExperts, BandScope::OneExpert).high);
    for (const int layer : {0, 1}) {
        double sum = 0;
        for (int e = 0; e < kExperts; ++e) sum += stats.loadShare(layer, e);
        EXPECT_NEAR(sum, 1, 1e-12);
    }
}

TEST(RoutingStatsTest, TheBalanceStatisticAveragesItsDegreesOfFreedomByChance) {
    std::mt19937 random(5);
    constexpr int kRuns = 1500;
    double sum = 0;
    for (int run = 0; run < kRuns; ++run) {
        RoutingStats stats(1, kExperts);
        // Tokens of different top-k as well: the variance adds up.
        for (int t = 0; t < 40; ++t)
            stats.add(*test::uniformRecord(random, {1, kExperts, t % 4 == 0 ? 5 : 2}));
        sum += stats.balanceStatistic(0);
    }
    EXPECT_NEAR(sum / kRuns, 7, 5 * std::sqrt(14.0 / kRuns));  // the textbook's divisor: 6
}

TEST(RoutingStatsTest, LogitMarginsAreDifferencesOfLogits) {
    const std::vector<float> logits{1.0F, 3.5F, -2.0F, 3.0F};
    std::vector<float> probs;
    double sum = 0;
    for (const float x : logits) sum += std::exp(x);
    for (const float x : logits) probs.push_back(static_cast<float>(std::exp(x) / sum));
    const auto m = logitMargins(probs, std::vector<std::int32_t>{1, 3});
    EXPECT_NEAR(m.margin.value(), 0.5, 1e-6);
    EXPECT_NEAR(m.decisiveMargin.value(), 2.0, 1e-6);
    const auto cut = logitMargins(std::vector<float>{0.0F, 1.0F}, std::vector<std::int32_t>{1});
    EXPECT_FALSE(cut.margin.has_value());
    const auto all = logitMargins(std::vector<float>{0.5F, 0.5F}, std::vector<std::int32_t>{0, 1});
    EXPECT_EQ(all.margin, 0.0);
    EXPECT_FALSE(all.decisiveMargin.has_value());
}

TEST(RoutingStatsTest, TheZValueSquaresTheLogOfTheSumWithoutOverflow) {
    EXPECT_NEAR(
        zValue(std::vector<float>{0.0F, 0.0F, 0.0F, 0.0F}), std::log(4.0) * std::log(4.0), 1e-12);
    const double shifted = 1000 + std::log(1 + std::exp(-1.0));
    EXPECT_NEAR(zValue(std::vector<float>{1000.0F, 999.0F}), shifted * shifted, 1e-6);
}

TEST(RoutingStatsTest, AveragesATokenOverItsLayers) {
    const auto mean = meanOverLayers(*record({{0.5F, 0.25F, 0.25F}, {1.0F, 0.0F, 0.0F}}));
    EXPECT_DOUBLE_EQ(mean.entropyBits, 0.75);
    EXPECT_DOUBLE_EQ(mean.margin, 0.625);
    EXPECT_DOUBLE_EQ(mean.routedMass, 0.875);
}

TEST(RoutingTraceTest, TakesARecordOfAnotherModelAsNotComputed) {
    std::mt19937 random(1);
    RoutingTrace trace(kLayers, kExperts);
    trace.append(record({{0.5F, 0.5F}}), TokenOrigin::Generated);
    trace.append(randomRecord(random), TokenOrigin::Prompt);
    EXPECT_EQ(trace.record(0), nullptr);
    EXPECT_NE(trace.record(1), nullptr);
    EXPECT_EQ(trace.origin(0), TokenOrigin::Generated);
    EXPECT_EQ(trace.origin(1), TokenOrigin::Prompt);
}

}  // namespace
}  // namespace gatescope

#include "engine/routing/routing_stats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace gatescope {
namespace {

constexpr int kLayers = 3;
constexpr int kExperts = 8;

/// One layer a row: probabilities; the two largest are selected.
RoutingRecordPtr record(const std::vector<std::vector<float>>& rows, int numSelected = 2) {
    auto r = std::make_shared<RoutingRecord>();
    r->numLayers = static_cast<int>(rows.size());
    r->numExperts = static_cast<int>(rows[0].size());
    r->numSelected = numSelected;
    for (const auto& row : rows) {
        r->probs.insert(r->probs.end(), row.begin(), row.end());
        std::vector<std::int32_t> order(row.size());
        std::iota(order.begin(), order.end(), 0);
        std::ranges::stable_sort(order, [&](auto a, auto b) {
            return row[static_cast<std::size_t>(a)] > row[static_cast<std::size_t>(b)];
        });
        for (int s = 0; s < numSelected; ++s) {
            const auto expert = order[static_cast<std::size_t>(s)];
            r->selected.push_back(expert);
            r->gates.push_back(row[static_cast<std::size_t>(expert)]);
        }
    }
    return r;
}

RoutingRecordPtr randomRecord(std::mt19937& random, int numSelected = 2) {
    std::normal_distribution<double> logit(0.0, 1.5);
    std::vector<std::vector<float>> rows(kLayers, std::vector<float>(kExperts));
    for (auto& row : rows) {
        double sum = 0;
        for (float& p : row) sum += p = static_cast<float>(std::exp(logit(random)));
        for (float& p : row) p = static_cast<float>(p / sum);
    }
    return record(rows, numSelected);
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
    EXPECT_EQ(stats.assignments(), 4);
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
    EXPECT_EQ(stats.chanceBand(BandScope::OneExpert).high, 1);
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
    EXPECT_EQ(stats.assignments(), 25 * 2 + 25 * 4);
    EXPECT_EQ(stats.balanceStatistic(1), 0);
    EXPECT_EQ(stats.chanceBand(BandScope::OneExpert).high,
              chanceBand(50, 2, kExperts, BandScope::OneExpert).high);
}

TEST(RoutingStatsTest, TheBalanceStatisticAveragesItsDegreesOfFreedomByChance) {
    std::mt19937 random(5);
    constexpr int kRuns = 1500;
    double sum = 0;
    for (int run = 0; run < kRuns; ++run) {
        RoutingStats stats(1, kExperts);
        for (int t = 0; t < 40; ++t) {
            std::vector<float> row(kExperts);
            for (float& p : row) p = std::uniform_real_distribution<float>(0, 1)(random);
            stats.add(*record({row}));
        }
        sum += stats.balanceStatistic(0);
    }
    EXPECT_NEAR(sum / kRuns, 7, 0.3);  // the textbook's divisor would give 6
}

void expectNear(const RoutingStats& got, const RoutingStats& want) {
    ASSERT_EQ(got.tokens(), want.tokens());
    ASSERT_EQ(got.assignments(), want.assignments());
    for (int layer = 0; layer < kLayers; ++layer) {
        EXPECT_NEAR(got.mean(layer).entropyBits, want.mean(layer).entropyBits, 1e-9);
        EXPECT_NEAR(got.mean(layer).margin, want.mean(layer).margin, 1e-9);
        EXPECT_NEAR(got.mean(layer).decisiveMargin, want.mean(layer).decisiveMargin, 1e-9);
        EXPECT_NEAR(got.mean(layer).routedMass, want.mean(layer).routedMass, 1e-9);
        EXPECT_NEAR(got.mean(layer).firstProb, want.mean(layer).firstProb, 1e-9);
        EXPECT_DOUBLE_EQ(got.fragileShare(layer), want.fragileShare(layer));
        for (int e = 0; e < kExperts; ++e) {
            EXPECT_EQ(got.count(layer, e), want.count(layer, e));
            EXPECT_NEAR(got.importance(layer, e), want.importance(layer, e), 1e-9);
            EXPECT_NEAR(got.appliedImportance(layer, e), want.appliedImportance(layer, e), 1e-9);
        }
    }
}

TEST(RoutingStatsTest, AMovingRangeEqualsAFreshCountForEveryPopulation) {
    std::mt19937 random(9);
    RoutingTrace trace(kLayers, kExperts);
    for (int t = 0; t < 120; ++t)
        trace.append(t % 11 == 3 ? nullptr : randomRecord(random), t % 3 != 0);
    for (const auto population : {Population::All, Population::Prompt, Population::Generated}) {
        RangeStats moving(trace, population);
        for (int step = 0; step < 200; ++step) {
            const int first = static_cast<int>(random() % 125);
            const int end = static_cast<int>(random() % 125);
            RoutingStats fresh(kLayers, kExperts);
            for (int t = first; t < std::min(end, trace.size()); ++t) {
                const bool wanted = population == Population::All ||
                                    trace.generated(t) == (population == Population::Generated);
                if (wanted && trace.record(t) != nullptr) fresh.add(*trace.record(t));
            }
            expectNear(moving.over(first, end), fresh);
        }
    }
}

TEST(RoutingStatsTest, ARangeFollowsATraceThatGrows) {
    std::mt19937 random(13);
    RoutingTrace trace(kLayers, kExperts);
    RangeStats moving(trace, Population::All);
    RoutingStats fresh(kLayers, kExperts);
    for (int t = 0; t < 50; ++t) {
        trace.append(randomRecord(random), true);
        fresh.add(*trace.record(t));
        expectNear(moving.over(0, trace.size()), fresh);
    }
    EXPECT_EQ(moving.over(30, 30).tokens(), 0);
}

TEST(RoutingStatsTest, NothingIsLeftOfTokensTakenOut) {
    std::mt19937 random(17);
    RoutingStats stats(kLayers, kExperts);
    std::vector<RoutingRecordPtr> records;
    for (int t = 0; t < 30; ++t) {
        records.push_back(randomRecord(random));
        stats.add(*records.back());
    }
    for (const auto& r : records) stats.remove(*r);
    for (int e = 0; e < kExperts; ++e) EXPECT_EQ(stats.importance(0, e), 0);
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
    trace.append(record({{0.5F, 0.5F}}), true);
    trace.append(randomRecord(random), false);
    EXPECT_EQ(trace.record(0), nullptr);
    EXPECT_NE(trace.record(1), nullptr);
    EXPECT_TRUE(trace.generated(0));
    EXPECT_FALSE(trace.generated(1));
}

}  // namespace
}  // namespace gatescope

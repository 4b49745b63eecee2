// What other programs' statistics got wrong (ui-and-inspection page, D2), one test each.

#include <gtest/gtest.h>

#include <random>

#include "engine/routing/coactivation_stats.h"
#include "engine/routing/label_stats.h"
#include "engine/routing/layer_statistics.h"
#include "engine/routing/range_stats.h"
#include "engine/routing/transition_stats.h"
#include "tests/unit/engine/routing/routing_samples.h"

namespace gatescope {
namespace {

using test::choices;
using test::record;

Statistic named(const std::vector<NamedStatistic>& rows, std::string_view name) {
    for (const auto& row : rows)
        if (row.name == name) return row.statistic;
    ADD_FAILURE() << name;
    return {};
}

TEST(RoutingTraps, CoactivationCountsAllPairsNotNeighbouringRanksOnly) {
    CoactivationStats stats(1, 6);
    stats.add(*choices({{4, 0, 2}}, 6));
    for (const auto& [i, j] : {std::pair{4, 0}, {0, 2}, {4, 2}, {2, 4}, {0, 4}})
        EXPECT_EQ(stats.pairCount(0, i, j), 1) << i << " and " << j;
    EXPECT_EQ(stats.pairCount(0, 4, 1), 0);
    EXPECT_NEAR(stats.coactivation(0, 4, 2).chance->level, 2.0 / 5, 1e-12);
}

TEST(RoutingTraps, CrossLayerCountsPairEveryRankWithEveryRank) {
    TransitionStats stats(0, 1, 6);
    stats.add(*choices({{0, 1}, {2, 3}}, 6));
    for (const int i : {0, 1})
        for (const int j : {2, 3}) EXPECT_EQ(stats.selectedCount(i, j), 1) << i << " to " << j;
    EXPECT_EQ(stats.firstCount(0, 2), 1);
    EXPECT_EQ(stats.firstCount(1, 3), 0);
    double row = 0;
    for (int j = 0; j < 6; ++j) row += stats.selected(1, j).value.value();
    EXPECT_DOUBLE_EQ(row, 2);
}

TEST(RoutingTraps, VocabularyNeedsAMinimumCountAndSubtractsChance) {
    std::mt19937 random(3);
    LabelStats rare(1, 8);
    for (int t = 0; t < 100; ++t) rare.add(t, *test::uniformRecord(random, {1, 8, 2}));
    EXPECT_EQ(vocabularySpecialisation(rare, 0).layer.count, 0);
    EXPECT_FALSE(vocabularySpecialisation(rare, 0).layer.value.has_value());
    const auto naive = vocabularySpecialisation(rare, 0, 1).layer;
    EXPECT_EQ(naive.value, 1.0) << "an id seen once is 100 % its expert's";
    EXPECT_EQ(naive.chance->level, 1.0) << "... and chance says so";
    LabelStats often(1, 8);
    for (int t = 0; t < 2000; ++t) often.add(t % 100, *test::uniformRecord(random, {1, 8, 2}));
    const auto layer = vocabularySpecialisation(often, 0).layer;
    EXPECT_EQ(layer.count, 100);
    EXPECT_GT(layer.value.value(), 0.2) << "far above 1/8 ...";
    EXPECT_NEAR(*layer.value - layer.chance->level, 0, 0.02) << "... by luck alone";
}

TEST(RoutingTraps, PredictedAndTrueNextTokensAreNotSwapped) {
    const std::vector<TokenId> input{10, 11, 12, 13};
    const std::vector<TokenId> predicted{90, 91, 92, 93};
    using Labels = std::vector<std::int32_t>;
    EXPECT_EQ(vocabularyLabels({input, predicted}, VocabularyLabel::Input),
              (Labels{10, 11, 12, 13}));
    EXPECT_EQ(vocabularyLabels({input, predicted}, VocabularyLabel::PredictedNext),
              (Labels{90, 91, 92, 93}));
    EXPECT_EQ(vocabularyLabels({input, predicted}, VocabularyLabel::TrueNext),
              (Labels{11, 12, 13, kNoLabel}));
    EXPECT_EQ(vocabularyLabels({input, {}}, VocabularyLabel::PredictedNext), Labels(4, kNoLabel));
    EXPECT_TRUE(vocabularyLabels({}, VocabularyLabel::TrueNext).empty());
}

TEST(RoutingTraps, AnExpertWithoutIdsKeepsItsPlaceAmongTheOthers) {
    LabelStats stats(1, 4);
    for (int t = 0; t < 12; ++t) {
        stats.add(70, *choices({{3}}, 4));
        stats.add(71, *choices({{t < 9 ? 1 : 0}}, 4));
    }
    const auto experts = vocabularySpecialisation(stats, 0).experts;
    EXPECT_FALSE(experts[0].value.has_value());
    EXPECT_EQ(experts[1].value, 0.75);
    EXPECT_FALSE(experts[2].value.has_value());
    EXPECT_EQ(experts[3].value, 1.0);
}

TEST(RoutingTraps, ASpecialistWithFewObservationsIsThin) {
    LabelStats stats(1, 8);
    for (int t = 0; t < 9; ++t) stats.add(0, *choices({{5, 1}}, 8));
    EXPECT_EQ(stats.share(0, 0, 5).value, 1.0);
    EXPECT_EQ(stats.share(0, 0, 5).count, 9);
    EXPECT_TRUE(stats.share(0, 0, 5).thin);
    stats.add(0, *choices({{5, 1}}, 8));
    EXPECT_FALSE(stats.share(0, 0, 5).thin);
    EXPECT_TRUE(stats.share(1, 0, 5).thin) << "a label without tokens";
}

TEST(RoutingTraps, ThinCellsOfEveryTableAreMarked) {
    CoactivationStats pairs(2, 8);
    TransitionStats transitions(0, 1, 8);
    for (int t = 0; t < 40; ++t) {
        const auto r = choices({{0, 1 + t % 7}, {3, 4}}, 8);
        pairs.add(*r);
        transitions.add(*r);
    }
    EXPECT_FALSE(pairs.coactivation(0, 0, 2).thin);
    EXPECT_TRUE(pairs.coactivation(0, 2, 0).thin) << "2 has six tokens";
    EXPECT_TRUE(pairs.lift(0, 0, 2).thin);
    EXPECT_FALSE(transitions.first(0, 3).thin);
    EXPECT_TRUE(transitions.first(1, 3).thin) << "never first";
    EXPECT_FALSE(transitions.first(1, 3).value.has_value());
    EXPECT_FALSE(transitions.selected(0, 3).thin);
    EXPECT_TRUE(transitions.selected(7, 3).thin);
}

TEST(RoutingTraps, AnExpertIsCalledDeadOnlyWhenLuckIsRuledOut) {
    std::mt19937 random(5);
    RoutingStats stats(64, 8);
    const std::vector<std::vector<int>> rows(64, {0, 1});
    for (int t = 0; t < 32; ++t) stats.add(*choices(rows, 8));
    EXPECT_FALSE(deadCanBeTold(stats)) << "512 * 0.75^32 = 0.051";
    EXPECT_FALSE(named(expertStatistics(stats, 0, 7), "dead").value.has_value());
    EXPECT_FALSE(named(layerStatistics(stats, 0), "dead_experts").value.has_value());
    EXPECT_EQ(named(expertStatistics(stats, 0, 1), "dead").value, 0.0);
    stats.add(*choices(rows, 8));
    EXPECT_TRUE(deadCanBeTold(stats));
    EXPECT_EQ(named(expertStatistics(stats, 0, 7), "dead").value, 1.0);
    EXPECT_EQ(named(layerStatistics(stats, 0), "dead_experts").value, 6.0);
}

TEST(RoutingTraps, SpecialPromptAndGeneratedTokensAreKeptApart) {
    RoutingTrace trace(1, 8);
    trace.append(choices({{7, 6}}, 8), TokenOrigin::Special);  // BOS
    for (int t = 0; t < 3; ++t) trace.append(choices({{0, 1}}, 8), TokenOrigin::Prompt);
    for (int t = 0; t < 4; ++t) trace.append(choices({{0, 2}}, 8), TokenOrigin::Generated);
    RangeStats generated(trace, Population::Generated);
    RangeStats prompt(trace, Population::Prompt);
    RangeStats all(trace, Population::All);
    EXPECT_EQ(generated.over(0, 8).tokens(), 4);
    EXPECT_EQ(generated.over(0, 8).count(0, 1), 0);
    EXPECT_EQ(prompt.over(0, 8).tokens(), 3);
    EXPECT_EQ(prompt.over(0, 8).count(0, 7), 0);
    EXPECT_EQ(all.over(0, 8).count(0, 7), 1);
    // Nor does a pair reach over from one to the other.
    EXPECT_EQ(AdjacentRange(trace, Population::Generated).over(0, 8).pairs(), 3);
    EXPECT_EQ(AdjacentRange(trace, Population::Prompt).over(0, 8).pairs(), 2);
    EXPECT_EQ(AdjacentRange(trace, Population::All).over(0, 8).pairs(), 7);
}

TEST(RoutingTraps, FragileIsWhoNearlyMissesSelectionNotWhoIsNearlyFirst) {
    RoutingStats stats(1, 4);
    stats.add(*record({{0.3502F, 0.35F, 0.2F, 0.0998F}}));   // first and second tie
    stats.add(*record({{0.5F, 0.2003F, 0.1997F, 0.1F}}));    // second and third do
    stats.add(*record({{0.5F, 0.201F, 0.1995F, 0.0995F}}));  // 1.5e-3 apart
    EXPECT_DOUBLE_EQ(stats.fragileShare(0), 1.0 / 3);
}

}  // namespace
}  // namespace gatescope

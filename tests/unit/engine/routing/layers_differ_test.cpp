#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "engine/routing/adjacent_stats.h"
#include "engine/routing/coactivation_stats.h"
#include "engine/routing/label_stats.h"
#include "engine/routing/layer_statistics.h"
#include "engine/routing/run_comparison.h"
#include "tests/unit/engine/routing/routing_samples.h"

// Layers that select differently many experts: each one's statistics, chance levels with them, are
// those of that layer alone.
namespace gatescope {
namespace {

constexpr int kLayers = 3;
constexpr int kExperts = 8;
constexpr std::array kSelected{1, 4, 2};

/// Layer l selects kSelected[l].
RoutingRecord someRecord(std::mt19937& random) {
    RoutingRecord record = *test::randomRecord(random, {kLayers, kExperts, 4});
    for (std::size_t layer = 0; layer < kLayers; ++layer)
        for (auto s = static_cast<std::size_t>(kSelected[layer]); s < 4; ++s) {
            record.selected[layer * 4 + s] = -1;
            record.gates[layer * 4 + s] = 0;
        }
    return record;
}

RoutingRecord oneLayer(const RoutingRecord& record, int layer) {
    const auto probs = record.layerProbs(layer);
    const auto selected = record.layerSelected(layer);
    const auto gates = record.layerGates(layer);
    RoutingRecord one{.numLayers = 1,
                      .numExperts = record.numExperts,
                      .numSelected = static_cast<int>(selected.size()),
                      .probs = {probs.begin(), probs.end()},
                      .selected = {selected.begin(), selected.end()},
                      .gates = {gates.begin(), gates.end()},
                      .logSumExps = {}};
    if (!record.logSumExps.empty())
        one.logSumExps = {record.logSumExps[static_cast<std::size_t>(layer)]};
    return one;
}

void expectSame(const Statistic& a, const Statistic& b) {
    EXPECT_EQ(a.value, b.value);
    EXPECT_EQ(a.count, b.count);
    ASSERT_EQ(a.chance.has_value(), b.chance.has_value());
    if (!a.chance) return;
    EXPECT_DOUBLE_EQ(a.chance->level, b.chance->level);
    if (std::isnan(b.chance->low)) return;
    EXPECT_DOUBLE_EQ(a.chance->low, b.chance->low);
    EXPECT_DOUBLE_EQ(a.chance->high, b.chance->high);
}

TEST(LayersDiffer, EachHasTheStatisticsOfItAlone) {
    std::mt19937 random(9);
    std::vector<RoutingRecord> records;
    for (int t = 0; t < 60; ++t) records.push_back(someRecord(random));
    for (int layer = 0; layer < kLayers; ++layer) {
        RoutingStats all(kLayers, kExperts), alone(1, kExperts);
        CoactivationStats pairs(kLayers, kExperts), pairsAlone(1, kExperts);
        AdjacentStats next(kLayers, kExperts), nextAlone(1, kExperts);
        LabelStats labels(kLayers, kExperts), labelsAlone(1, kExperts);
        SaturationStats alike(kLayers, kExperts), alikeAlone(1, kExperts);
        for (std::size_t t = 0; t < records.size(); ++t) {
            const RoutingRecord one = oneLayer(records[t], layer);
            all.add(records[t]);
            alone.add(one);
            pairs.add(records[t]);
            pairsAlone.add(one);
            labels.add(static_cast<int>(t % 3), records[t]);
            labelsAlone.add(static_cast<int>(t % 3), one);
            if (t == 0) continue;
            const RoutingRecord before = oneLayer(records[t - 1], layer);
            next.countPair(records[t - 1], records[t], 1);
            nextAlone.countPair(before, one, 1);
            alike.add(records[t], records[t - 1]);
            alikeAlone.add(one, before);
        }
        EXPECT_DOUBLE_EQ(all.countVariance(layer), alone.countVariance(0));
        EXPECT_DOUBLE_EQ(all.chanceNeverSelected(layer), alone.chanceNeverSelected(0));
        const auto rows = layerStatistics(all, layer);
        const auto rowsAlone = layerStatistics(alone, 0);
        ASSERT_EQ(rows.size(), rowsAlone.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            SCOPED_TRACE(rows[i].name);
            if (rows[i].name == "dead_experts") continue;  // asks all layers whether it can be told
            expectSame(rows[i].statistic, rowsAlone[i].statistic);
        }
        for (int i = 0; i < 2; ++i) {
            expectSame(pairs.coactivation(layer, i, 5), pairsAlone.coactivation(0, i, 5));
            expectSame(pairs.pairShare(layer, i, 5), pairsAlone.pairShare(0, i, 5));
            expectSame(pairs.lift(layer, i, 5), pairsAlone.lift(0, i, 5));
            expectSame(labels.share(i, layer, 3), labelsAlone.share(i, 0, 3));
        }
        expectSame(next.sameFirst(layer), nextAlone.sameFirst(0));
        expectSame(next.setsMeet(layer), nextAlone.setsMeet(0));
        expectSame(next.jaccard(layer), nextAlone.jaccard(0));
        expectSame(alike.saturation(layer), alikeAlone.saturation(0));
    }
}

}  // namespace
}  // namespace gatescope

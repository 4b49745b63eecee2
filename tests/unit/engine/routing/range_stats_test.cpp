#include "engine/routing/range_stats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <tuple>

#include "engine/routing/coactivation_stats.h"
#include "engine/routing/run_comparison.h"
#include "engine/routing/transition_stats.h"
#include "tests/unit/engine/routing/routing_samples.h"

namespace gatescope {
namespace {

using test::RouterShape;

constexpr RouterShape kShape{3, 8, 2};
constexpr std::array kPopulations{Population::All, Population::Prompt, Population::Generated};

TEST(ExactSumTest, ReturnsToTheIdenticalValueInAnyOrder) {
    std::mt19937 random(1);
    std::vector<double> values;
    for (int i = 0; i < 2000; ++i)
        values.push_back(std::ldexp(std::uniform_real_distribution<double>(-1, 1)(random),
                                    static_cast<int>(random() % 40) - 30));
    ExactSum sum;
    sum.add(0.1);
    const ExactSum before = sum;
    double plain = 0.1;
    for (const double v : values) sum.add(v), plain += v;
    std::ranges::shuffle(values, random);
    for (const double v : values) sum.remove(v), plain -= v;
    EXPECT_EQ(sum, before);
    EXPECT_DOUBLE_EQ(sum.value(), 0.1);
    EXPECT_NE(plain, 0.1) << "these values would not show a sum of doubles drifting";
}

TEST(ExactSumTest, HoldsSmallAndLargeValuesTogether) {
    ExactSum sum;
    sum.add(0x1p39);
    sum.add(0x1p-50);
    EXPECT_DOUBLE_EQ(sum.value(), 0x1p39);
    sum.remove(0x1p39);
    EXPECT_EQ(sum.value(), 0x1p-50);
    sum.accumulate(0x1p-50, -1);
    EXPECT_EQ(sum, ExactSum());
    sum.add(1e-30);  // below the last place
    EXPECT_EQ(sum, ExactSum());
}

/// Each with top-k 2 and 4 in turn, as after an intervention.
RoutingRecordPtr mixed(std::mt19937& random, int i) {
    return test::randomRecord(random, {kShape.layers, kShape.experts, i % 2 == 0 ? 2 : 4});
}

TEST(RangeStatsTest, WhatIsTakenOutLeavesNoTraceInAnyStatistic) {
    std::mt19937 random(17);
    RoutingStats load(3, 8);
    CoactivationStats pairs(3, 8);
    TransitionStats transitions(0, 2, 8);
    LabelStats labels(3, 8);
    SaturationStats saturation(3, 8);
    AdjacentStats adjacent(3, 8);
    const auto all = [&](const RoutingRecord& r, const RoutingRecord& next, int label, int sign) {
        sign > 0 ? load.add(r) : load.remove(r);
        sign > 0 ? pairs.add(r) : pairs.remove(r);
        sign > 0 ? transitions.add(r) : transitions.remove(r);
        sign > 0 ? labels.add(label, r) : labels.remove(label, r);
        sign > 0 ? saturation.add(r, next) : saturation.remove(r, next);
        adjacent.countToken(sign);
        adjacent.countPair(r, next, sign);
    };
    for (int i = 0; i < 20; ++i) all(*mixed(random, i), *mixed(random, i / 3), i % 3, 1);
    const auto was = std::tuple(load, pairs, transitions, labels, saturation, adjacent);
    std::vector<std::pair<RoutingRecordPtr, RoutingRecordPtr>> more;
    for (int i = 0; i < 50; ++i) more.emplace_back(mixed(random, i), mixed(random, i / 3));
    for (int i = 0; i < 50; ++i) {
        const auto& [r, next] = more[static_cast<std::size_t>(i)];
        all(*r, *next, i % 5, 1);
    }
    EXPECT_NE(was, std::tuple(load, pairs, transitions, labels, saturation, adjacent));
    for (int i = 0; i < 50; ++i) {  // in another order than they came
        const int at = (i * 7) % 50;
        const auto& [r, next] = more[static_cast<std::size_t>(at)];
        all(*r, *next, at % 5, -1);
    }
    EXPECT_EQ(was, std::tuple(load, pairs, transitions, labels, saturation, adjacent));
}

template <class Range, class Fresh>
void expectEqualsFreshCounts(Range& moving, const RoutingTrace& trace, const Fresh& fresh) {
    std::mt19937 random(9);
    for (int step = 0; step < 200; ++step) {
        const int end = std::min<int>(static_cast<int>(random() % 125), trace.size());
        const int first = std::min<int>(static_cast<int>(random() % 125), end);
        ASSERT_EQ(moving.over(first, end), fresh(first, end)) << first << " to " << end;
    }
}

TEST(RangeStatsTest, AMovingRangeEqualsAFreshCountForEveryPopulation) {
    std::mt19937 random(9);
    const RoutingTrace trace = test::randomTrace(random, kShape, 120);
    for (const auto population : kPopulations) {
        RangeStats load(trace, population);
        expectEqualsFreshCounts(load, trace, [&](int first, int end) {
            RoutingStats fresh(3, 8);
            for (int t = first; t < end; ++t)
                if (trace.record(t, population) != nullptr) fresh.add(*trace.record(t));
            return fresh;
        });
        RangeOf<TransitionStats> transitions(trace, population, TransitionStats(2, 1, 8));
        expectEqualsFreshCounts(transitions, trace, [&](int first, int end) {
            TransitionStats fresh(2, 1, 8);
            for (int t = first; t < end; ++t)
                if (trace.record(t, population) != nullptr) fresh.add(*trace.record(t));
            return fresh;
        });
    }
}

TEST(RangeStatsTest, NeighboursInAMovingRangeEqualAFreshCountToBothEnds) {
    std::mt19937 random(10);
    const RoutingTrace trace = test::randomTrace(random, kShape, 120);
    for (const auto population : kPopulations) {
        AdjacentRange moving(trace, population);
        expectEqualsFreshCounts(moving, trace, [&](int first, int end) {
            AdjacentStats fresh(3, 8);
            const RoutingRecord* before = nullptr;
            for (int t = first; t < end; ++t) {
                const RoutingRecord* r = trace.record(t, population);
                if (r != nullptr) fresh.countToken(1);
                if (r != nullptr && before != nullptr) fresh.countPair(*before, *r, 1);
                before = r;
            }
            return fresh;
        });
    }
}

TEST(RangeStatsTest, LabelsInAMovingRangeEqualAFreshCount) {
    std::mt19937 random(11);
    const RoutingTrace trace = test::randomTrace(random, kShape, 120);
    std::vector<std::int32_t> labels;
    for (int t = 0; t < 120; ++t) labels.push_back(t % 5 == 4 ? kNoLabel : t % 5);
    LabelRange moving(trace, Population::Generated, labels);
    expectEqualsFreshCounts(moving, trace, [&](int first, int end) {
        LabelStats fresh(3, 8);
        for (int t = first; t < end; ++t)
            if (const auto* r = trace.record(t, Population::Generated))
                fresh.add(labels[static_cast<std::size_t>(t)], *r);
        return fresh;
    });
}

TEST(RangeStatsTest, ARangeFollowsATraceThatGrows) {
    std::mt19937 random(13);
    RoutingTrace trace(3, 8);
    RangeStats moving(trace, Population::All);
    AdjacentRange neighbours(trace, Population::All);
    RoutingStats fresh(3, 8);
    for (int t = 0; t < 50; ++t) {
        trace.append(test::randomRecord(random, kShape), TokenOrigin::Generated);
        fresh.add(*trace.record(t));
        EXPECT_EQ(moving.over(0, trace.size()), fresh);
        EXPECT_EQ(neighbours.over(0, trace.size()).pairs(), t);
    }
    EXPECT_EQ(moving.over(30, 30).tokens(), 0);
    EXPECT_EQ(moving.over(30, 30), RoutingStats(3, 8));
    EXPECT_EQ(neighbours.over(30, 31).pairs(), 0);
    EXPECT_EQ(neighbours.over(30, 31).tokens(), 1);
    EXPECT_EQ(moving.over(-5, 99).tokens(), 50);
    EXPECT_EQ(moving.over(40, 20).tokens(), 0);
}

}  // namespace
}  // namespace gatescope

// Counts of a real model that others published: allenai/OLMoE, scripts/routing_output/mistral
// (commit 357454f), Mixtral 8x7B on 208,896 tokens of C4 and of GitHub code, layers 0, 7 and 15.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "engine/routing/information.h"
#include "engine/routing/layer_statistics.h"
#include "tests/unit/engine/routing/routing_samples.h"

namespace gatescope {
namespace {

constexpr int kTokens = 208'896;
using Counts = std::array<int, 8>;

/// Tokens of two different experts each that have these counts together: all selections in a row,
/// cut in the middle, side by side. No expert has more than half, so none meets itself.
RoutingStats statsOf(const Counts& counts) {
    std::vector<int> selections;
    for (int e = 0; e < 8; ++e)
        selections.insert(
            selections.end(), static_cast<std::size_t>(counts[static_cast<std::size_t>(e)]), e);
    EXPECT_EQ(selections.size(), 2U * kTokens);
    std::map<std::pair<int, int>, RoutingRecordPtr> records;
    RoutingStats stats(1, 8);
    for (std::size_t t = 0; t < kTokens; ++t) {
        const std::pair pair(selections[t], selections[t + kTokens]);
        auto& record = records[pair];
        if (!record) record = test::choices({{pair.first, pair.second}}, 8);
        stats.add(*record);
    }
    return stats;
}

double named(const RoutingStats& stats, std::string_view name) {
    for (const auto& row : layerStatistics(stats, 0))
        if (row.name == name) return row.statistic.value.value();
    ADD_FAILURE() << name;
    return 0;
}

// CV 0.09-0.13 in layer 0, 0.04-0.12 in layer 7, 0.16-0.25 in layer 15; loads 0.40-1.33 times
// uniform, effective experts 7.5-8.0 of 8: as recomputed on the ui-and-inspection page.
TEST(MixtralAnchors, LoadsSpreadAsItsPublishedCountsSay) {
    struct Anchor {
        Counts counts;
        double cv;
    };
    for (const auto& [counts, cv] :
         {Anchor{{56947, 49733, 50426, 49453, 52127, 57956, 42632, 58518}, 0.0967},     // C4, 0
          Anchor{{50706, 54716, 51313, 50515, 56215, 49525, 53315, 51487}, 0.0413},     // C4, 7
          Anchor{{47396, 58718, 55366, 32510, 55049, 57385, 57170, 54198}, 0.1554},     // C4, 15
          Anchor{{60067, 55928, 42926, 38592, 44435, 69374, 57189, 49281}, 0.1836}}) {  // code, 15
        const RoutingStats stats = statsOf(counts);
        EXPECT_NEAR(named(stats, "load_cv"), cv, 5e-5);
        EXPECT_NEAR(named(stats, "max_violation"),
                    8.0 * std::ranges::max(counts) / (2 * kTokens) - 1,
                    1e-12);
        EXPECT_GT(named(stats, "effective_experts"), 7.5);
        EXPECT_LT(named(stats, "effective_experts"), 8);
        // With so many tokens even the flattest layer is far from chance: Q is 7 +- 3.7 there.
        EXPECT_GT(named(stats, "balance_q"), 300);
        EXPECT_LT(named(stats, "balance_p"), 1e-6);
    }
}

TEST(MixtralAnchors, FirstChoicesOfLayers7And15ShareTheirPublishedInformation) {
    const std::vector<double> c4{2629, 2612, 4719, 2068, 3109, 2743, 3007,  5447,  //
                                 3550, 3807, 1237, 1820, 873,  4953, 11087, 3269,  //
                                 1910, 2418, 2195, 1346, 3129, 3382, 4296,  5796,  //
                                 1721, 2954, 3032, 3006, 5364, 2294, 2188,  4108,  //
                                 1037, 4373, 3484, 2305, 4524, 3667, 2479,  5041,  //
                                 2382, 3442, 2615, 1493, 2210, 3934, 2184,  1983,  //
                                 8577, 1669, 7592, 1447, 2625, 2999, 3053,  2413,  //
                                 1409, 3993, 4719, 1606, 4767, 3471, 1752,  3582};
    const Statistic s = mutualInformation({c4, 8, 8, kTokens});
    EXPECT_NEAR(s.value.value(), 0.14224, 5e-6);
    EXPECT_NEAR(s.chance->level, 49 / (2 * kTokens * std::log(2.0)), 1e-12);
    EXPECT_FALSE(s.thin);
}

}  // namespace
}  // namespace gatescope

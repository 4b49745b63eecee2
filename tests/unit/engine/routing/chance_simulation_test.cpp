// Every chance level and band against what a router without preferences gives, drawn many times.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>

#include "engine/routing/coactivation_stats.h"
#include "engine/routing/layer_statistics.h"
#include "engine/routing/range_stats.h"
#include "engine/routing/run_comparison.h"
#include "engine/routing/transition_stats.h"
#include "tests/unit/engine/routing/routing_samples.h"

namespace gatescope {
namespace {

using test::RouterShape;

/// What one statistic gave in all runs.
struct Tally {
    int runs = 0;
    double sum = 0;
    double squares = 0;  ///< of value - level
    double levels = 0;
    int banded = 0;
    int inside = 0;
};

class Simulation {
  public:
    void note(std::string_view name, const Statistic& s) {
        ASSERT_TRUE(s.value.has_value()) << name;
        ASSERT_TRUE(s.chance.has_value()) << name;
        Tally& t = tallies_[std::string(name)];
        const double off = *s.value - s.chance->level;
        ++t.runs;
        t.sum += off;
        t.squares += off * off;
        t.levels += s.chance->level;
        if (std::isnan(s.chance->low)) return;
        ++t.banded;
        t.inside += *s.value >= s.chance->low - 1e-12 && *s.value <= s.chance->high + 1e-12;
    }

    /// `part`: how far the level may be off because it is stated as an approximation, as a part
    /// of it.
    void expectChance(const std::string& name, double part = 0) const {
        SCOPED_TRACE(name);
        ASSERT_TRUE(tallies_.contains(name));
        const Tally& t = tallies_.at(name);
        const double mean = t.sum / t.runs;
        const double error = std::sqrt(std::max(0.0, t.squares / t.runs - mean * mean) / t.runs);
        EXPECT_NEAR(mean, 0, 5 * error + part * std::abs(t.levels / t.runs) + 1e-12);
        if (t.banded == 0) return;
        const double coverage = static_cast<double>(t.inside) / t.banded;
        // Bands of whole numbers hold a little more than they must; normal ones are about 0.95.
        EXPECT_GE(coverage, 0.94 - 5 * std::sqrt(0.95 * 0.05 / t.banded));
    }

  private:
    std::map<std::string, Tally> tallies_;
};

class ChanceSimulation : public ::testing::TestWithParam<RouterShape> {
  protected:
    /// Many experts take long to draw, and each of them shows as much.
    static int runs() { return std::clamp(3600 / GetParam().experts, 75, 300); }
    static constexpr int kTokens = 160;
};

std::string shapeName(const ::testing::TestParamInfo<RouterShape>& info) {
    return std::to_string(info.param.selected) + "Of" + std::to_string(info.param.experts);
}

INSTANTIATE_TEST_SUITE_P(Shapes,
                         ChanceSimulation,
                         ::testing::Values(RouterShape{2, 8, 2},
                                           RouterShape{2, 16, 4},
                                           RouterShape{2, 64, 8},
                                           RouterShape{2, 4, 1}),
                         shapeName);

TEST_P(ChanceSimulation, LoadsAndTheirSpread) {
    const RouterShape shape = GetParam();
    std::mt19937 random(11);
    Simulation simulation;
    for (int run = 0; run < runs(); ++run) {
        RoutingStats stats(shape.layers, shape.experts);
        for (int t = 0; t < kTokens; ++t) stats.add(*test::uniformRecord(random, shape));
        for (const auto& [name, s] : layerStatistics(stats, 1))
            if (s.value && s.chance) simulation.note(name, s);
        for (const auto& [name, s] : expertStatistics(stats, 1, 1))
            if (s.value && s.chance) simulation.note(name, s);
    }
    // The root of a mean square is more than the mean: by 1/(4 degrees) for chi.
    const double chi = 0.3 / (shape.experts - 1);
    for (const char* name : {"load_cv", "importance_cv", "applied_importance_cv"})
        simulation.expectChance(name, chi);
    // The largest of E counts is not yet that of normals.
    simulation.expectChance("max_violation", 0.12);
    simulation.expectChance("balance_q");
    simulation.expectChance("balance_p", 0.05);
    for (const char* name : {"load_entropy_bits", "effective_experts", "participation_ratio"})
        simulation.expectChance(name, 0.02);
    for (const char* name : {"overflow_1_00", "overflow_1_25"}) simulation.expectChance(name);
    for (const char* name :
         {"token_share", "load_share", "first_share", "importance", "applied_importance"})
        simulation.expectChance(name);
}

TEST_P(ChanceSimulation, PairsOfExpertsAndOfLayers) {
    const RouterShape shape = GetParam();
    std::mt19937 random(12);
    Simulation simulation;
    for (int run = 0; run < runs(); ++run) {
        CoactivationStats pairs(shape.layers, shape.experts);
        TransitionStats transitions(0, 1, shape.experts);
        for (int t = 0; t < kTokens; ++t) {
            const auto r = test::uniformRecord(random, shape);
            pairs.add(*r);
            transitions.add(*r);
        }
        simulation.note("coactivation", pairs.coactivation(1, 0, 3));
        simulation.note("pair_share", pairs.pairShare(1, 0, 3));
        simulation.note("lift", pairs.lift(1, 0, 3));
        simulation.note("phi", pairs.phi(1, 0, 3));
        if (const Statistic s = transitions.first(2, 1); s.value) simulation.note("first", s);
        simulation.note("selected", transitions.selected(2, 1));
        if (!transitions.firstInformation().thin)
            simulation.note("information", transitions.firstInformation());
    }
    for (const char* name : {"coactivation", "pair_share", "first", "selected"})
        simulation.expectChance(name);
    // A ratio of counts is more than the ratio of their means.
    simulation.expectChance("lift", 0.02);
    simulation.expectChance("phi", 0.02);
    if (shape.experts == 4) simulation.expectChance("information", 0.02);
}

TEST_P(ChanceSimulation, NeighboursRunsAndOtherRuns) {
    const RouterShape shape = GetParam();
    std::mt19937 random(13);
    Simulation simulation;
    for (int run = 0; run < runs(); ++run) {
        RoutingTrace trace(shape.layers, shape.experts);
        SaturationStats saturation(shape.layers, shape.experts);
        for (int t = 0; t < kTokens; ++t) {
            trace.append(test::uniformRecord(random, shape), TokenOrigin::Generated);
            saturation.add(*trace.record(t), *test::uniformRecord(random, shape));
        }
        AdjacentRange range(trace, Population::Generated);
        const AdjacentStats& adjacent = range.over(0, kTokens);
        simulation.note("same_first", adjacent.sameFirst(1));
        simulation.note("sets_meet", adjacent.setsMeet(1));
        simulation.note("jaccard", adjacent.jaccard(1));
        simulation.note("run_length", adjacent.runLength(1));
        simulation.note("saturation", saturation.saturation(1));
        simulation.note("saturation_first", saturation.sameFirst(1));
    }
    for (const char* name :
         {"same_first", "sets_meet", "jaccard", "saturation", "saturation_first"})
        simulation.expectChance(name);
    simulation.expectChance("run_length", 0.002);  // as for lift
}

TEST_P(ChanceSimulation, DomainsAndVocabulary) {
    const RouterShape shape = GetParam();
    std::mt19937 random(14);
    Simulation simulation;
    for (int run = 0; run < runs(); ++run) {
        LabelStats labels(shape.layers, shape.experts);
        for (int t = 0; t < kTokens; ++t) labels.add(t % 8, *test::uniformRecord(random, shape));
        simulation.note("share", labels.share(3, 1, 2));
        simulation.note("first_share", labels.firstShare(3, 1, 2));
        if (!labels.information(1).thin) simulation.note("information", labels.information(1));
        simulation.note("vocabulary", vocabularySpecialisation(labels, 1).layer);
    }
    for (const char* name : {"share", "first_share"}) simulation.expectChance(name);
    simulation.expectChance("vocabulary", 0.001);
    if (shape.experts == 4) simulation.expectChance("information", 0.05);
}

TEST_P(ChanceSimulation, ContrastsHoldZeroAsOftenAsTheySay) {
    const RouterShape shape = GetParam();
    std::mt19937 random(15);
    int holds = 0;
    double sum = 0, squares = 0;
    for (int run = 0; run < runs(); ++run) {
        RoutingStats a(shape.layers, shape.experts), b(shape.layers, shape.experts);
        for (int t = 0; t < kTokens; ++t) {
            a.add(*test::uniformRecord(random, shape));
            if (t % 2 == 0) b.add(*test::uniformRecord(random, shape));
        }
        const Contrast c = contrast(a, b, 0, 1);
        holds += c.stands() ? 0 : 1;
        sum += c.difference;
        squares += c.difference * c.difference;
    }
    EXPECT_NEAR(sum / runs(), 0, 5 * std::sqrt(squares / runs() / runs()));
    EXPECT_NEAR(1.0 * holds / runs(), 0.95, 5 * std::sqrt(0.95 * 0.05 / runs()));
}

TEST(ChanceLevels, AreWhatFlatProbabilitiesGive) {
    RoutingStats stats(1, 8);
    for (int t = 0; t < 50; ++t) stats.add(*test::record({std::vector<float>(8, 0.125F)}));
    std::map<std::string, Statistic> rows;
    for (const auto& [name, s] : layerStatistics(stats, 0)) rows[std::string(name)] = s;
    for (const char* name : {"token_entropy_bits",
                             "token_entropy_share",
                             "mean_prob_entropy_bits",
                             "information_bits",
                             "margin",
                             "decisive_margin",
                             "relative_margin",
                             "logit_margin",
                             "decisive_logit_margin",
                             "first_prob",
                             "routed_mass",
                             "switch_loss",
                             "slot_loss"})
        EXPECT_NEAR(rows.at(name).value.value(), rows.at(name).chance->level, 1e-12) << name;
    EXPECT_EQ(rows.at("token_entropy_bits").chance->level, 3);
    EXPECT_EQ(rows.at("slot_loss").chance->level, 2);
    EXPECT_EQ(rows.at("routed_mass").chance->level, 0.25);
    EXPECT_NEAR(rows.at("load_cv").chance->level, std::sqrt(3.0 / 50), 1e-12);
    EXPECT_FALSE(rows.at("z_value").value.has_value());
}

}  // namespace
}  // namespace gatescope

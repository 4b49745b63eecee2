#include "app/cli/analysis/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>
#include <string>

#include "app/cli/analysis/marks.h"
#include "engine/check.h"

namespace gatescope::cli {
namespace {

/// A column of the table over layers.
struct Column {
    const char* title;
    const char* name;  ///< of the statistic
    int decimals;
    double scale = 1;  ///< 100: percent
};
constexpr std::array kDecision{Column{"entropy", "token_entropy_bits", 2},
                               Column{"margin", "margin", 3},
                               Column{"decisive", "decisive_margin", 3},
                               Column{"mass", "routed_mass", 3},
                               Column{"fragile%", "fragile_share", 1, 100},
                               Column{"informed", "information_bits", 3},
                               Column{"z", "z_value", 2}};
constexpr std::array kSpread{Column{"cv", "load_cv", 3},
                             Column{"max viol.", "max_violation", 3},
                             Column{"balance Q", "balance_q", 1},
                             Column{"p", "balance_p", 3},
                             Column{"effective", "effective_experts", 2},
                             Column{"dead", "dead_experts", 0},
                             Column{"over 1.0%", "overflow_1_00", 1, 100},
                             Column{"over 1.25%", "overflow_1_25", 1, 100},
                             Column{"loss", "switch_loss", 3}};
constexpr std::array kRepetition{Column{"same 1st%", "same_first", 1, 100},
                                 Column{"sets meet%", "sets_meet", 1, 100},
                                 Column{"jaccard%", "jaccard", 1, 100},
                                 Column{"run", "run_length", 2},
                                 Column{"input id%", "vocabulary_input", 1, 100},
                                 Column{"predicted%", "vocabulary_predicted_next", 1, 100},
                                 Column{"next id%", "vocabulary_true_next", 1, 100}};

const Statistic& find(const std::vector<NamedStatistic>& rows, std::string_view name) {
    const auto found = std::ranges::find(rows, name, &NamedStatistic::name);
    GS_CHECK(found != rows.end());
    return found->statistic;
}

template <std::size_t N>
void printColumns(const char* title,
                  const std::array<Column, N>& columns,
                  const std::vector<std::vector<NamedStatistic>>& layers) {
    fmt::print("\n{}\n{:>6}", title, "layer");
    for (const Column& c : columns) fmt::print("{:>11} ", c.title);
    fmt::print("\n");
    const auto line = [&](const std::string& label, const auto& cell) {
        fmt::print("{:>6}", label);
        for (const Column& c : columns) cell(c);
        fmt::print("\n");
    };
    line("chance", [&](const Column& c) {
        fmt::print("{:>11} ", shownChance(find(layers.front(), c.name), c.decimals, c.scale));
    });
    for (std::size_t i = 0; i < layers.size(); ++i)
        line(std::to_string(i), [&](const Column& c) {
            const Statistic& s = find(layers[i], c.name);
            fmt::print("{:>11}{}", shown(s.value, c.decimals, c.scale), mark(s));
        });
}

void printHead(const AnalysisFacts& facts) {
    const auto& [run, a, comparison] = facts;
    const RoutingStats& load = a.load;
    fmt::print("{}{}: {} layers of {} experts, {:.3g} selected a token\n",
               run.synthetic ? "SYNTHETIC " : "",
               run.file,
               load.numLayers(),
               load.numExperts(),
               load.meanSelected());
    fmt::print("tokens {}:{} of {}, {}: {} counted{}\n",
               a.tokens.first,
               a.tokens.end,
               run.trace.size(),
               name(a.tokens.population),
               load.tokens(),
               run.otherShape > 0
                   ? fmt::format(" ({} with routing of another shape left out)", run.otherShape)
                   : "");
    fmt::print("interventions: {}\n", listed(run.interventions));
    fmt::print(
        "*  outside what chance (uniform routing) gives in {:.0f} of 100;  "
        "~  too few observations to be read\n",
        100 * kConfidence);
}

/// One layer's load shares, of many experts the busiest; returns how many of all lie outside their
/// bands.
int printLoad(const RoutingStats& load, int layer) {
    const int experts = load.numExperts();
    const bool many = experts > kMostColumns;
    std::vector<int> order(static_cast<std::size_t>(experts));
    std::iota(order.begin(), order.end(), 0);
    if (many)
        std::ranges::stable_sort(
            order, std::greater<>(), [&](int e) { return load.count(layer, e); });
    fmt::print("{:>6}", layer);
    int outside = 0;
    int column = 0;
    for (const int e : order) {
        const Statistic s = find(expertStatistics(load, layer, e), "load_share");
        outside += mark(s) == '*' ? 1 : 0;
        if (column++ >= kMostColumns) continue;
        const std::string share = shown(s.value, 1, 100);
        fmt::print("{:>8}{}", many ? fmt::format("{}:{}", e, share) : share, mark(s));
    }
    fmt::print("\n");
    return outside;
}

void printLoads(const RoutingStats& load) {
    const int experts = load.numExperts();
    const bool many = experts > kMostColumns;
    const ChanceBand band = load.widestChanceBand(BandScope::OneExpert);
    fmt::print("\nload: share of selections in %, by chance {:.1f} ({:.1f} to {:.1f}){}\n{:>6}",
               100 * band.level,
               100 * band.low,
               100 * band.high,
               many ? "; the busiest experts, expert:share" : "",
               "layer");
    for (int e = 0; !many && e < experts; ++e) fmt::print("{:>8} ", e);
    fmt::print("\n");
    int outside = 0;
    for (int layer = 0; layer < load.numLayers(); ++layer) outside += printLoad(load, layer);
    const int cells = load.numLayers() * experts;
    fmt::print("outside the band: {} of {} experts; by luck about {:.0f}\n",
               outside,
               cells,
               (1 - kConfidence) * cells);
}

struct ExpertPair {
    int i = 0;
    int j = 0;
    Statistic phi;  ///< no value: there is no pair that is not thin
};

/// The two experts of a layer that are together most often, for their loads.
ExpertPair strongestPair(const CoactivationStats& pairs, int layer) {
    ExpertPair best;
    for (int i = 0; i < pairs.numExperts(); ++i)
        for (int j = i + 1; j < pairs.numExperts(); ++j) {
            const Statistic phi = pairs.phi(layer, i, j);
            const bool larger = !best.phi.value || phi.value > best.phi.value;
            if (!phi.thin && phi.value && larger) best = {i, j, phi};
        }
    return best;
}

void printPair(const Analysis& a, int layer) {
    const auto [i, j, phi] = strongestPair(*a.pairs, layer);
    const bool there = phi.value.has_value();
    fmt::print("{:>6}{:>10}{:>11}{} {:>10} {:>11} ",
               layer,
               there ? fmt::format("{}+{}", i, j) : "-",
               shown(phi.value, 3, 1),
               mark(phi),
               shownChance(phi, 3, 1),
               there ? shown(a.pairs->coactivation(layer, i, j).value, 1, 100) : "-");
    if (layer + 1 < a.load.numLayers()) {
        const Statistic next = a.transitions[static_cast<std::size_t>(layer)].firstInformation();
        fmt::print("{:>14}{} {:>8}", shown(next.value, 3, 1), mark(next), shownChance(next, 3, 1));
    }
    fmt::print("\n");
}

void printPairs(const Analysis& a) {
    if (!a.pairs) {
        fmt::print("\npairs and transitions: {}\n", kTooManyPairs);
        return;
    }
    fmt::print(
        "\ntogether most often for their loads (i+j of the largest phi), and what a layer's first "
        "choice tells of the next one's\n{:>6}{:>10}{:>11} {:>11} {:>11} {:>14} {:>9}\n",
        "layer",
        "experts",
        "phi",
        "chance",
        "of i's%",
        "next, bits",
        "its bias");
    for (int layer = 0; layer < a.load.numLayers(); ++layer) printPair(a, layer);
}

void printLayers(const Analysis& a) {
    std::vector<std::vector<NamedStatistic>> rows;
    rows.reserve(static_cast<std::size_t>(a.load.numLayers()));
    for (int layer = 0; layer < a.load.numLayers(); ++layer) rows.push_back(layerRows(a, layer));
    printColumns(
        "how a token is decided (means; entropy and information in bits)", kDecision, rows);
    printColumns("how the load spreads", kSpread, rows);
    printColumns(
        "how a token repeats the one before, and vocabulary specialisation", kRepetition, rows);
    printLoads(a.load);
    printPairs(a);
}

}  // namespace

void printAnalysis(const AnalysisFacts& facts, std::optional<int> layer) {
    const Analysis& a = facts.analysis;
    printHead(facts);
    if (layer)
        printOneLayer(a, *layer);
    else
        printLayers(a);
    if (facts.comparison == nullptr) return;
    const int end = layer ? *layer + 1 : a.load.numLayers();
    printComparison(a, *facts.comparison, layer.value_or(0), end);
}

}  // namespace gatescope::cli

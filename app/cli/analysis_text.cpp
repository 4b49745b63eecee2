#include "app/cli/analysis_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>

#include "engine/check.h"

namespace gatescope::cli {
namespace {

/// More experts than this have no column each: the files have them all.
constexpr int kMostColumns = 16;

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
                               Column{"informed", "information_bits", 3}};
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
                                 Column{"next id%", "vocabulary_true_next", 1, 100}};

/// '*': chance does this in 5 of 100; '~': too few observations to say.
char mark(const Statistic& s) {
    if (s.thin) return '~';
    if (!s.value || !s.chance || s.chance->low >= s.chance->high) return ' ';
    return *s.value < s.chance->low || *s.value > s.chance->high ? '*' : ' ';
}

std::string shown(const std::optional<double>& value, int decimals, double scale) {
    return value ? fmt::format("{:.{}f}", *value * scale, decimals) : "-";
}

const Statistic& find(const std::vector<NamedStatistic>& rows, std::string_view name) {
    const auto found = std::ranges::find(rows, name, &NamedStatistic::name);
    GS_CHECK(found != rows.end());
    return found->statistic;
}

template <std::size_t N>
void printColumns(const char* title,
                  const std::array<Column, N>& columns,
                  const std::vector<std::vector<NamedStatistic>>& layers,
                  int firstLayer) {
    fmt::print("\n{}\n{:>6}", title, "layer");
    for (const Column& c : columns) fmt::print("{:>11} ", c.title);
    fmt::print("\n");
    const auto line = [&](const std::string& label, const auto& cell) {
        fmt::print("{:>6}", label);
        for (const Column& c : columns) cell(c);
        fmt::print("\n");
    };
    line("chance", [&](const Column& c) {
        const auto& chance = find(layers.front(), c.name).chance;
        fmt::print("{:>11} ", chance ? shown(chance->level, c.decimals, c.scale) : "-");
    });
    for (std::size_t i = 0; i < layers.size(); ++i)
        line(std::to_string(firstLayer + static_cast<int>(i)), [&](const Column& c) {
            const Statistic& s = find(layers[i], c.name);
            fmt::print("{:>11}{}", shown(s.value, c.decimals, c.scale), mark(s));
        });
}

std::string listed(const std::vector<std::string>& interventions) {
    return interventions.empty() ? "none" : fmt::format("{}", fmt::join(interventions, ", "));
}

void printHead(const AnalysisFacts& facts) {
    const auto& [run, a, comparison] = facts;
    const RoutingStats& load = a.load;
    fmt::print("{}{}: {} layers of {} experts, {:.3g} selected a token\n",
               run.synthetic ? "SYNTHETIC " : "",
               run.file,
               load.numLayers(),
               load.numExperts(),
               static_cast<double>(load.assignments()) / load.tokens());
    fmt::print("tokens {}:{} of {}, {}: {} counted{}\n",
               a.tokens.first,
               a.tokens.end,
               run.trace.size(),
               name(a.tokens.population),
               load.tokens(),
               run.otherShape > 0
                   ? fmt::format(" ({} with routing of another shape left out)", run.otherShape)
                   : "");
    fmt::print(
        "interventions: {}\n",
        run.interventions.empty() ? "none" : fmt::format("{}", fmt::join(run.interventions, ", ")));
    fmt::print(
        "*  outside what chance (uniform routing) gives in {:.0f} of 100;  "
        "~  too few observations to be read\n",
        100 * kConfidence);
}

/// Load shares, a line a layer; of many experts the busiest.
void printLoads(const RoutingStats& load, int first, int end) {
    const int experts = load.numExperts();
    const ChanceBand band = load.chanceBand(BandScope::OneExpert);
    fmt::print(
        "\nload: share of selections in %, by chance {:.1f} ({:.1f} to {:.1f} of {} tokens)"
        "{}\n{:>6}",
        100 * band.level,
        100 * band.low,
        100 * band.high,
        load.tokens(),
        experts > kMostColumns ? "; the busiest experts, expert:share" : "",
        "layer");
    for (int e = 0; e < std::min(experts, kMostColumns); ++e)
        fmt::print("{:>8} ", experts > kMostColumns ? "" : std::to_string(e));
    fmt::print("\n");
    int outside = 0;
    for (int layer = first; layer < end; ++layer) {
        std::vector<int> order;
        for (int e = 0; e < experts; ++e) order.push_back(e);
        if (experts > kMostColumns)
            std::ranges::stable_sort(
                order, std::greater<>(), [&](int e) { return load.count(layer, e); });
        fmt::print("{:>6}", layer);
        for (int i = 0; i < experts; ++i) {
            const int e = order[static_cast<std::size_t>(i)];
            const Statistic s = find(expertStatistics(load, layer, e), "load_share");
            outside += mark(s) == '*' ? 1 : 0;
            if (i >= kMostColumns) continue;
            const std::string share = shown(s.value, 1, 100);
            fmt::print("{:>8}{}",
                       experts > kMostColumns ? fmt::format("{}:{}", e, share) : share,
                       mark(s));
        }
        fmt::print("\n");
    }
    fmt::print("outside the band: {} of {} experts; by luck about {:.0f}\n",
               outside,
               (end - first) * experts,
               (1 - kConfidence) * (end - first) * experts);
}

/// The pair of a layer that is together most often, for its loads.
void printPairs(const Analysis& a, int first, int end) {
    const int experts = a.load.numExperts();
    if (experts < 2 || a.load.assignments() <= a.load.tokens()) return;
    fmt::print(
        "\ntogether most often for their loads (largest phi that is not thin), and what a "
        "layer's first choice tells of the next one's\n{:>6}{:>10}{:>11} {:>11} {:>11} "
        "{:>14} {:>9}\n",
        "layer",
        "experts",
        "phi",
        "chance",
        "of i's%",
        "next, bits",
        "its bias");
    for (int layer = first; layer < end; ++layer) {
        int bestI = -1;
        int bestJ = -1;
        Statistic best;
        for (int i = 0; i < experts; ++i)
            for (int j = i + 1; j < experts; ++j) {
                const Statistic phi = a.pairs.phi(layer, i, j);
                if (phi.thin || !phi.value || (best.value && *phi.value <= *best.value)) continue;
                best = phi;
                bestI = i;
                bestJ = j;
            }
        fmt::print("{:>6}", layer);
        if (best.value)
            fmt::print("{:>10}{:>11}{} {:>10} {:>11} ",
                       fmt::format("{}+{}", bestI, bestJ),
                       shown(best.value, 3, 1),
                       mark(best),
                       shown(best.chance->level, 3, 1),
                       shown(a.pairs.coactivation(layer, bestI, bestJ).value, 1, 100));
        else
            fmt::print("{:>10}{:>11}  {:>10} {:>11} ", "-", "-", "-", "-");
        if (layer + 1 < a.load.numLayers()) {
            const Statistic next =
                a.transitions[static_cast<std::size_t>(layer)].firstInformation();
            fmt::print("{:>14}{} {:>8}",
                       shown(next.value, 3, 1),
                       mark(next),
                       next.chance ? shown(next.chance->level, 3, 1) : "-");
        }
        fmt::print("\n");
    }
}

template <class Cell>
void printMatrix(const std::string& title, int experts, const Cell& cell) {
    fmt::print("\n{}\n{:>6}", title, "");
    for (int j = 0; j < experts; ++j) fmt::print("{:>7} ", j);
    fmt::print("\n");
    for (int i = 0; i < experts; ++i) {
        fmt::print("{:>6}", i);
        for (int j = 0; j < experts; ++j) {
            const std::optional<Statistic> s = cell(i, j);
            fmt::print("{:>7}{}", s ? shown(s->value, 1, 100) : "", s ? mark(*s) : ' ');
        }
        fmt::print("\n");
    }
}

void printRow(std::string_view name, const Statistic& s) {
    const auto chance = [&](double ChanceBand::*part) {
        return s.chance && std::isfinite((*s.chance).*part)
                   ? fmt::format("{:.4g}", (*s.chance).*part)
                   : "-";
    };
    fmt::print("{:<26}{:>12}{} {:>9} {:>12} {:>12} {:>12}\n",
               name,
               s.value ? fmt::format("{:.5g}", *s.value) : "-",
               mark(s),
               s.count,
               chance(&ChanceBand::level),
               chance(&ChanceBand::low),
               chance(&ChanceBand::high));
}

void printOneLayer(const Analysis& a, int layer) {
    fmt::print("\nlayer {}\n{:<26}{:>12}  {:>9} {:>12} {:>12} {:>12}\n",
               layer,
               "statistic",
               "value",
               "count",
               "by chance",
               "low",
               "high");
    for (const auto& [name, statistic] : layerRows(a, layer)) printRow(name, statistic);
    const int experts = a.load.numExperts();
    if (experts > kMostColumns) {
        fmt::print("\nexperts, pairs and transitions: see --csv or --json\n");
        return;
    }
    for (int e = 0; e < experts; ++e) {
        fmt::print("\nexpert {}\n", e);
        for (const auto& [name, statistic] : expertStatistics(a.load, layer, e))
            printRow(name, statistic);
    }
    printMatrix("co-activation: of the tokens that selected the row, % that selected the column",
                experts,
                [&](int i, int j) {
                    return i == j ? std::nullopt : std::optional(a.pairs.coactivation(layer, i, j));
                });
    if (layer + 1 < a.load.numLayers())
        printMatrix(
            fmt::format("transitions: of the tokens whose first choice is the row, % whose "
                        "first choice in layer {} is the column",
                        layer + 1),
            experts,
            [&](int i, int j) {
                return std::optional(a.transitions[static_cast<std::size_t>(layer)].first(i, j));
            });
}

void printComparison(const Analysis& a, const Comparison& c, int first, int end) {
    fmt::print(
        "\nagainst {} (interventions: {}): {} tokens there; the first {} ids are the same, {} of "
        "those counted\n",
        c.file,
        listed(c.interventions),
        c.load.tokens(),
        c.sameIds,
        c.saturation.tokens());
    if (c.saturation.tokens() > 0) {
        fmt::print("{:>6}{:>13} {:>11} {:>13} {:>11}\n",
                   "layer",
                   "saturation%",
                   "by chance",
                   "same first%",
                   "by chance");
        for (int layer = first; layer < end; ++layer) {
            const Statistic s = c.saturation.saturation(layer);
            const Statistic same = c.saturation.sameFirst(layer);
            fmt::print("{:>6}{:>13}{} {:>10} {:>13}{} {:>10}\n",
                       layer,
                       shown(s.value, 1, 100),
                       mark(s),
                       shown(s.chance->level, 1, 100),
                       shown(same.value, 1, 100),
                       mark(same),
                       shown(same.chance->level, 1, 100));
        }
    }
    const auto ranked = rankedContrasts(a.load, c.load);
    if (ranked.empty()) return;
    constexpr int kShown = 10;
    fmt::print(
        "\ncontrasts: tokens that selected the expert here less there, in points of 100; "
        "zero lies outside the interval of {} of {} experts, by luck of about {:.0f}\n",
        std::ranges::count_if(ranked, &Contrast::stands),
        ranked.size(),
        (1 - kConfidence) * static_cast<double>(ranked.size()));
    int rows = 0;
    for (const Contrast& contrast : ranked) {
        if (contrast.layer < first || contrast.layer >= end || rows++ == kShown) continue;
        fmt::print("{:>6}:{:<4}{:>+8.1f}{}  {:+.1f} to {:+.1f}   {}/{} here, {}/{} there\n",
                   contrast.layer,
                   contrast.expert,
                   100 * contrast.difference,
                   contrast.thin ? '~' : (contrast.stands() ? '*' : ' '),
                   100 * contrast.low,
                   100 * contrast.high,
                   contrast.countA,
                   contrast.tokensA,
                   contrast.countB,
                   contrast.tokensB);
        if (rows == kShown) break;
    }
}

}  // namespace

void printAnalysis(const AnalysisFacts& facts, std::optional<int> layer) {
    const Analysis& a = facts.analysis;
    const int first = layer.value_or(0);
    const int end = layer ? first + 1 : a.load.numLayers();
    printHead(facts);
    std::vector<std::vector<NamedStatistic>> rows;
    for (int l = first; l < end; ++l) rows.push_back(layerRows(a, l));
    if (layer) {
        printOneLayer(a, first);
    } else {
        printColumns("how a token is decided (means; entropy and information in bits)",
                     kDecision,
                     rows,
                     first);
        printColumns("how the load spreads", kSpread, rows, first);
        printColumns("how a token repeats the one before, and vocabulary specialisation",
                     kRepetition,
                     rows,
                     first);
        printLoads(a.load, first, end);
        printPairs(a, first, end);
    }
    if (facts.comparison != nullptr) printComparison(a, *facts.comparison, first, end);
}

}  // namespace gatescope::cli

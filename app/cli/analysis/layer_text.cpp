#include <fmt/format.h>

#include <cmath>

#include "app/cli/analysis/marks.h"
#include "app/cli/analysis/tables.h"
#include "app/cli/analysis/text.h"

namespace gatescope::cli {
namespace {

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

void printMatrices(const Analysis& a, int layer) {
    const int experts = a.load.numExperts();
    printMatrix("co-activation: of the tokens that selected the row, % that selected the column",
                experts,
                [&](int i, int j) {
                    return i == j ? std::nullopt
                                  : std::optional(a.pairs->coactivation(layer, i, j));
                });
    if (a.transitions.empty()) return;  // the last layer
    const TransitionStats& next = a.transitions.front();
    printMatrix(fmt::format("transitions: of the tokens whose first choice is the row, % whose "
                            "first choice in layer {} is the column",
                            layer + 1),
                experts,
                [&](int i, int j) { return std::optional(next.first(i, j)); });
}

}  // namespace

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
    printMatrices(a, layer);
}

}  // namespace gatescope::cli

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "app/cli/analysis/marks.h"
#include "app/cli/analysis/text.h"

namespace gatescope::cli {
namespace {

constexpr int kContrastsShown = 10;

void printSaturation(const SaturationStats& saturation, int first, int end) {
    fmt::print("{:>6}{:>13} {:>11} {:>13} {:>11}\n",
               "layer",
               "saturation%",
               "by chance",
               "same first%",
               "by chance");
    for (int layer = first; layer < end; ++layer) {
        const Statistic s = saturation.saturation(layer);
        const Statistic same = saturation.sameFirst(layer);
        fmt::print("{:>6}{:>13}{} {:>10} {:>13}{} {:>10}\n",
                   layer,
                   shown(s.value, 1, 100),
                   mark(s),
                   shownChance(s, 1, 100),
                   shown(same.value, 1, 100),
                   mark(same),
                   shownChance(same, 1, 100));
    }
}

void printContrast(const Contrast& c) {
    const char mark = c.thin ? '~' : (c.stands() ? '*' : ' ');
    fmt::print("{:>6}:{:<4}{:>+8.1f}{}  {:+.1f} to {:+.1f}   {}/{} here, {}/{} there\n",
               c.layer,
               c.expert,
               100 * c.difference,
               mark,
               100 * c.low,
               100 * c.high,
               c.countA,
               c.tokensA,
               c.countB,
               c.tokensB);
}

void printContrasts(const std::vector<Contrast>& ranked) {
    fmt::print(
        "\ncontrasts: tokens that selected the expert here less there, in points of 100; zero "
        "lies outside the interval of {} of {} experts, by luck of about {:.0f}\n",
        std::ranges::count_if(ranked, &Contrast::stands),
        ranked.size(),
        (1 - kConfidence) * static_cast<double>(ranked.size()));
    for (std::size_t i = 0; i < ranked.size() && i < kContrastsShown; ++i) printContrast(ranked[i]);
}

}  // namespace

std::string listed(const std::vector<std::string>& interventions) {
    return interventions.empty() ? "none" : fmt::format("{}", fmt::join(interventions, ", "));
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
    if (c.saturation.tokens() > 0) printSaturation(c.saturation, first, end);
    auto ranked = rankedContrasts(a.load, c.load);
    std::erase_if(ranked, [&](const Contrast& r) { return r.layer < first || r.layer >= end; });
    if (!ranked.empty()) printContrasts(ranked);
}

}  // namespace gatescope::cli

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "app/exit_status.h"
#include "engine/comparison/compared_run.h"
#include "engine/error.h"

namespace gatescope::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kCellsPrinted = 10;

struct Options {
    std::string a;
    std::string b;
    bool json = false;
};

struct Cell {
    int layer = 0;
    int expert = 0;
    CellDifference difference;
};

/// Everything about two recordings.
struct Compared : AlignedRuns {
    std::optional<RoutingDifference> difference;
};

Compared compared(const Options& options) {
    Compared c;
    c.a = runOfRecording(options.a);
    c.b = runOfRecording(options.b);
    align(c);
    c.difference = routingDifference(c);
    return c;
}

/// Those furthest outside their noise band first.
std::vector<Cell> cellsOf(const RoutingDifference& difference) {
    std::vector<Cell> cells;
    for (int layer = 0; layer < difference.numLayers(); ++layer)
        for (int expert = 0; expert < difference.numExperts(); ++expert)
            cells.push_back({layer, expert, difference.cell(layer, expert)});
    std::ranges::stable_sort(cells, std::greater<>(), [](const Cell& cell) {
        return std::abs(cell.difference.probability) - cell.difference.noise;
    });
    return cells;
}

Json toJson(const Compared& c, const Options& options) {
    const auto side = [](const ComparedRun& run, const std::string& file) {
        return Json{{"file", file},
                    {"title", run.title},
                    {"model", run.model},
                    {"synthetic", run.facts.synthetic},
                    {"tokens", run.tokens.size()}};
    };
    const AlignmentCounts& n = c.counts;
    Json json{{"a", side(c.a, options.a)},
              {"b", side(c.b, options.b)},
              {"same", n.same},
              {"substituted", n.substituted},
              {"only_a", n.deleted},
              {"only_b", n.inserted},
              {"routing_over", c.over == ComparedTokens::Aligned ? "aligned" : "all"}};
    if (!c.difference) {
        json["routing"] = nullptr;
        return json;
    }
    const RoutingDifference& d = *c.difference;
    Json saturation = Json::array();
    Json noise = Json::array();
    for (int layer = 0; layer < d.numLayers(); ++layer) {
        const Statistic s = d.saturation(layer);
        saturation.push_back(s.value ? Json{{"value", *s.value}, {"chance", s.chance->level}}
                                     : Json());
        noise.push_back(d.noise(layer));
    }
    Json cells = Json::array();
    for (const Cell& cell : cellsOf(d)) {
        const Contrast& s = cell.difference.selection;
        cells.push_back({{"layer", cell.layer},
                         {"expert", cell.expert},
                         {"probability", cell.difference.probability},
                         {"stands", cell.difference.stands()},
                         {"selection", -s.difference},
                         {"selection_low", -s.high},
                         {"selection_high", -s.low},
                         {"thin", s.thin}});
    }
    json["routing"] = {{"tokens_a", d.tokensA()},
                       {"tokens_b", d.tokensB()},
                       {"saturation", saturation},
                       {"noise", noise},
                       {"cells", cells}};
    return json;
}

void printRouting(const RoutingDifference& d, ComparedTokens over) {
    double alike = 0;
    for (int layer = 0; layer < d.numLayers(); ++layer)
        alike += d.saturation(layer).value.value_or(0) / d.numLayers();
    if (over == ComparedTokens::Aligned)
        fmt::print("alike          {:.1f} % of the experts, over {} aligned tokens\n",
                   100 * alike,
                   d.tokensA());
    else
        fmt::print("routing        over all tokens of each, as few are alike\n");
    const auto cells = cellsOf(d);
    const auto standing =
        std::ranges::count_if(cells, [](const Cell& cell) { return cell.difference.stands(); });
    fmt::print("cells          {} of {} differ by more than noise; by luck about {:.0f}\n",
               standing,
               cells.size(),
               0.05 * static_cast<double>(cells.size()));
    const auto shown = std::min<std::size_t>(kCellsPrinted, static_cast<std::size_t>(standing));
    if (shown > 0) fmt::print("\nlayer:expert   B less A    noise\n");
    for (std::size_t i = 0; i < shown; ++i)
        fmt::print("{:>12}   {:>+6.1f} %   ±{:.1f} %\n",
                   fmt::format("{}:{}", cells[i].layer, cells[i].expert),
                   100 * cells[i].difference.probability,
                   100 * cells[i].difference.noise);
}

void print(const Compared& c) {
    const AlignmentCounts& n = c.counts;
    const bool synthetic = c.a.facts.synthetic || c.b.facts.synthetic;
    fmt::print("{}A              {} ({} tokens, {})\n",
               synthetic ? "SYNTHETIC\n" : "",
               c.a.title,
               c.a.tokens.size(),
               c.a.model);
    fmt::print("B              {} ({} tokens, {})\n", c.b.title, c.b.tokens.size(), c.b.model);
    fmt::print("tokens         {} the same, {} replaced, {} only in A, {} only in B\n",
               n.same,
               n.substituted,
               n.deleted,
               n.inserted);
    if (c.difference)
        printRouting(*c.difference, c.over);
    else
        fmt::print(
            "routing        none of one shape on both sides, so only the text is compared\n");
}

int compare(const Options& options) {
    const Compared c = compared(options);
    if (options.json)
        fmt::print("{}\n", toJson(c, options).dump(2, ' ', false, Json::error_handler_t::replace));
    else
        print(c);
    return kExitOk;
}

}  // namespace

void addCompare(Command& root, Run& run) {
    auto options = std::make_shared<Options>();
    Command command = root.subcommand(
        "compare",
        "Compare the conversations of two recordings: their tokens, aligned, and how far their "
        "routing differs beyond noise.\n"
        "Example: gatescope-cli compare plain.gscope ablated.gscope --json");
    command.option("A", options->a, "a .gscope recording").required();
    command.option("B", options->b, "another").required();
    command.flag("--json", options->json, "one JSON document");
    command.whenChosen(
        [options, &run] { run = [options](const Context&) { return compare(*options); }; });
}

}  // namespace gatescope::cli

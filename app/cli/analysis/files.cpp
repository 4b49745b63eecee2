#include "app/cli/analysis/files.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "engine/error.h"
#include "engine/store/zip_writer.h"

namespace gatescope::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// What the recording was made too early to keep, each with a sentence.
ordered_json notRecorded(const Analysis& a) {
    ordered_json out = ordered_json::object();
    if (a.load.sums(0).logSumExps == 0)
        out["z_value"] = "this recording does not keep the size of the routers' logits";
    if (a.predictedIds.tokens() == 0)
        out["vocabulary_predicted_next"] = "these tokens do not say what the model predicted next";
    return out;
}

ordered_json factsJson(const AnalysisFacts& facts) {
    const auto& [run, analysis, comparison] = facts;
    const RoutingStats& load = analysis.load;
    const double selected = load.meanSelected();
    const bool oneK = selected == std::floor(selected);
    ordered_json out{
        {"format", "gatescope-analysis-1"},
        {"recording", run.file},
        {"model", run.model},
        {"synthetic", run.synthetic},
        {"interventions", run.interventions},
        {"population", name(analysis.tokens.population)},
        {"range", {analysis.tokens.first, analysis.tokens.end}},
        {"branch_tokens", run.trace.size()},
        {"tokens", load.tokens()},
        {"tokens_of_another_shape", run.otherShape},
        {"layers", load.numLayers()},
        {"experts", load.numExperts()},
        {"experts_selected", oneK ? ordered_json(static_cast<int>(selected)) : nullptr},
        {"confidence", kConfidence},
        {"thin_below", kThinBelow},
        {"not_recorded", notRecorded(analysis)}};
    if (!analysis.pairs) out["left_out"] = fmt::format("pairs, transitions: {}", kTooManyPairs);
    if (comparison != nullptr)
        out["against"] = {{"recording", comparison->file},
                          {"interventions", comparison->interventions},
                          {"tokens", comparison->load.tokens()},
                          {"same_ids", comparison->sameIds}};
    return out;
}

std::string text(const ordered_json& document) {
    return document.dump(2, ' ', false, ordered_json::error_handler_t::replace);
}

std::string number(double value) {
    return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

// By hand: as a document in memory, the pairs of 64 experts would take gigabytes.
void appendJsonRow(const Table& table, const TableRow& row, std::string& out) {
    const auto to = std::back_inserter(out);
    const Statistic& s = row.statistic;
    out += '{';
    for (std::size_t k = 0; k < table.keys.size(); ++k)
        fmt::format_to(to, R"("{}":{},)", table.keys[k], row.keys[k]);
    fmt::format_to(to,
                   R"("statistic":"{}","value":{},"count":{},"chance":)",
                   row.name,
                   number(s.value.value_or(NAN)),
                   s.count);
    if (s.chance)
        fmt::format_to(to,
                       R"({{"level":{},"low":{},"high":{}}})",
                       number(s.chance->level),
                       number(s.chance->low),
                       number(s.chance->high));
    else
        out += "null";
    if (row.interval)
        fmt::format_to(to,
                       R"(,"interval":{{"low":{},"high":{}}})",
                       number(row.interval->low),
                       number(row.interval->high));
    fmt::format_to(to, R"(,"thin":{}}})", s.thin);
}

}  // namespace

std::string_view name(Population population) {
    switch (population) {
        case Population::Generated:
            return "generated";
        case Population::Prompt:
            return "prompt";
        case Population::All:
            return "all";
    }
    return "";
}

std::string analysisJson(const AnalysisFacts& facts, const std::vector<Table>& tables) {
    std::string out = text(factsJson(facts));
    out.resize(out.rfind("\n}"));
    out += ",\n  \"tables\": {";
    const char* between = "\n";
    for (const Table& table : tables) {
        out += fmt::format("{}    \"{}\": [", between, table.name);
        between = ",\n";
        const char* comma = "\n      ";
        for (const TableRow& row : table.rows) {
            out += comma;
            comma = ",\n      ";
            appendJsonRow(table, row, out);
        }
        out += "]";
    }
    out += "\n  }\n}\n";
    return out;
}

std::vector<fs::path> writeAnalysisCsv(const AnalysisFacts& facts,
                                       const std::vector<Table>& tables,
                                       const fs::path& dir) {
    std::error_code failure;
    fs::create_directories(dir, failure);
    if (!fs::is_directory(dir, failure))
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: cannot be made a folder; choose another", dir.string()));
    std::vector<fs::path> files{dir / "analysis.json"};
    writeFileWhole(files.back(), text(factsJson(facts)) + '\n');
    for (const Table& table : tables) {
        if (table.rows.empty()) continue;
        files.push_back(dir / (table.name + ".csv"));
        writeFileWhole(files.back(), csvOf(table));
    }
    return files;
}

}  // namespace gatescope::cli

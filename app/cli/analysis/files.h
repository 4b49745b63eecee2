#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/analysis/tables.h"

namespace gatescope::cli {

/// What the tables are of.
struct AnalysisFacts {
    const RoutedRun& run;
    const Analysis& analysis;
    const Comparison* comparison = nullptr;  ///< null: none
};

/// One JSON document: the facts, and each table as an array of objects
/// {KEY..., "statistic", "value", "count", "chance": {"level", "low", "high"}, "thin"}, with
/// "interval": {"low", "high"} where there is one. Unknown numbers are null.
std::string analysisJson(const AnalysisFacts& facts, const std::vector<Table>& tables);

/// Writes each table that has rows as DIR/NAME.csv with the same columns (empty: unknown), and
/// DIR/analysis.json with the facts alone. `dir` is made. Throws Error(DeviceFault) when that or a
/// file fails. Returns the files.
std::vector<std::filesystem::path> writeAnalysisCsv(const AnalysisFacts& facts,
                                                    const std::vector<Table>& tables,
                                                    const std::filesystem::path& dir);

/// "generated", "prompt" or "all".
std::string_view name(Population population);

}  // namespace gatescope::cli

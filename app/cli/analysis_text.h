#pragma once

#include <optional>

#include "app/cli/analysis_files.h"

namespace gatescope::cli {

/// Prints the tables that fit a terminal: a row a layer for how it decides and how it repeats, the
/// load of every expert, the pairs that stand out; with `layer` every number of that one layer.
void printAnalysis(const AnalysisFacts& facts, std::optional<int> layer);

}  // namespace gatescope::cli

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/cli/analysis/files.h"

namespace gatescope::cli {

/// Prints the tables that fit a terminal: a row a layer for how it decides and how it repeats, the
/// load of every expert, the pairs that stand out; with `layer` every number of that one layer.
void printAnalysis(const AnalysisFacts& facts, std::optional<int> layer);

// Its parts.

void printOneLayer(const Analysis& analysis, int layer);
/// Of layers [first, end).
void printComparison(const Analysis& analysis, const Comparison& comparison, int first, int end);
/// "none", or all in a row.
std::string listed(const std::vector<std::string>& interventions);

}  // namespace gatescope::cli

#pragma once

#include <optional>
#include <vector>

#include "app/cli/analysis/analysis.h"
#include "engine/routing/statistic_table.h"

namespace gatescope::cli {

using Table = StatisticTable;
using TableRow = StatisticRow;

/// layers       layer                 layer_statistics.h, neighbours, vocabulary, domains
/// experts      layer, expert         layer_statistics.h, vocabulary
/// pairs        layer, expert, with   co-activation; what is symmetric once, with expert < with
/// layer_pairs  layer, to_layer       mutual information of neighbouring layers
/// transitions  layer, to_layer, expert, to_expert
/// domains      domain, layer, expert where there are tags
/// saturation   layer                 with a comparison
/// contrasts    layer, expert         with a comparison; the one that stands out most first
/// `layer`: only this one, and its transitions to the next.
std::vector<Table> tablesOf(const Analysis& analysis,
                            const Comparison* comparison,
                            std::optional<int> layer);

/// Every number of one layer, as the table has them.
std::vector<NamedStatistic> layerRows(const Analysis& analysis, int layer);

}  // namespace gatescope::cli

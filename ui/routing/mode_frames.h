#pragma once

#include <span>
#include <vector>

#include "engine/routing/router_measures.h"
#include "engine/routing/routing_stats.h"
#include "ui/routing/heatmap_frame.h"

namespace gatescope {

// Frames of every mode of the heatmap (heatmap_mode.h says what each value is), with their chance
// level and the bars beside the rows: token entropy, its mean over a range, the decisive margin or
// the routed mass. Pure functions; `before` as for tokenFrame().

/// What stands beside a row: rowQuantity() of one token in one layer.
double rowValue(HeatmapMode mode, const RouterMeasures& measures);
/// Now, Margin or Mass.
HeatmapFrame tokenFrame(HeatmapMode mode,
                        const RoutingRecord& record,
                        std::span<const RoutingRecordPtr> before);
/// `mean` [numLayers, numExperts]: FadingMean at the token of `record`, whose choice is framed.
HeatmapFrame recentFrame(const RoutingRecord& record,
                         std::span<const RoutingRecordPtr> before,
                         std::vector<float> mean);
/// Mean, Share, MinusUniform or Z. Requires tokens.
HeatmapFrame rangeFrame(HeatmapMode mode, const RoutingStats& stats);
/// MinusBaseline. Requires tokens on both sides and the same shape. The band is that of two
/// independent sets of tokens under uniform routing; tokens in both would make it narrower.
HeatmapFrame baselineFrame(const RoutingStats& stats, const RoutingStats& baseline);

}  // namespace gatescope

#pragma once

#include <QString>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/decoder/intervention.h"
#include "engine/ids.h"
#include "engine/routing/chance_band.h"
#include "engine/routing/routing_record.h"
#include "ui/routing/cell_change.h"
#include "ui/routing/heatmap_mode.h"

namespace gatescope {

/// Everything one picture of the heatmap shows. All arrays are [numLayers, numExperts]. A value;
/// made on the UI thread when something changes, never while painting.
struct HeatmapFrame {
    int numLayers = 0;
    int numExperts = 0;
    std::vector<float> values;         ///< what the colour says; `mode` says what that is
    std::vector<std::uint8_t> choice;  ///< 0: not selected, 1: first choice, 2: second, ...
    std::vector<float> gates;          ///< weight the expert's output got; 0 where not selected
    std::vector<float> glow;  ///< how recently it was selected before, (0, 1]; 0: not lately
    std::vector<std::uint8_t> ablated;
    std::vector<std::uint8_t> forced;
    std::vector<CellChange> changes;   ///< the other interventions; empty: none
    int topK = 0;                      ///< experts selected in every layer; 0: as the model does
    std::vector<LayerTopK> layerTopK;  ///< of layers that have their own; all of them in the frame
    HeatmapMode mode = HeatmapMode::Now;
    /// False: of a range of tokens, for which choice and gates say nothing.
    bool singleToken() const { return isOfToken(mode); }
    std::optional<ChanceBand> chance;  ///< of one value under uniform routing; low NaN: level only
    int tokens = 1;                    ///< how many the values stand on
    bool thin = false;                 ///< too few of them: hatched, not coloured

    /// One number a layer, of the token or the mean of the range: see rowQuantity().
    std::vector<float> rowValues;  ///< [numLayers]; empty: none
    float rowLimit = 1;            ///< where its scale ends
    float rowChance = 0;
    /// The same of the latest tokens up to the one shown, or of the range: a trail beside each row.
    std::vector<float> rowTrails;  ///< [numLayers, trailTokens], oldest first; NaN: not computed
    int trailTokens = 0;
    std::span<const float> trailOf(int layer) const {
        const auto length = static_cast<std::size_t>(trailTokens);
        return std::span(rowTrails).subspan(static_cast<std::size_t>(layer) * length, length);
    }

    bool empty() const { return numLayers == 0; }
    std::size_t index(ExpertSite site) const {
        return static_cast<std::size_t>(site.layer.value) * static_cast<std::size_t>(numExperts) +
               static_cast<std::size_t>(site.expert.value);
    }
    bool contains(ExpertSite site) const {
        return site.layer.value >= 0 && site.layer.value < numLayers && site.expert.value >= 0 &&
               site.expert.value < numExperts;
    }
};

/// How many tokens back the glow reaches, and in how many tokens it halves. Counted in tokens, so
/// that a replay glows as the live run did, whatever its speed.
inline constexpr int kGlowTokens = 4;
inline constexpr double kGlowHalfLife = 1.0;

/// Cells without values, choices or marks.
HeatmapFrame emptyFrame(HeatmapMode mode, int numLayers, int numExperts);
/// One token's routing. `before`: the records of the tokens in front of it, the nearest last; only
/// the last kGlowTokens matter, and those of another shape or null are passed over.
HeatmapFrame tokenFrame(const RoutingRecord& record, std::span<const RoutingRecordPtr> before);
/// Marks the cells a person changed. Sites outside the frame are passed over.
void markInterventions(HeatmapFrame& frame, const InterventionSet& interventions);

/// "layer 17 expert 3 · p 0.41 · gate 0.41 · first choice". Requires frame.contains(site).
QString describeCell(const HeatmapFrame& frame, ExpertSite site);
/// "entropy 1.93 bits · 1.20 to 2.41 over the last 32 tokens"; empty without row values. Requires a
/// layer of the frame.
QString describeRow(const HeatmapFrame& frame, LayerId layer);

}  // namespace gatescope

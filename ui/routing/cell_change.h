#pragma once

#include <QString>
#include <cstdint>
#include <vector>

#include "engine/decoder/intervention.h"

namespace gatescope {

/// What interventions change about a cell, beside ablating and forcing its expert.
struct CellChange {
    bool excluded = false;         ///< routed around
    float factor = 1;              ///< of its gate
    std::int32_t computedBy = -1;  ///< the expert with whose weights; -1: its own
    float bias = 0;                ///< of its router logit

    friend bool operator==(const CellChange&, const CellChange&) = default;
};

/// [numLayers, numExperts]; empty where there is none. Sites outside are passed over.
std::vector<CellChange> cellChanges(const InterventionSet& interventions,
                                    int numLayers,
                                    int numExperts);

/// "routed around · gate × 0.5 · weights of expert 6 · logit +1.5"; empty: unchanged.
QString describe(const CellChange& change);

}  // namespace gatescope

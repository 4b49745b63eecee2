#pragma once

#include <cstdint>
#include <span>

#include "engine/decoder/routing_rules.h"

namespace gatescope::reference {

/// Scores every expert for one token and keeps the best, always in f32; returns what
/// RoutingRecord::logSumExps keeps.
///   hidden    [dModel]              residual stream after rms norm
///   weight    [dModel, numExperts]
///   probs     [numExperts]          out: softmax over all experts
///   selected  [rules.numSelected]   out: by falling probability, the lower index first on a tie
///   gates     [rules.numSelected]   out: the selected probabilities as they are, not renormalised
///                                   unless the rules say so
/// Source: xai-org/grok-1 model.py, Router.
float router(std::span<const float> hidden,
             std::span<const float> weight,
             const LayerRules& rules,
             std::span<float> probs,
             std::span<std::int32_t> selected,
             std::span<float> gates);

}  // namespace gatescope::reference

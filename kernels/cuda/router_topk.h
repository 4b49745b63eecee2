#pragma once

#include <cstdint>

#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// What interventions say about every layer; lies in device memory, so that they change without a
/// new graph. Engine: RoutingRules.
struct RouterRules {
    const float* bias = nullptr;            ///< [numLayers, numExperts] added to the logits
    const std::uint8_t* forced = nullptr;   ///< [numLayers, numExperts] 1: always selected
    const std::uint8_t* ablated = nullptr;  ///< [numLayers, numExperts] 1: gate 0
    int numSelected = 0;
    bool renormalise = false;
};

/// The most experts a router may have.
inline constexpr int kMostExperts = 256;

/// Scores every expert for each token and keeps the best, in f32: logits + bias, softmax over all
/// experts, top-k, force, gates, [renormalise], ablate, as engine/decoder/routing_rules.h tells.
/// Requires numExperts <= kMostExperts, rules->numSelected <= mostSelected and no more forced than
/// selected.
struct RouterTopk {
    const float* normed = nullptr;       ///< [numTokens, width]
    const float* weight = nullptr;       ///< [numExperts, width]
    const RouterRules* rules = nullptr;  ///< one, in device memory
    int layer = 0;
    int numTokens = 0;
    int width = 0;
    int numExperts = 0;
    int mostSelected = 0;              ///< how far rows of the outputs lie apart
    float* probs = nullptr;            ///< [numTokens, numExperts] out
    std::int32_t* selected = nullptr;  ///< [numTokens, mostSelected] out: by falling probability,
                                       ///< the lower index first on a tie; -1 behind the last
    float* gates = nullptr;            ///< [numTokens, mostSelected] out; 0 behind the last
};
/// Source: xai-org/grok-1 model.py, Router.
int routerTopk(const RouterTopk& op, Stream stream);

}  // namespace gatescope::kernels::cuda

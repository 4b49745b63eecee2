#pragma once

#include <cstdint>

#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

// The engine's ExpertChoice.
inline constexpr std::uint8_t kFreeChoice = 0;
inline constexpr std::uint8_t kAlwaysChosen = 1;
inline constexpr std::uint8_t kNeverChosen = 2;

/// What interventions say about every layer; lies in device memory, so that they change without a
/// new graph. Engine: RoutingRules.
struct RouterRules {
    const float* bias = nullptr;               ///< [numLayers, numExperts] added to the logits
    const std::uint8_t* choice = nullptr;      ///< [numLayers, numExperts] kFreeChoice, ...
    const float* factor = nullptr;             ///< [numLayers, numExperts] of gates
    const std::int32_t* computedBy = nullptr;  ///< [numLayers, numExperts] with whose weights
    /// What tokens are pinned to, or null. A first expert of -1: this token is not.
    /// -1 behind the last of a layer that selects fewer.
    const std::int32_t* pinnedSelected = nullptr;  ///< [numTokens, numLayers, numSelected]
    const float* pinnedGates = nullptr;            ///< the same; null: probabilities of this run
    const std::int32_t* numSelectedOf = nullptr;   ///< [numLayers] of each; at most numSelected
    int numLayers = 0;
    int numSelected = 0;  ///< the most that any layer selects
    bool renormalise = false;
};

/// The most experts a router may have.
inline constexpr int kMostExperts = 256;

/// Scores every expert for each token and keeps the best, in f32: logits + bias, softmax over all
/// experts, top-k without the excluded, force, [pin], gates, [renormalise], scale and ablate, as
/// engine/decoder/routing_rules.h tells. Requires numExperts <= kMostExperts, rules->numSelected <=
/// mostSelected, no more forced than selected and as many not excluded.
struct RouterTopk {
    const float* normed = nullptr;       ///< [numTokens, width]
    const float* weight = nullptr;       ///< [numExperts, width]
    const RouterRules* rules = nullptr;  ///< one, in device memory
    int layer = 0;
    int numTokens = 0;
    int width = 0;
    int numExperts = 0;
    int mostSelected = 0;                ///< how far rows of the outputs lie apart
    float* probs = nullptr;              ///< [numTokens, numExperts] out
    float* logSumExps = nullptr;         ///< [numTokens] out: ln of the sum of exp over the logits
                                         ///< with bias; null: not wanted
    std::int32_t* selected = nullptr;    ///< [numTokens, mostSelected] out: by falling probability,
                                         ///< the lower index first on a tie; -1 behind the last
    float* gates = nullptr;              ///< [numTokens, mostSelected] out; 0 behind the last
    std::int32_t* computedBy = nullptr;  ///< [numTokens, mostSelected] out: with whose weights
                                         ///< each is computed; -1 behind the last
};
/// Source: xai-org/grok-1 model.py, Router.
int routerTopk(const RouterTopk& op, Stream stream);

}  // namespace gatescope::kernels::cuda

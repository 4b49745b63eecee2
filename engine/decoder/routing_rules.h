#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/decoder/intervention.h"

namespace gatescope {

/// What an InterventionSet says about one layer. A view into RoutingRules.
struct LayerRules {
    std::span<const float> bias;            ///< [numExperts] added to the router logits
    std::span<const std::uint8_t> forced;   ///< [numExperts] 1: always selected
    std::span<const std::uint8_t> ablated;  ///< [numExperts] 1: contributes nothing
    int numSelected = 0;
    bool renormalise = false;
};

/// An InterventionSet spread out over layers and experts, so that a router looks nothing up.
/// Owned by a decoder and refilled each step; refilling for the same model allocates nothing.
class RoutingRules {
  public:
    /// Requires interventions valid for `config` (validate()).
    void set(const InterventionSet& interventions, const ModelConfig& config);
    LayerRules layer(int layer) const;
    int numSelected() const { return numSelected_; }

  private:
    int numExperts_ = 0;
    int numSelected_ = 0;
    bool renormalise_ = false;
    std::vector<float> bias_;            // [numLayers, numExperts]
    std::vector<std::uint8_t> forced_;   // [numLayers, numExperts]
    std::vector<std::uint8_t> ablated_;  // [numLayers, numExperts]
};

/// The steps of a router behind top-k: force, gates, [renormalise], ablate.
///   probs     [numExperts]   router probabilities, biased already
///   selected  [numSelected]  in: the top-k; out: with the forced ones, by falling probability, the
///                            lower index first on a tie
///   gates     [numSelected]  out: each selected expert's weight
/// Both decoders share this: it is the meaning of the interventions, not arithmetic of the model.
void applyRules(const LayerRules& rules,
                std::span<const float> probs,
                std::span<std::int32_t> selected,
                std::span<float> gates);

}  // namespace gatescope

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/decoder/intervention.h"

namespace gatescope {

/// What an InterventionSet says about the selection of one expert. Also the GPU's
/// (kernels/cuda/router_topk.h).
enum class ExpertChoice : std::uint8_t { Free = 0, Always = 1, Never = 2 };

/// What an InterventionSet says about one layer. A view into RoutingRules.
struct LayerRules {
    std::span<const float> bias;               ///< [numExperts] added to the router logits
    std::span<const ExpertChoice> choice;      ///< [numExperts]
    std::span<const float> factor;             ///< [numExperts] of gates; 0: contributes nothing
    std::span<const std::int32_t> computedBy;  ///< [numExperts] with whose weights
    int numSelected = 0;                       ///< of this layer
    bool renormalise = false;
    std::span<const std::int32_t> pinnedSelected;  ///< [numSelected]; empty: not pinned
    std::span<const float> pinnedGates;            ///< [numSelected]; empty: own probabilities
};

/// An InterventionSet spread out over layers and experts, so that a router looks nothing up.
/// Owned by a decoder and refilled each step; refilling for the same model allocates nothing.
class RoutingRules {
  public:
    /// Requires interventions valid for `config` (validate()).
    void set(const InterventionSet& interventions, const ModelConfig& config);
    LayerRules layer(int layer) const;  ///< of a token that is not pinned
    /// Of the token at `position` of its sequence.
    LayerRules layer(int layer, int position) const;
    int numSelected() const { return numSelected_; }  ///< the most that any layer selects
    std::span<const std::int32_t> numSelectedOfLayers() const { return numSelectedOf_; }

  private:
    int numExperts_ = 0;
    int numSelected_ = 0;
    std::vector<std::int32_t> numSelectedOf_;  // [numLayers]
    bool renormalise_ = false;
    std::vector<float> bias_;               // [numLayers, numExperts]
    std::vector<ExpertChoice> choice_;      // [numLayers, numExperts]
    std::vector<float> factor_;             // [numLayers, numExperts]
    std::vector<std::int32_t> computedBy_;  // [numLayers, numExperts]
    std::shared_ptr<const RoutePin> pin_;
};

/// The steps of a router behind top-k: exclude, force, [pin], gates, [renormalise], scale, ablate.
///   probs     [numExperts]   router probabilities, biased already
///   selected  [numSelected]  in: the top-k; out: without the excluded and with
///                            the forced ones, by falling probability, the
///                            lower index first on a tie
///   gates     [numSelected]  out: each selected expert's weight
/// Both may be longer, where other layers select more: out, -1 and 0 behind the last.
/// Both decoders share this: it is the meaning of the interventions, not arithmetic of the model.
void applyRules(const LayerRules& rules,
                std::span<const float> probs,
                std::span<std::int32_t> selected,
                std::span<float> gates);

/// With whose weights each of `selected` is computed: computedBy, of the same size, out; -1 for
/// no expert.
void findWeights(const LayerRules& rules,
                 std::span<const std::int32_t> selected,
                 std::span<std::int32_t> computedBy);

}  // namespace gatescope

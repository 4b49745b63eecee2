#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace gatescope {

/// What the routers did with one token in every layer. The token is the one that went *in*: record
/// i of a trace equals router_probs[:, i, :] of `gatescope-cli forward` on the same ids. Immutable
/// once published (shared_ptr<const RoutingRecord> crosses threads).
struct RoutingRecord {
    int numLayers = 0;
    int numExperts = 0;
    int numSelected = 0;       ///< the most that any layer selects
    std::vector<float> probs;  ///< [numLayers, numExperts] softmax over all experts
    std::vector<std::int32_t>
        selected;  ///< [numLayers, numSelected] larger gate first, lower index on a tie; -1 behind
                   ///< the last of a layer that selects fewer
    std::vector<float> gates;  ///< [numLayers, numSelected] weight applied to that expert's output;
                               ///< 0 behind the last
    /// [numLayers] ln of the sum of exp over the logits that `probs` are the softmax of: behind
    /// what interventions add to them, as `probs` are. Empty: not recorded (recordings of before it
    /// was kept).
    std::vector<float> logSumExps;

    std::span<const float> layerProbs(int layer) const {
        return std::span(probs).subspan(
            static_cast<std::size_t>(layer) * static_cast<std::size_t>(numExperts),
            static_cast<std::size_t>(numExperts));
    }
    /// Experts that the layer selected.
    int numSelectedIn(int layer) const {
        int count = numSelected;
        const std::size_t begin = rowOf(layer);
        while (count > 0 && selected[begin + static_cast<std::size_t>(count) - 1] < 0) --count;
        return count;
    }
    /// [numSelectedIn(layer)]
    std::span<const std::int32_t> layerSelected(int layer) const {
        return std::span(selected).subspan(rowOf(layer),
                                           static_cast<std::size_t>(numSelectedIn(layer)));
    }
    std::span<const float> layerGates(int layer) const {
        return std::span(gates).subspan(rowOf(layer),
                                        static_cast<std::size_t>(numSelectedIn(layer)));
    }
    friend bool operator==(const RoutingRecord&, const RoutingRecord&) = default;

  private:
    std::size_t rowOf(int layer) const {
        return static_cast<std::size_t>(layer) * static_cast<std::size_t>(numSelected);
    }
};

using RoutingRecordPtr = std::shared_ptr<const RoutingRecord>;

}  // namespace gatescope

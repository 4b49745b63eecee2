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
    int numSelected = 0;
    std::vector<float> probs;  ///< [numLayers, numExperts] softmax over all experts
    std::vector<std::int32_t>
        selected;              ///< [numLayers, numSelected] larger gate first, lower index on a tie
    std::vector<float> gates;  ///< [numLayers, numSelected] weight applied to that expert's output
    /// [numLayers] ln of the sum of exp over the logits that `probs` are the softmax of: behind
    /// what interventions add to them, as `probs` are. Empty: not recorded (recordings of before it
    /// was kept).
    std::vector<float> logSumExps;

    std::span<const float> layerProbs(int layer) const {
        return std::span(probs).subspan(
            static_cast<std::size_t>(layer) * static_cast<std::size_t>(numExperts),
            static_cast<std::size_t>(numExperts));
    }
    std::span<const std::int32_t> layerSelected(int layer) const {
        return std::span(selected).subspan(
            static_cast<std::size_t>(layer) * static_cast<std::size_t>(numSelected),
            static_cast<std::size_t>(numSelected));
    }
    std::span<const float> layerGates(int layer) const {
        return std::span(gates).subspan(
            static_cast<std::size_t>(layer) * static_cast<std::size_t>(numSelected),
            static_cast<std::size_t>(numSelected));
    }
    friend bool operator==(const RoutingRecord&, const RoutingRecord&) = default;
};

using RoutingRecordPtr = std::shared_ptr<const RoutingRecord>;

}  // namespace gatescope

#include "ui/statistics/layer_labels.h"

namespace gatescope {
namespace {

RoutingRecord oneLayer(const RoutingRecord& record, int layer) {
    const auto probs = record.layerProbs(layer);
    const auto selected = record.layerSelected(layer);
    const auto gates = record.layerGates(layer);
    return {.numLayers = 1,
            .numExperts = record.numExperts,
            .numSelected = record.numSelectedIn(layer),
            .probs = {probs.begin(), probs.end()},
            .selected = {selected.begin(), selected.end()},
            .gates = {gates.begin(), gates.end()}};
}

}  // namespace

LayerLabels::LayerLabels(const RoutingTrace& trace, const Choice& choice, LabelOf labelOf)
    : trace_(trace), choice_(choice), labelOf_(std::move(labelOf)), stats_(1, trace.numExperts()) {}

const LabelStats& LayerLabels::over(int first, int end) {
    range_.moveTo(
        first,
        end,
        [this](int token, int sign) {
            const RoutingRecord* record = trace_.record(token, choice_.population);
            if (record == nullptr) return;
            const RoutingRecord layer = oneLayer(*record, choice_.layer);
            if (sign > 0)
                stats_.add(labelOf_(token), layer);
            else
                stats_.remove(labelOf_(token), layer);
        },
        [this] { stats_.clear(); });
    return stats_;
}

}  // namespace gatescope

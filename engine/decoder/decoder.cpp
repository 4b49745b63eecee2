#include "engine/decoder/decoder.h"

#include "engine/check.h"

namespace gatescope {
namespace {

/// Copies row `token` of every layer out of [numLayers, numTokens, width].
template <class T>
std::vector<T> column(
    const std::vector<T>& all, int numLayers, int numTokens, int width, int token) {
    std::vector<T> out;
    out.reserve(static_cast<std::size_t>(numLayers) * static_cast<std::size_t>(width));
    for (int layer = 0; layer < numLayers; ++layer) {
        const auto begin =
            all.begin() + static_cast<std::ptrdiff_t>(layer * numTokens + token) * width;
        out.insert(out.end(), begin, begin + width);
    }
    return out;
}

}  // namespace

RoutingRecord StepOutput::record(const ModelConfig& config, int token) const {
    GS_CHECK_LT(token, numTokens);
    return {
        .numLayers = config.numLayers,
        .numExperts = config.numExperts,
        .numSelected = numSelected,
        .probs = column(routerProbs, config.numLayers, numTokens, config.numExperts, token),
        .selected = column(selected, config.numLayers, numTokens, numSelected, token),
        .gates = column(gates, config.numLayers, numTokens, numSelected, token),
        .logSumExps = column(routerLogSumExps, config.numLayers, numTokens, 1, token),
    };
}

}  // namespace gatescope

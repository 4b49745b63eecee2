#include "tests/unit/engine/offload/replay_samples.h"

#include <algorithm>

namespace gatescope::test {

void appendToken(RoutingReplay& replay,
                 const std::vector<std::vector<int>>& selected,
                 bool counted) {
    RoutingRecord record;
    record.numLayers = static_cast<int>(selected.size());
    record.numExperts = replay.numExperts();
    for (const auto& layer : selected)
        record.numSelected = std::max(record.numSelected, static_cast<int>(layer.size()));
    for (const auto& layer : selected)
        for (int k = 0; k < record.numSelected; ++k)
            record.selected.push_back(
                k < static_cast<int>(layer.size()) ? layer[static_cast<std::size_t>(k)] : -1);
    replay.append(record, counted);
}

void appendDrawn(RoutingReplay& replay,
                 std::mt19937& random,
                 int tokens,
                 int selected,
                 const std::vector<double>& weights,
                 double countedOf) {
    for (int token = 0; token < tokens; ++token) {
        std::vector<std::vector<int>> layers;
        for (int layer = 0; layer < replay.numLayers(); ++layer) {
            auto left = weights;
            auto& row = layers.emplace_back();
            for (int k = 0; k < selected; ++k) {
                row.push_back(std::discrete_distribution<int>(left.begin(), left.end())(random));
                left[static_cast<std::size_t>(row.back())] = 0;
            }
        }
        appendToken(replay, layers, std::bernoulli_distribution(countedOf)(random));
    }
}

RoutingReplay uniformReplay(std::mt19937& random,
                            const ReplayShape& shape,
                            int tokens,
                            double countedOf) {
    RoutingReplay replay(shape.layers, shape.experts);
    appendDrawn(replay,
                random,
                tokens,
                shape.selected,
                std::vector<double>(static_cast<std::size_t>(shape.experts), 1.0),
                countedOf);
    return replay;
}

HeatOrigin heatOrigin(int layers, int experts, double halfLife) {
    return {.fingerprint = "0123456789abcdef",
            .model = "drawn",
            .numLayers = layers,
            .numExperts = experts,
            .halfLife = halfLife};
}

}  // namespace gatescope::test

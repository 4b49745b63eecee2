#pragma once

#include <random>
#include <vector>

#include "engine/offload/heat.h"
#include "engine/offload/routing_replay.h"

namespace gatescope::test {

struct ReplayShape {
    int layers = 1;
    int experts = 8;
    int selected = 2;
};

/// Appends a token: of each layer the experts it selects.
void appendToken(RoutingReplay& replay,
                 const std::vector<std::vector<int>>& selected,
                 bool counted = true);

/// Tokens that take their experts without repetition by these weights ([experts], the same in each
/// layer), independently of one another. `countedOf`: the share of tokens that count.
void appendDrawn(RoutingReplay& replay,
                 std::mt19937& random,
                 int tokens,
                 int selected,
                 const std::vector<double>& weights,
                 double countedOf = 1);

/// Drawn with equal weights.
RoutingReplay uniformReplay(std::mt19937& random,
                            const ReplayShape& shape,
                            int tokens,
                            double countedOf = 1);

HeatOrigin heatOrigin(int layers, int experts, double halfLife = 100);

}  // namespace gatescope::test

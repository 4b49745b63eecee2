#pragma once

#include <memory>
#include <random>
#include <vector>

#include "engine/routing/routing_trace.h"

namespace gatescope::test {

struct RouterShape {
    int layers = 0;
    int experts = 0;
    int selected = 0;
};

/// One layer a row: probabilities; the largest are selected, the lower index on a tie.
RoutingRecordPtr record(const std::vector<std::vector<float>>& rows, int numSelected = 2);

/// One layer a row: selected experts in order. Their p fall from there, what is left is shared.
RoutingRecordPtr choices(const std::vector<std::vector<int>>& rows, int numExperts);

/// A softmax of normal logits; lower experts are a little more likely, so that loads differ.
RoutingRecordPtr randomRecord(std::mt19937& random, const RouterShape& shape);

/// Uniform routing: independent equally distributed weights, made to add up to 1.
RoutingRecordPtr uniformRecord(std::mt19937& random, const RouterShape& shape);

/// Of `tokens` random records; every 11th not computed, every third one of the prompt.
RoutingTrace randomTrace(std::mt19937& random, const RouterShape& shape, int tokens);

}  // namespace gatescope::test

#include "engine/comparison/routing_difference.h"

#include <cmath>

#include "engine/check.h"
#include "engine/routing/distributions.h"

namespace gatescope {
namespace {

constexpr int kFewestForNoise = 4;  ///< two in each half: one alone is no mean

}  // namespace

RoutingDifference::RoutingDifference(int numLayers, int numExperts)
    : a_(numLayers, numExperts), b_(numLayers, numExperts), saturation_(numLayers, numExperts) {
    const auto cells = static_cast<std::size_t>(numLayers) * static_cast<std::size_t>(numExperts);
    for (auto& sums : odd_) sums.resize(cells);
}

void RoutingDifference::addPair(const RoutingRecord& a, const RoutingRecord& b) {
    add(0, a);
    add(1, b);
    saturation_.add(b, a);
}

void RoutingDifference::add(int side, const RoutingRecord& record) {
    RoutingStats& stats = side == 0 ? a_ : b_;
    stats.add(record);
    if (stats.tokens() % 2 == 1) return;  // the first token is number 0, which is even
    auto& sums = odd_[static_cast<std::size_t>(side)];
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i].add(record.probs[i]);
}

double RoutingDifference::noise(int layer) const {
    if (a_.tokens() < kFewestForNoise || b_.tokens() < kFewestForNoise) return 1;
    // For n tokens of variance v, halves differ by a variance of 4 v/n, of which each run's mean
    // has v/n: a quarter. Two runs differ by the sum of theirs.
    double variance = 0;
    for (const auto* stats : {&a_, &b_}) {
        const auto& odd = odd_[stats == &a_ ? 0 : 1];
        const double odds = stats->tokens() / 2;
        const double evens = stats->tokens() - odds;
        double squares = 0;
        for (int expert = 0; expert < numExperts(); ++expert) {
            const auto cell = static_cast<std::size_t>(layer * numExperts() + expert);
            const double oddSum = odd[cell].value();
            const double evenSum = stats->importance(layer, expert) - oddSum;
            const double difference = evenSum / evens - oddSum / odds;
            squares += difference * difference;
        }
        variance += squares / numExperts() / 4;
    }
    return normalQuantile((1 + kConfidence) / 2) * std::sqrt(variance);
}

CellDifference RoutingDifference::cell(int layer, int expert) const {
    GS_CHECK(a_.tokens() > 0 && b_.tokens() > 0);
    return {.probability = b_.importance(layer, expert) / b_.tokens() -
                           a_.importance(layer, expert) / a_.tokens(),
            .noise = noise(layer),
            .selection = contrast(a_, b_, layer, expert)};
}

}  // namespace gatescope

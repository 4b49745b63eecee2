#include "engine/routing/run_comparison.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "engine/routing/distributions.h"
#include "engine/routing/expert_sets.h"
#include "engine/routing/uniform_routing.h"

namespace gatescope {

// ---------------------------------------------------------------- SaturationStats

SaturationStats::SaturationStats(int numLayers, int numExperts)
    : numExperts_(numExperts), layers_(static_cast<std::size_t>(numLayers)) {
    GS_CHECK(numLayers > 0 && numExperts > 0);
}

void SaturationStats::accumulate(const RoutingRecord& run,
                                 const RoutingRecord& reference,
                                 int sign) {
    for (const RoutingRecord* r : {&run, &reference}) {
        GS_CHECK_EQ(r->numLayers, static_cast<int>(layers_.size()));
        GS_CHECK_EQ(r->numExperts, numExperts_);
        GS_CHECK(r->numSelected > 0);
    }
    tokens_ += sign;
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
        const auto a = run.layerSelected(static_cast<int>(layer));
        const auto b = reference.layerSelected(static_cast<int>(layer));
        const auto k = static_cast<double>(b.size());
        const SetPair sets{numExperts_, static_cast<int>(a.size()), static_cast<int>(b.size())};
        LayerSums& sums = layers_[layer];
        sums.chanceShared.accumulate(static_cast<double>(a.size()) / numExperts_, sign);
        sums.chanceVariance.accumulate(chanceSharedVariance(sets) / (k * k), sign);
        sums.shared.accumulate(sharedExperts(a, b) / k, sign);
        sums.sameFirst += a[0] == b[0] ? sign : 0;
    }
}

Statistic SaturationStats::saturation(int layer) const {
    Statistic s{.value = {}, .count = tokens_, .chance = {}, .thin = tokens_ < kThinBelow};
    if (tokens_ == 0) return s;
    const auto tokens = static_cast<double>(tokens_);
    const LayerSums& sums = layers_[static_cast<std::size_t>(layer)];
    s.value = sums.shared.value() / tokens;
    const double level = sums.chanceShared.value() / tokens;
    const double half = normalQuantile((1 + kConfidence) / 2) *
                        std::sqrt(std::max(0.0, sums.chanceVariance.value())) / tokens;
    s.chance = {level, std::max(0.0, level - half), std::min(1.0, level + half)};
    return s;
}

Statistic SaturationStats::sameFirst(int layer) const {
    return shareStatistic(
        layers_[static_cast<std::size_t>(layer)].sameFirst, tokens_, 1.0 / numExperts_);
}

// ---------------------------------------------------------------- contrasts

namespace {

struct Interval {
    double low = 0;
    double high = 0;
};

/// Wilson 1927, "Probable inference, the law of succession, and statistical inference".
Interval wilson(double share, double trials, double z) {
    const double centre = share + z * z / (2 * trials);
    const double half = z * std::sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials));
    const double scale = 1 + z * z / trials;
    return {(centre - half) / scale, (centre + half) / scale};
}

/// What stands comes first, by how far its interval is from 0; the rest by its difference.
double rank(const Contrast& c) {
    return c.stands() ? 1 + std::max(c.low, -c.high) : std::abs(c.difference);
}

}  // namespace

Contrast contrast(
    const RoutingStats& a, const RoutingStats& b, int layer, int expert, double confidence) {
    GS_CHECK(a.tokens() > 0 && b.tokens() > 0);
    GS_CHECK(a.numLayers() == b.numLayers() && a.numExperts() == b.numExperts());
    const double z = normalQuantile((1 + confidence) / 2);
    const double rateA = a.tokenShare(layer, expert);
    const double rateB = b.tokenShare(layer, expert);
    const Interval inA = wilson(rateA, a.tokens(), z);
    const Interval inB = wilson(rateB, b.tokens(), z);
    const double difference = rateA - rateB;
    return {.layer = layer,
            .expert = expert,
            .difference = difference,
            .low = difference - std::hypot(rateA - inA.low, inB.high - rateB),
            .high = difference + std::hypot(inA.high - rateA, rateB - inB.low),
            .countA = a.count(layer, expert),
            .countB = b.count(layer, expert),
            .tokensA = a.tokens(),
            .tokensB = b.tokens(),
            .thin = std::min(a.tokens(), b.tokens()) < kThinBelow};
}

std::vector<Contrast> rankedContrasts(const RoutingStats& a,
                                      const RoutingStats& b,
                                      double confidence) {
    std::vector<Contrast> contrasts;
    if (a.tokens() == 0 || b.tokens() == 0) return contrasts;
    for (int layer = 0; layer < a.numLayers(); ++layer)
        for (int expert = 0; expert < a.numExperts(); ++expert)
            contrasts.push_back(contrast(a, b, layer, expert, confidence));
    std::ranges::stable_sort(contrasts, std::greater<>(), rank);
    return contrasts;
}

}  // namespace gatescope

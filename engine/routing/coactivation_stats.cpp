#include "engine/routing/coactivation_stats.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "engine/routing/distributions.h"

namespace gatescope {

CoactivationStats::CoactivationStats(int numLayers, int numExperts)
    : numLayers_(numLayers), numExperts_(numExperts) {
    GS_CHECK(numLayers > 0 && numExperts > 0);
    clear();
}

void CoactivationStats::clear() {
    tokens_ = 0;
    assignments_.assign(static_cast<std::size_t>(numLayers_), 0);
    orderedPairs_ = assignments_;
    const auto experts = static_cast<std::size_t>(numExperts_);
    together_.assign(static_cast<std::size_t>(numLayers_) * experts * experts, 0);
}

std::size_t CoactivationStats::cell(int layer, int i, int j) const {
    GS_DCHECK(layer >= 0 && layer < numLayers_);
    GS_DCHECK(i >= 0 && i < numExperts_ && j >= 0 && j < numExperts_);
    const auto experts = static_cast<std::size_t>(numExperts_);
    return (static_cast<std::size_t>(layer) * experts + static_cast<std::size_t>(i)) * experts +
           static_cast<std::size_t>(j);
}

void CoactivationStats::accumulate(const RoutingRecord& record, int sign) {
    GS_CHECK_EQ(record.numLayers, numLayers_);
    GS_CHECK_EQ(record.numExperts, numExperts_);
    tokens_ += sign;
    for (int layer = 0; layer < numLayers_; ++layer) {
        const auto selected = record.layerSelected(layer);
        const auto count = static_cast<std::int64_t>(selected.size());
        assignments_[static_cast<std::size_t>(layer)] += sign * count;
        orderedPairs_[static_cast<std::size_t>(layer)] += sign * count * (count - 1);
        for (const auto i : selected)
            for (const auto j : selected) together_[cell(layer, i, j)] += sign;
    }
}

std::int64_t CoactivationStats::pairCount(int layer, int i, int j) const {
    return together_[cell(layer, i, j)];
}

double CoactivationStats::chanceGivenOne(int layer) const {
    const auto at = static_cast<std::size_t>(layer);
    if (assignments_[at] == 0 || numExperts_ == 1) return 0;
    return static_cast<double>(orderedPairs_[at]) /
           (static_cast<double>(assignments_[at]) * (numExperts_ - 1));
}

Statistic CoactivationStats::coactivation(int layer, int i, int j) const {
    GS_CHECK(i != j);
    return bands_.share(pairCount(layer, i, j), pairCount(layer, i, i), chanceGivenOne(layer));
}

Statistic CoactivationStats::pairShare(int layer, int i, int j) const {
    GS_CHECK(i != j);
    const double rate = tokens_ == 0
                            ? 0
                            : static_cast<double>(orderedPairs_[static_cast<std::size_t>(layer)]) /
                                  static_cast<double>(tokens_) /
                                  (static_cast<double>(numExperts_) * (numExperts_ - 1));
    return bands_.share(pairCount(layer, i, j), tokens_, rate);
}

Statistic CoactivationStats::lift(int layer, int i, int j) const {
    GS_CHECK(i != j);
    const std::int64_t fewer = std::min(pairCount(layer, i, i), pairCount(layer, j, j));
    Statistic s{.value = {}, .count = fewer, .chance = {}, .thin = fewer < kThinBelow};
    if (fewer == 0) return s;
    const auto tokens = static_cast<double>(tokens_);
    // Given n(i) and n(j), the pair's count is what chance moves: its band, scaled.
    const auto many = static_cast<double>(std::max(pairCount(layer, i, i), pairCount(layer, j, j)));
    const Statistic given = bands_.share(0, fewer, chanceGivenOne(layer));
    s.value =
        static_cast<double>(pairCount(layer, i, j)) * tokens / (static_cast<double>(fewer) * many);
    const double share =
        static_cast<double>(assignments_[static_cast<std::size_t>(layer)]) / tokens / numExperts_;
    s.chance = {chanceGivenOne(layer) / share,
                given.chance->low * tokens / many,
                given.chance->high * tokens / many};
    return s;
}

Statistic CoactivationStats::phi(int layer, int i, int j) const {
    GS_CHECK(i != j);
    const auto tokens = static_cast<double>(tokens_);
    const auto ni = static_cast<double>(pairCount(layer, i, i));
    const auto nj = static_cast<double>(pairCount(layer, j, j));
    const auto fewer = std::min(pairCount(layer, i, i), pairCount(layer, j, j));
    Statistic s{.value = {}, .count = fewer, .chance = {}, .thin = fewer < kThinBelow};
    const double spread = ni * (tokens - ni) * nj * (tokens - nj);
    if (spread <= 0) return s;
    s.value = (static_cast<double>(pairCount(layer, i, j)) * tokens - ni * nj) / std::sqrt(spread);
    const double level = -1.0 / (numExperts_ - 1);
    // Fisher's 1/sqrt(T) for a correlation near 0, as elsewhere about the level.
    static const double kWidth = normalQuantile((1 + kConfidence) / 2);  // costs 3 us
    const double half = kWidth / std::sqrt(tokens);
    s.chance = {level, std::max(-1.0, level - half), std::min(1.0, level + half)};
    return s;
}

}  // namespace gatescope

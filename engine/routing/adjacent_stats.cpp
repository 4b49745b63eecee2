#include "engine/routing/adjacent_stats.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "engine/check.h"
#include "engine/routing/distributions.h"
#include "engine/routing/expert_sets.h"
#include "engine/routing/uniform_routing.h"

namespace gatescope {
namespace {

/// What uniform routing gives two sets; costs more than to count them.
struct PairChance {
    explicit PairChance(const SetPair& of)
        : sets(of),
          meets(chanceSetsMeet(of)),
          jaccard(chanceJaccard(of)),
          jaccardSquare(chanceJaccardSquare(of)) {}
    bool isOf(const SetPair& other) const {
        return sets.first == other.first && sets.second == other.second;
    }

    SetPair sets;
    double meets;
    double jaccard;
    double jaccardSquare;
};

}  // namespace

AdjacentStats::AdjacentStats(int numLayers, int numExperts)
    : numExperts_(numExperts), layers_(static_cast<std::size_t>(numLayers)) {
    GS_CHECK(numLayers > 0 && numExperts > 0);
}

void AdjacentStats::clearPairs() {
    pairs_ = 0;
    std::ranges::fill(layers_, LayerSums{});
}

void AdjacentStats::countPair(const RoutingRecord& record, const RoutingRecord& next, int sign) {
    for (const RoutingRecord* r : {&record, &next}) {
        GS_CHECK_EQ(r->numLayers, numLayers());
        GS_CHECK_EQ(r->numExperts, numExperts_);
        GS_CHECK(r->numSelected > 0);
    }
    pairs_ += sign;
    std::optional<PairChance> chance;  // of the layer before: mostly of all
    for (int layer = 0; layer < numLayers(); ++layer) {
        const auto a = record.layerSelected(layer);
        const auto b = next.layerSelected(layer);
        const int shared = sharedExperts(a, b);
        const SetPair sets{numExperts_, static_cast<int>(a.size()), static_cast<int>(b.size())};
        const int together = sets.first + sets.second - shared;
        LayerSums& sums = layers_[static_cast<std::size_t>(layer)];
        if (!chance || !chance->isOf(sets)) chance.emplace(sets);
        sums.chanceMeets.accumulate(chance->meets, sign);
        sums.chanceJaccard.accumulate(chance->jaccard, sign);
        sums.chanceJaccardSquare.accumulate(chance->jaccardSquare, sign);
        sums.sameFirst += a[0] == b[0] ? sign : 0;
        sums.setsMeet += shared > 0 ? sign : 0;
        sums.jaccard.accumulate(static_cast<double>(shared) / together, sign);
    }
}

double AdjacentStats::perPair(const ExactSum& sum) const {
    return pairs_ == 0 ? 0 : sum.value() / static_cast<double>(pairs_);
}

Statistic AdjacentStats::sameFirst(int layer) const {
    return shareStatistic(
        layers_[static_cast<std::size_t>(layer)].sameFirst, pairs_, 1.0 / numExperts_);
}

Statistic AdjacentStats::setsMeet(int layer) const {
    // Rounding may leave a mean a hair above 1 where k = E.
    return shareStatistic(
        layers_[static_cast<std::size_t>(layer)].setsMeet,
        pairs_,
        std::clamp(perPair(layers_[static_cast<std::size_t>(layer)].chanceMeets), 0.0, 1.0));
}

Statistic AdjacentStats::jaccard(int layer) const {
    Statistic s{.value = {}, .count = pairs_, .chance = {}, .thin = pairs_ < kThinBelow};
    if (pairs_ == 0) return s;
    const LayerSums& sums = layers_[static_cast<std::size_t>(layer)];
    s.value = perPair(sums.jaccard);
    const double level = perPair(sums.chanceJaccard);
    const double variance = std::max(0.0, perPair(sums.chanceJaccardSquare) - level * level);
    const double half =
        normalQuantile((1 + kConfidence) / 2) * std::sqrt(variance / static_cast<double>(pairs_));
    s.chance = {level, std::max(0.0, level - half), std::min(1.0, level + half)};
    return s;
}

Statistic AdjacentStats::runLength(int layer) const {
    Statistic s{.value = {}, .count = tokens_, .chance = {}, .thin = pairs_ < kThinBelow};
    if (tokens_ == 0) return s;
    const auto tokens = static_cast<double>(tokens_);
    const auto length = [tokens](double same) { return tokens / (tokens - same); };
    const CountBand band = binomialBand(pairs_, 1.0 / numExperts_);
    s.value = length(static_cast<double>(layers_[static_cast<std::size_t>(layer)].sameFirst));
    s.chance = {length(static_cast<double>(pairs_) / numExperts_),
                length(static_cast<double>(band.low)),
                length(static_cast<double>(band.high))};
    return s;
}

}  // namespace gatescope

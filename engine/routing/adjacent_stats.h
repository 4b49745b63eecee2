#pragma once

#include <cstdint>
#include <vector>

#include "engine/routing/exact_sum.h"
#include "engine/routing/routing_record.h"
#include "engine/routing/statistic.h"

namespace gatescope {

/// How much a token's routing repeats its predecessor's. Sums over tokens and over pairs of
/// neighbours; each counts O(layers * k^2). AdjacentRange (range_stats.h) keeps the two in step.
/// Used by one thread.
class AdjacentStats {
  public:
    AdjacentStats(int numLayers, int numExperts);

    /// sign 1 adds, -1 takes out, exactly.
    void countToken(int sign) { tokens_ += sign; }
    void countPair(const RoutingRecord& record, const RoutingRecord& next, int sign);
    void clearTokens() { tokens_ = 0; }
    void clearPairs();

    int numLayers() const { return static_cast<int>(layers_.size()); }
    std::int64_t tokens() const { return tokens_; }
    std::int64_t pairs() const { return pairs_; }

    // Counts are pairs. Empty without pairs.

    /// Share of pairs with the same first choice. By chance 1/E, binomial (Mixtral, arXiv
    /// 2401.04088, Table 5, "first choice").
    Statistic sameFirst(int layer) const;
    /// Share of pairs whose selections share an expert. By chance 1 - C(E-k, k)/C(E, k) (Mixtral,
    /// Table 5, "first or second choice"), binomial: given one set, the next is still uniform.
    Statistic setsMeet(int layer) const;
    /// Mean |A and B| / |A or B| of the two selections; band normal.
    Statistic jaccard(int layer) const;
    /// Mean length of runs of one first choice: tokens / (tokens - pairs with the same). Every gap
    /// and both ends of the range end a run. By chance 1 / (1 - 1/E) in an endless range, less in a
    /// short one: the level takes the pairs there are. The count is tokens.
    Statistic runLength(int layer) const;

    friend bool operator==(const AdjacentStats&, const AdjacentStats&) = default;

  private:
    struct LayerSums {
        std::int64_t sameFirst = 0;
        std::int64_t setsMeet = 0;
        ExactSum jaccard;
        ExactSum chanceMeets;
        ExactSum chanceJaccard;
        ExactSum chanceJaccardSquare;
        friend bool operator==(const LayerSums&, const LayerSums&) = default;
    };
    /// Mean over the pairs of what chance gives: differs between them where top-k was changed.
    double perPair(const ExactSum& sum) const;

    int numExperts_;
    std::int64_t tokens_ = 0;
    std::int64_t pairs_ = 0;
    std::vector<LayerSums> layers_;
};

}  // namespace gatescope

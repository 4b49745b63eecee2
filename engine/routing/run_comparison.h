#pragma once

#include <cstdint>
#include <vector>

#include "engine/routing/exact_sum.h"
#include "engine/routing/routing_record.h"
#include "engine/routing/routing_stats.h"
#include "engine/routing/statistic.h"

namespace gatescope {

/// How far two runs route the same tokens alike: two precisions, ablated against plain, decode
/// against prefill, two checkpoints. Each add and remove costs O(layers * k^2), exactly undone.
/// Used by one thread. Source: OLMoE (arXiv 2409.02060), section 5.1, "router saturation".
class SaturationStats {
  public:
    SaturationStats(int numLayers, int numExperts);

    /// The same token in the run and in the reference. Requires the shape given above; k may
    /// differ.
    void add(const RoutingRecord& run, const RoutingRecord& reference) {
        accumulate(run, reference, 1);
    }
    void remove(const RoutingRecord& run, const RoutingRecord& reference) {
        accumulate(run, reference, -1);
    }

    std::int64_t tokens() const { return tokens_; }
    /// Mean over tokens of |A and B| / k, k that of the reference. By chance k(run)/E: 25 % for 2
    /// of 8. Count tokens; band normal.
    Statistic saturation(int layer) const;
    /// Share of tokens with the same first choice. By chance 1/E, binomial.
    Statistic sameFirst(int layer) const;

    friend bool operator==(const SaturationStats&, const SaturationStats&) = default;

  private:
    struct LayerSums {
        ExactSum shared;  ///< |A and B| / k
        ExactSum chanceShared;
        ExactSum chanceVariance;
        std::int64_t sameFirst = 0;
        friend bool operator==(const LayerSums&, const LayerSums&) = default;
    };
    void accumulate(const RoutingRecord& run, const RoutingRecord& reference, int sign);

    int numExperts_;
    std::int64_t tokens_ = 0;
    std::vector<LayerSums> layers_;
};

/// An expert's rate of selection (n/T) in tokens A less that in tokens B: what SteerMoE (arXiv
/// 2509.09660) ranks experts by.
struct Contrast {
    int layer = 0;
    int expert = 0;
    double difference = 0;  ///< -1 to 1
    double low = 0;         ///< interval of `difference`
    double high = 0;
    std::int64_t countA = 0;  ///< n, of tokensA
    std::int64_t countB = 0;
    std::int64_t tokensA = 0;
    std::int64_t tokensB = 0;
    bool thin = false;  ///< one side has fewer than kThinBelow tokens
    /// Zero lies outside the interval. Of many cells looked at, 1 - confidence do so by luck.
    bool stands() const { return low > 0 || high < 0; }
};

/// Newcombe's interval from the two Wilson intervals (1998, "Interval estimation for the difference
/// between independent proportions", method 10): it stays within -1 to 1 and does not collapse at
/// 0 % and 100 %. It takes tokens as independent, which neighbours in a text are not quite; and the
/// two sides too, so where both hold the same tokens (ablated against plain) it is wider than need
/// be.
/// Requires tokens on both sides and equal shapes.
Contrast contrast(const RoutingStats& a,
                  const RoutingStats& b,
                  int layer,
                  int expert,
                  double confidence = kConfidence);

/// All cells: first those that stand, the one whose interval lies farthest from 0 before the
/// others, then the rest by the size of their difference. Empty when a side has no tokens.
std::vector<Contrast> rankedContrasts(const RoutingStats& a,
                                      const RoutingStats& b,
                                      double confidence = kConfidence);

}  // namespace gatescope

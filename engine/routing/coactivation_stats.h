#pragma once

#include <cstdint>
#include <vector>

#include "engine/routing/band_memo.h"
#include "engine/routing/routing_record.h"
#include "engine/routing/statistic.h"

namespace gatescope {

/// Which experts of a layer are selected together: all pairs of a token's selection, not only those
/// that are neighbours by rank. Each add and remove costs O(layers * k^2), exactly undone. Used by
/// one thread.
class CoactivationStats {
  public:
    CoactivationStats(int numLayers, int numExperts);

    /// Requires the shape given above.
    void add(const RoutingRecord& record) { accumulate(record, 1); }
    void remove(const RoutingRecord& record) { accumulate(record, -1); }
    void clear();

    int numLayers() const { return numLayers_; }
    int numExperts() const { return numExperts_; }
    std::int64_t tokens() const { return tokens_; }

    /// Tokens that selected both; for i = j those that selected i. Symmetric.
    std::int64_t pairCount(int layer, int i, int j) const;

    // Requires i != j. Where tokens differ in k, rates are their means and bands a little wide.

    /// C(i, j) = n(i and j) / n(i): of the tokens that selected i, how many selected j too. Not
    /// symmetric. Count n(i). By chance (k-1)/(E-1), binomial given n(i). Source: OLMoE (arXiv
    /// 2409.02060), section 5.2.
    Statistic coactivation(int layer, int i, int j) const;
    /// n(i and j) / T. By chance k(k-1) / (E(E-1)), binomial. Count T.
    Statistic pairShare(int layer, int i, int j) const;
    /// T n(i and j) / (n(i) n(j)): how much more often together than their loads say. By chance
    /// (k-1)E / (k(E-1)), below 1: a place that i has taken is no longer there for j. Count n(i)
    /// or n(j), the smaller.
    Statistic lift(int layer, int i, int j) const;
    /// Correlation of the two selections, -1 to 1: Pearson's phi. By chance -1/(E-1). Empty where
    /// an expert has no token or all. Count as lift's. Source: Yule 1912.
    Statistic phi(int layer, int i, int j) const;

    friend bool operator==(const CoactivationStats&, const CoactivationStats&) = default;

  private:
    void accumulate(const RoutingRecord& record, int sign);
    std::size_t cell(int layer, int i, int j) const;
    /// sum k(k-1) / ((E-1) sum k).
    double chanceGivenOne(int layer) const;

    int numLayers_;
    int numExperts_;
    std::int64_t tokens_ = 0;
    std::vector<std::int64_t> assignments_;   ///< [numLayers] sum of k
    std::vector<std::int64_t> orderedPairs_;  ///< [numLayers] sum of k(k-1)
    std::vector<std::int64_t> together_;      ///< [numLayers, numExperts, numExperts]
    mutable BandMemo bands_;
};

}  // namespace gatescope

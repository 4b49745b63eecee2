#pragma once

#include <cstdint>
#include <vector>

#include "engine/routing/band_memo.h"
#include "engine/routing/exact_sum.h"
#include "engine/routing/routing_record.h"
#include "engine/routing/statistic.h"

namespace gatescope {

/// Where the tokens that went to one expert go in another layer: transition matrices between any
/// two layers of the same tokens, and how much one choice tells of the other. Each add and remove
/// costs O(E^2), exactly undone. Used by one thread.
/// Source: OLMoE (arXiv 2409.02060), its cross-layer figures; there rank r is paired with rank r
/// only, here `selected` takes all k x k pairs.
class TransitionStats {
  public:
    /// Layers `from` and `to` of models with numExperts; they may be equal.
    TransitionStats(int from, int to, int numExperts);

    /// Requires both layers and numExperts.
    void add(const RoutingRecord& record) { accumulate(record, 1); }
    void remove(const RoutingRecord& record) { accumulate(record, -1); }
    void clear();

    int from() const { return from_; }
    int to() const { return to_; }
    std::int64_t tokens() const { return tokens_; }
    /// Tokens whose first choice was i, then j.
    std::int64_t firstCount(int i, int j) const { return firsts_[cell(i, j)]; }
    /// Tokens that selected i, and j in the other layer.
    std::int64_t selectedCount(int i, int j) const { return selected_[cell(i, j)]; }
    /// sum_t p_i p_j, in tokens.
    double massSum(int i, int j) const { return masses_[cell(i, j)].value(); }

    /// P(first choice j at `to` given first choice i at `from`). Count: tokens with i first. By
    /// chance 1/E, binomial.
    Statistic first(int i, int j) const;
    /// P(j selected at `to` given i selected at `from`): rows add up to k. Count: tokens with i
    /// selected. By chance k/E, binomial.
    Statistic selected(int i, int j) const;
    /// sum_t p_i p_j / sum_t p_i: rows add up to 1 (to what f16 keeps of it). Count: all tokens. By
    /// chance (p = 1/E at `to`) 1/E.
    Statistic mass(int i, int j) const;
    /// Mutual information of the two first choices (information.h), count tokens.
    Statistic firstInformation() const;
    /// The same of the mass table sum_t p_i p_j; its bias is at most the chance level given.
    Statistic massInformation() const;

    friend bool operator==(const TransitionStats&, const TransitionStats&) = default;

  private:
    void accumulate(const RoutingRecord& record, int sign);
    std::size_t cell(int i, int j) const;

    int from_;
    int to_;
    int numExperts_;
    std::int64_t tokens_ = 0;
    std::int64_t assignments_ = 0;            ///< sum of k in layer `to`
    std::vector<std::int64_t> firsts_;        ///< [numExperts, numExperts]
    std::vector<std::int64_t> selected_;      ///< [numExperts, numExperts]
    std::vector<std::int64_t> fromFirsts_;    ///< [numExperts]
    std::vector<std::int64_t> fromSelected_;  ///< [numExperts]
    std::vector<ExactSum> masses_;            ///< [numExperts, numExperts]
    std::vector<ExactSum> fromMass_;          ///< [numExperts]
    mutable BandMemo bands_;
};

}  // namespace gatescope

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/routing/chance_band.h"
#include "engine/routing/exact_sum.h"
#include "engine/routing/router_measures.h"
#include "engine/routing/routing_record.h"

namespace gatescope {

// Every statistic of routing, in double precision, is defined in this folder once. T tokens, E
// experts, k selected a token; p(1) >= p(2) >= ... are one token's router probabilities in one
// layer, sorted. "By chance" is the value under uniform routing. Sources are named at each; where
// none is, the definition is the project's own (ui-and-inspection page, D1).
// Here are the sums and what the views read every frame; layer_statistics.h gives all numbers about
// a layer with their counts and chance levels.

/// Sums over a set of tokens, from which the means and shares follow. Tokens may be taken out
/// again; each add and remove costs O(layers * experts). Used by one thread.
class RoutingStats {
  public:
    RoutingStats(int numLayers, int numExperts);

    /// Requires the shape given above.
    void add(const RoutingRecord& record);
    /// Undoes one add() of an equal record, exactly: what is left equals a fresh sum, bit for bit.
    void remove(const RoutingRecord& record);
    void clear();

    int numLayers() const { return numLayers_; }
    int numExperts() const { return numExperts_; }
    int tokens() const { return tokens_; }  ///< T
    /// sum of k over the tokens: k T, unless top-k was changed between them.
    std::int64_t assignments(int layer) const;
    /// k, or its mean where tokens or layers differ in it; 0 without tokens.
    double meanSelected() const;
    /// Variance of any expert's count under uniform routing: sum over tokens of q (1 - q), q = k/E.
    double countVariance(int layer) const;
    /// P(an expert is never selected) under uniform routing: product over tokens of 1 - k/E.
    double chanceNeverSelected(int layer) const;

    // Each is 0 when there are no tokens.

    /// n: how many tokens selected the expert. Counting is right at inference; training balances a
    /// smooth estimate (Shazeer et al. 2017, "Outrageously Large Neural Networks", section 4).
    std::int64_t count(int layer, int expert) const;
    /// How many tokens had the expert as their first choice, s1: the largest gate.
    std::int64_t firstCount(int layer, int expert) const;
    /// f = n / (k T), sums to 1 over the experts. By chance 1/E.
    double loadShare(int layer, int expert) const;
    /// n / T: the share of tokens that used the expert. By chance k/E (OLMoE, section 5.3).
    double tokenShare(int layer, int expert) const;
    /// sum over tokens of p, selected or not. By chance T/E (Shazeer et al. 2017, "importance").
    double importance(int layer, int expert) const;
    /// sum over tokens of the gate actually applied: 0 where the expert was not selected or was
    /// ablated.
    double appliedImportance(int layer, int expert) const;
    /// 2^H(f), 1 to E: how many equally used experts would spread as the shares do (Hill number of
    /// order 1). By chance a little below E.
    double effectiveExperts(int layer) const;
    /// 1 / sum f^2 (Hill number of order 2, the participation ratio): rare experts count less.
    double participationRatio(int layer) const;
    /// Population standard deviation of n over its mean (Shazeer et al. 2017). By chance about
    /// sqrt((E - k) / (k T)), not 0.
    double loadVariation(int layer) const;
    /// Means over tokens of RouterMeasures.
    RouterMeasures mean(int layer) const;
    /// Share of tokens whose decisive margin is below 1e-3: another rounding could have selected
    /// another expert.
    double fragileShare(int layer) const;
    /// Q = (E - 1) / (E v) * sum_e (n_e - A/E)^2 with v = countVariance(layer), A =
    /// assignments(layer):
    /// chi-square with E - 1 degrees under uniform routing, so about E - 1 by chance. v is
    /// T q (1 - q), hence 14/(3T) for 2 of 8; the textbook's divisor, for independent counts, is
    /// wrong here. 0 where there is no choice (k = E). Counts of any two experts have the
    /// covariance -v / (E - 1), which makes E v / (E - 1) the variance in every direction.
    double balanceStatistic(int layer) const;
    /// Of loadShare. When tokens differ in k: the band of the smallest k, which is the widest.
    ChanceBand chanceBand(int layer, BandScope scope, double confidence = 0.95) const;
    /// The widest of all layers.
    ChanceBand widestChanceBand(BandScope scope, double confidence = 0.95) const;

    /// What layer_statistics.h needs beside the above: sums over the tokens of one layer.
    struct LayerSums {
        ExactSum entropyBits;
        ExactSum margin;
        ExactSum decisiveMargin;
        ExactSum relativeMargin;  ///< margin / p(1)
        ExactSum routedMass;
        ExactSum firstProb;
        ExactSum logitMargin;           ///< of the tokens that have one
        ExactSum decisiveLogitMargin;   ///< the same
        ExactSum squaredLogSumExp;      ///< of the tokens whose records keep it: of the z value
        ExactSum chanceVariance;        ///< of an expert's p when each token's p are shuffled
        ExactSum chanceGateVariance;    ///< the same of gates
        std::int64_t logitMargins = 0;  ///< how many tokens have one
        std::int64_t decisiveLogitMargins = 0;  ///< the same
        std::int64_t logSumExps = 0;            ///< of squaredLogSumExp
        std::int64_t fragile = 0;
        std::int64_t assignments = 0;
        friend bool operator==(const LayerSums&, const LayerSums&) = default;
    };
    const LayerSums& sums(int layer) const { return layers_[static_cast<std::size_t>(layer)]; }
    friend bool operator==(const RoutingStats&, const RoutingStats&) = default;

  private:
    void accumulate(const RoutingRecord& record, int sign);
    void accumulateLayer(const RoutingRecord& record, int layer, int sign);
    std::size_t cell(int layer, int expert) const;
    std::span<const std::int64_t> bySelected(int layer) const;  ///< [numExperts + 1]

    int numLayers_;
    int numExperts_;
    int tokens_ = 0;
    std::vector<std::int64_t> tokensBySelected_;  ///< [numLayers, numExperts + 1] with that k
    std::vector<std::int64_t> counts_;            ///< [numLayers, numExperts]
    std::vector<std::int64_t> firsts_;            ///< [numLayers, numExperts]
    std::vector<ExactSum> probs_;                 ///< [numLayers, numExperts]
    std::vector<ExactSum> gates_;                 ///< [numLayers, numExperts]
    std::vector<LayerSums> layers_;               ///< [numLayers]
};

}  // namespace gatescope

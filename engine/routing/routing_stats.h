#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/routing/chance_band.h"
#include "engine/routing/routing_record.h"
#include "engine/routing/routing_trace.h"

namespace gatescope {

// Every statistic of routing, in double precision, defined here once. T tokens, E experts, k
// selected a token; p(1) >= p(2) >= ... are one token's router probabilities in one layer, sorted.
// "By chance" is the value under uniform routing. Sources are named at each; where none is, the
// definition is the project's own (ui-and-inspection page, D1).

/// How one router treated one token.
struct RouterMeasures {
    double entropyBits = 0;     ///< -sum p log2 p, 0 to log2 E: how unsure; by chance log2 E
    double margin = 0;          ///< p(1) - p(2), 0 to 1: how far the first choice is ahead
    double decisiveMargin = 0;  ///< p(k) - p(k+1): how near the next expert was to being selected
    double routedMass = 0;      ///< sum of the selected experts' p; Grok-1 applies p as it is, so
                                ///< 1 - mass is real attenuation (xai-org/grok-1 model.py)
    double firstProb = 0;       ///< p(1)
};

/// probs [numExperts], selected [numSelected]. With one expert the margin is p(1); with k = E
/// nobody can miss selection and the decisive margin is p(E), as if the next one were 0.
RouterMeasures measureRouter(std::span<const float> probs, std::span<const std::int32_t> selected);

/// The mean of each measure over the layers of one token: a point of the charts over tokens.
RouterMeasures meanOverLayers(const RoutingRecord& record);

/// Sums over a set of tokens, from which the means and shares follow. Tokens may be taken out
/// again; each add and remove costs O(layers * experts). Used by one thread.
class RoutingStats {
  public:
    RoutingStats(int numLayers, int numExperts);

    /// Requires the shape given above.
    void add(const RoutingRecord& record);
    /// Undoes one add() of an equal record. Sums of doubles: what is left differs from a fresh sum
    /// by less than 1e-9 after a million tokens, and is exactly zero when no token is left.
    void remove(const RoutingRecord& record);
    void clear();

    int numLayers() const { return numLayers_; }
    int numExperts() const { return numExperts_; }
    int tokens() const { return tokens_; }  ///< T
    /// sum of k over the tokens: k T, unless top-k was changed between them.
    std::int64_t assignments() const { return assignments_; }

    // Each is 0 when there are no tokens.

    /// n: how many tokens selected the expert. Counting is right at inference; training balances a
    /// smooth estimate (Shazeer et al. 2017, "Outrageously Large Neural Networks", section 4).
    std::int64_t count(int layer, int expert) const;
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
    /// Q = (E - 1) / (E q (1 - q) T) * sum_e (n_e - q T)^2 with q = k/E: chi-square with E - 1
    /// degrees under uniform routing, so about E - 1 by chance (14/(3T) for 2 of 8; the textbook's
    /// divisor, for independent counts, is wrong here). 0 when the tokens differ in k or k = E.
    double balanceStatistic(int layer) const;
    /// Of loadShare. When tokens differ in k: the band of the smallest k, which is the widest.
    ChanceBand chanceBand(BandScope scope, double confidence = 0.95) const;

  private:
    struct LayerSums {
        double entropyBits = 0;
        double margin = 0;
        double decisiveMargin = 0;
        double routedMass = 0;
        double firstProb = 0;
        std::int64_t fragile = 0;
    };
    void accumulate(const RoutingRecord& record, int sign);
    std::size_t cell(int layer, int expert) const;

    int numLayers_;
    int numExperts_;
    int tokens_ = 0;
    std::int64_t assignments_ = 0;
    std::vector<std::int64_t> tokensBySelected_;  ///< [numExperts + 1] tokens with that k
    std::vector<std::int64_t> counts_;            ///< [numLayers, numExperts]
    std::vector<double> probs_;                   ///< [numLayers, numExperts]
    std::vector<double> gates_;                   ///< [numLayers, numExperts]
    std::vector<LayerSums> layers_;               ///< [numLayers]
};

/// Prompt and reply are separate populations: a prompt was not the model's choice.
enum class Population { All, Prompt, Generated };

/// The statistics of a stretch of a trace that moves or grows: only tokens that came or went are
/// computed. `trace` must outlive it. Used by one thread.
class RangeStats {
  public:
    RangeStats(const RoutingTrace& trace, Population population);

    /// Statistics of the tokens [first, end) that are computed and in the population; the range is
    /// cut to the trace. Valid until the next call.
    const RoutingStats& over(int first, int end);

  private:
    void apply(int first, int end, void (RoutingStats::*change)(const RoutingRecord&));

    const RoutingTrace& trace_;
    Population population_;
    RoutingStats stats_;
    int first_ = 0;
    int end_ = 0;
};

}  // namespace gatescope

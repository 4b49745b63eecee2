#pragma once

#include <cstdint>

namespace gatescope {

// What uniform routing gives, for any E and k: each token takes k of E experts uniformly, without
// repetition, independently of everything else. Two tokens' (or layers', or runs') sets then share
// Hypergeometric(E, k1, k2) experts. Everywhere 1 <= k <= E.

/// Sets of k1 and k2 experts out of E.
struct SetPair {
    int experts = 0;
    int first = 0;   ///< k1
    int second = 0;  ///< k2
};

/// P(they share an expert) = 1 - C(E-k1, k2) / C(E, k2): 46.4 % for 2 of 8.
double chanceSetsMeet(const SetPair& sets);
/// E |A and B| / |A or B|, the mean Jaccard index: 17.9 % for 2 of 8.
double chanceJaccard(const SetPair& sets);
/// E (|A and B| / |A or B|)^2.
double chanceJaccardSquare(const SetPair& sets);
/// Variance of |A and B|, whose mean is k1 k2 / E.
double chanceSharedVariance(const SetPair& sets);

/// E sum_e max(0, n_e - C A / E) / A for A assignments over `tokens` tokens: the share of
/// assignments beyond capacity factor C. From the binomial marginal, exactly, when all tokens have
/// the same k; else a little too much. Requires 0 < assignments <= tokens * experts.
/// Source: Fedus et al. 2021, "Switch Transformers", section 2.2 (capacity factor).
double chanceOverflow(std::int64_t tokens,
                      std::int64_t assignments,
                      int experts,
                      double capacityFactor);

/// Expected share that the favourite of `experts` has among `observations` first choices made by
/// chance: E[max_e n_e] / n for Multinomial(n, 1/E). For 8: 100 % of 1, 56 % of 2, 30 % of 10, 18 %
/// of 100. Error below 0.01, from 10 observations on below 0.0005 (0.002 for two experts).
/// Requires observations >= 1, experts >= 1. Takes O(sqrt(n / E)) where n is large.
/// Source: Levin 1981, "A Representation for Multinomial Cumulative Distribution Functions" (Annals
/// of Statistics 9), with its Edgeworth expansion.
double chanceFavouriteShare(std::int64_t observations, int experts);

}  // namespace gatescope

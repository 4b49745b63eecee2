#pragma once

#include <vector>

#include "engine/routing/routing_stats.h"
#include "engine/routing/statistic.h"

namespace gatescope {

// Every number about one layer, and about one expert in it, with its count and its chance level.
// T tokens, k of E, n a count, f = n / A its share of the assignments A = sum of k, P = mean of p.
// Where uniform routing says nothing about probabilities, `chance` is of a router that gives every
// expert 1/E (the band is that one value), or of one that is as sure as this one but picks by
// chance ("shuffled": each token's p go to random experts).
//
// Of a layer; the count is T unless it says otherwise:
//   load_cv                 std_e(n) / mean_e(n), population std (Shazeer et al. 2017); by chance
//                           sqrt(E^2 v / A^2), 1.73/sqrt(T) for 2 of 8; band from the balance test
//   importance_cv           the same of sum p; shuffled
//   applied_importance_cv   the same of the gates applied; shuffled
//   max_violation           E max_e f - 1 (Wang et al. 2024, "Auxiliary-Loss-Free Load Balancing");
//                           by chance 0 only as T grows: level from the expected largest of E
//                           normals, high by Bonferroni
//   balance_q               RoutingStats::balanceStatistic; chi-square with E - 1 degrees
//   balance_p               P(Q larger) by chance
//   token_entropy_bits      mean over tokens of -sum p log2 p: how unsure; by chance log2 E
//   token_entropy_share     the same / log2 E (none for E = 1)
//   mean_prob_entropy_bits  entropy of P: how spread; by chance log2 E
//   load_entropy_bits       entropy of f; by chance log2 E minus its bias (E-k)/(2 k T ln 2)
//                           (Miller-Madow's (E-1)/(2 T ln 2) for k = 1)
//   information_bits        mean_prob_entropy - token_entropy: how far the choice depends on the
//                           token; by chance 0. It is too small by information_bias_bits
//   information_bias_bits   at most this: (m - 1) / (2 T ln 2), m experts with P > 0 (Miller 1955);
//                           reached when every token is certain
//   margin, decisive_margin mean of p(1) - p(2), p(k) - p(k+1); by chance 0
//   relative_margin         mean of margin / p(1); by chance 0
//   logit_margin, decisive_logit_margin   mean of the same differences of logits, over the tokens
//                           that have one (count); by chance 0
//   first_prob              mean p(1); by chance 1/E
//   routed_mass             mean sum of the selected p; by chance k/E. Grok-1 applies p as it is;
//                           for a model that renormalises it is what it would be without
//   fragile_share           share of tokens with decisive margin < 1e-3
//   effective_experts       2^H(f) (Hill number of order 1); by chance 2^load_entropy's
//   participation_ratio     1 / sum f^2 (order 2) = E / (1 + CV^2), and so its chance
//   dead_experts            experts never selected. Empty where too few tokens came to say that:
//                           when numLayers E prod(1 - k/E) >= 0.05 (T < 33 for 64 layers, 2 of 8)
//   overflow_1_00, overflow_1_25   sum_e max(0, n_e - C A/E) / A: what would overflow at capacity
//                           factor C (Lepikhin et al. 2020, GShard; Fedus et al. 2021); Grok-1
//                           drops nothing
//   switch_loss             E sum f P, f a share of assignments (Fedus et al. 2021, equation 4,
//                           which has k = 1); by chance 1
//   slot_loss               E sum (n/T) P: summed over the k slots, as Hugging Face's Mixtral and
//                           OLMoE do; k times the former; by chance k
//   z_value                 mean of (ln sum exp logits)^2 over the tokens whose records keep it
//                           (count), as zValue() in router_measures.h; no chance level

/// In the order above.
std::vector<NamedStatistic> layerStatistics(const RoutingStats& stats, int layer);

// Of an expert:
//   load_count              n; by chance T k/E; band binomial
//   token_share             n / T; by chance k/E; the same band / T
//   load_share              f; by chance 1/E; the same band / (k T)
//   first_share             share of tokens whose first choice it is; by chance 1/E; band binomial
//   importance              sum over tokens of p; by chance (shuffled) 1/E of the layer's sum; band
//                           normal
//   applied_importance      the same of the gates applied (0 where not selected, or ablated)
//   dead                    1: never selected, and enough tokens came to say so; 0: selected; empty
//                           otherwise. The chance is that of never being selected

/// In the order above.
std::vector<NamedStatistic> expertStatistics(const RoutingStats& stats, int layer, int expert);

/// Do the tokens suffice to call an expert without selections dead? Derived: by chance less than
/// 0.05 of all layers' experts together would have none.
bool deadCanBeTold(const RoutingStats& stats);

}  // namespace gatescope

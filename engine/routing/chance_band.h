#pragma once

namespace gatescope {

/// What a chart of shares shows where the router does nothing but chance.
enum class BandScope {
    OneExpert,   ///< an expert looked at alone lies inside with the confidence asked for
    AllExperts,  ///< all experts of a layer lie inside together with at least that confidence
};

/// Shares of the assignments, f = n / (k T), that uniform routing gives an expert.
struct ChanceBand {
    double level = 0;  ///< expected: 1 / experts
    double low = 0;
    double high = 0;
};

/// Under uniform routing each token takes `selected` of `experts` without repetition, independently
/// of the others. An expert's count n over T tokens is then exactly Binomial(T, k/E); counts of two
/// experts are correlated, each pair by -1/(E-1), which only narrows what they do together. `low`
/// and `high` are the smallest and largest n / (k T) that leave at most half of the improbability
/// (1 - confidence) on each side; for all experts that is shared among the E of them (Bonferroni;
/// it errs towards a wider band). With no tokens the band is 0 to 1.
/// Requires 1 <= selected <= experts, tokens >= 0, 0 < confidence < 1. Takes O(sqrt(tokens)).
/// Source: binomial marginal of sampling without replacement; ui-and-inspection page, D1 (balance
/// test's covariance).
ChanceBand chanceBand(
    int tokens, int selected, int experts, BandScope scope, double confidence = 0.95);

}  // namespace gatescope

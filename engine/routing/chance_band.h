#pragma once

#include <cstdint>

namespace gatescope {

/// What a chart of shares shows where the router does nothing but chance.
enum class BandScope {
    OneExpert,   ///< an expert looked at alone lies inside with the confidence asked for
    AllExperts,  ///< all experts of a layer lie inside together with at least that confidence
};

/// What uniform routing gives a statistic. Of a load share: shares of the assignments, n / (k T).
struct ChanceBand {
    double level = 0;  ///< expected: for a load share 1 / experts
    double low = 0;    ///< NaN where only the level is known
    double high = 0;   ///< the same
};

/// Confidence of every band and interval that does not ask for another.
inline constexpr double kConfidence = 0.95;

/// Counts of Binomial(trials, rate): the smallest and the largest that leave at most half of the
/// improbability (1 - confidence) on each side. Requires trials >= 0, 0 <= rate <= 1, 0 <
/// confidence < 1. Takes O(sqrt(trials)).
struct CountBand {
    std::int64_t low = 0;
    std::int64_t high = 0;
};
CountBand binomialBand(std::int64_t trials, double rate, double confidence = kConfidence);

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
    int tokens, int selected, int experts, BandScope scope, double confidence = kConfidence);

}  // namespace gatescope

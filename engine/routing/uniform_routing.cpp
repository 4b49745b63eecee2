#include "engine/routing/uniform_routing.h"

#include <math.h>  // lgamma_r: std::lgamma writes a global

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/check.h"

namespace gatescope {
namespace {

double logFactorial(double n) {
    int sign = 0;
    return ::lgamma_r(n + 1, &sign);
}

double logChoose(int n, int k) {
    return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

void check(const SetPair& s) {
    GS_CHECK(s.first >= 1 && s.second >= 1 && s.first <= s.experts && s.second <= s.experts);
}

/// P(|A and B| = shared); 0 where that cannot be.
double sharedProbability(const SetPair& s, int shared) {
    const int missed = s.second - shared;
    if (shared < 0 || missed < 0 || shared > s.first || missed > s.experts - s.first) return 0;
    return std::exp(logChoose(s.first, shared) + logChoose(s.experts - s.first, missed) -
                    logChoose(s.experts, s.second));
}

double jaccardMoment(const SetPair& sets, int power) {
    check(sets);
    double mean = 0;
    for (int shared = 1; shared <= std::min(sets.first, sets.second); ++shared) {
        const double jaccard = static_cast<double>(shared) / (sets.first + sets.second - shared);
        mean += sharedProbability(sets, shared) * std::pow(jaccard, power);
    }
    return mean;
}

/// Poisson(mean) cut off above `largest` and brought back to a sum of one.
struct CutPoisson {
    double mass = 0;  ///< P(Poisson <= largest), before
    double mean = 0;
    double variance = 0;
    double skew = 0;    ///< third cumulant / variance^1.5
    double excess = 0;  ///< fourth cumulant / variance^2
};

CutPoisson cutPoisson(double rate, std::int64_t largest) {
    // Below twelve standard deviations nothing is left; two passes, as moments are about the mean.
    const auto least =
        std::max<std::int64_t>(0, static_cast<std::int64_t>(rate - 12 * std::sqrt(rate) - 2));
    const auto probability = [rate](std::int64_t i) {
        const auto n = static_cast<double>(i);
        return std::exp(n * std::log(rate) - logFactorial(n) - rate);
    };
    CutPoisson cut;
    for (auto i = least; i <= largest; ++i) {
        cut.mass += probability(i);
        cut.mean += probability(i) * static_cast<double>(i);
    }
    if (cut.mass <= 0) return cut;
    cut.mean /= cut.mass;
    double third = 0;
    double fourth = 0;
    for (auto i = least; i <= largest; ++i) {
        const double off = static_cast<double>(i) - cut.mean;
        const double square = off * off * probability(i) / cut.mass;
        cut.variance += square;
        third += square * off;
        fourth += square * off * off;
    }
    if (cut.variance <= 0) return cut;
    cut.skew = third / std::pow(cut.variance, 1.5);
    cut.excess = fourth / (cut.variance * cut.variance) - 3;
    return cut;
}

/// P(every one of `experts` counts <= largest) for n thrown at them by chance: that of independent
/// Poisson counts, given that they add up to n.
double noneAbove(std::int64_t largest, std::int64_t n, int experts) {
    const auto total = static_cast<double>(n);
    const double rate = total / experts;
    const CutPoisson cut = cutPoisson(rate, largest);
    if (cut.variance <= 0) return 0;
    const double spread = std::sqrt(experts * cut.variance);
    const double x = (total - experts * cut.mean) / spread;
    const double skew = cut.skew / std::sqrt(experts);
    const double excess = cut.excess / experts;
    const double x2 = x * x;
    const double edgeworth = 1 + skew / 6 * x * (x2 - 3) + excess / 24 * (x2 * x2 - 6 * x2 + 3) +
                             skew * skew / 72 * (x2 * x2 * x2 - 15 * x2 * x2 + 45 * x2 - 15);
    const double sumIsN = std::exp(-x2 / 2) / std::sqrt(2 * std::numbers::pi) / spread * edgeworth;
    const double poissonIsN = std::exp(total * std::log(total) - logFactorial(total) - total);
    return std::clamp(std::pow(cut.mass, experts) * sumIsN / poissonIsN, 0.0, 1.0);
}

}  // namespace

double chanceSetsMeet(const SetPair& sets) {
    check(sets);
    return 1 - sharedProbability(sets, 0);
}

double chanceJaccard(const SetPair& sets) {
    return jaccardMoment(sets, 1);
}

double chanceJaccardSquare(const SetPair& sets) {
    return jaccardMoment(sets, 2);
}

double chanceSharedVariance(const SetPair& sets) {
    check(sets);
    if (sets.experts == 1) return 0;
    const double q = static_cast<double>(sets.second) / sets.experts;
    return sets.first * q * (1 - q) * (sets.experts - sets.first) / (sets.experts - 1.0);
}

double chanceOverflow(std::int64_t tokens,
                      std::int64_t assignments,
                      int experts,
                      double capacityFactor) {
    GS_CHECK(assignments > 0 && assignments <= tokens * experts);
    const auto size = static_cast<double>(tokens);
    const double mean = static_cast<double>(assignments) / experts;
    const double rate = mean / size;
    if (rate >= 1) return std::max(0.0, 1 - capacityFactor);
    const double capacity = capacityFactor * mean;
    double beyond = 0;
    const double end = std::min(size, mean + 12 * std::sqrt(mean) + 40);
    for (double n = std::floor(capacity) + 1; n <= end; ++n)
        beyond += (n - capacity) *
                  std::exp(logFactorial(size) - logFactorial(n) - logFactorial(size - n) +
                           n * std::log(rate) + (size - n) * std::log1p(-rate));
    return beyond * experts / static_cast<double>(assignments);
}

double chanceFavouriteShare(std::int64_t observations, int experts) {
    GS_CHECK(observations >= 1 && experts >= 1);
    if (experts == 1 || observations == 1) return 1;
    // E[max] = sum over m of P(max > m). Someone always has at least n / E, nobody more than n.
    const auto n = observations;
    std::int64_t largest = (n + experts - 1) / experts;
    auto expected = static_cast<double>(largest);
    for (; largest < n; ++largest) {
        const double within = noneAbove(largest, n, experts);
        expected += 1 - within;
        if (within > 1 - 1e-10) break;
    }
    return expected / static_cast<double>(n);
}

}  // namespace gatescope

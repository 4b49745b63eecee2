#include "engine/routing/uniform_routing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "engine/check.h"
#include "engine/routing/distributions.h"

namespace gatescope {
namespace {

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

/// Poisson(rate) cut off above a number that grows: the sums its moments come from, about `rate`.
class CutPoisson {
  public:
    explicit CutPoisson(double rate) : rate_(rate) {
        // Below twelve standard deviations nothing is left.
        next_ = std::max(0.0, std::floor(rate - 12 * std::sqrt(rate) - 2));
        probability_ = std::exp(next_ * std::log(rate) - logFactorial(next_) - rate);
    }

    void extendTo(double largest) {
        for (; next_ <= largest; ++next_) {
            const double off = next_ - rate_;
            double term = probability_;
            for (double& sum : sums_) {
                sum += term;
                term *= off;
            }
            probability_ *= rate_ / (next_ + 1);
        }
    }

    /// P(every one of `experts` counts is within the cut) for `total` = experts * rate thrown at
    /// them by chance: that of independent Poisson counts, given that they add up to the total.
    double allWithin(int experts) const {
        const double mass = sums_[0];
        if (mass <= 0) return 0;
        const double m1 = sums_[1] / mass;
        const double m2 = sums_[2] / mass;
        const double m3 = sums_[3] / mass;
        const double variance = m2 - m1 * m1;
        if (variance <= 0) return 0;
        const double third = m3 - 3 * m1 * m2 + 2 * m1 * m1 * m1;
        const double fourth =
            sums_[4] / mass - 4 * m1 * m3 + 6 * m1 * m1 * m2 - 3 * m1 * m1 * m1 * m1;
        const double skew = third / std::pow(variance, 1.5) / std::sqrt(experts);
        const double excess = (fourth / (variance * variance) - 3) / experts;
        const double spread = std::sqrt(experts * variance);
        const double x = -experts * m1 / spread;
        const double x2 = x * x;
        const double edgeworth = 1 + skew / 6 * x * (x2 - 3) +
                                 excess / 24 * (x2 * x2 - 6 * x2 + 3) +
                                 skew * skew / 72 * (x2 * x2 * x2 - 15 * x2 * x2 + 45 * x2 - 15);
        const double sumIsTotal =
            std::exp(-x2 / 2) / std::sqrt(2 * std::numbers::pi) / spread * edgeworth;
        const double total = experts * rate_;
        const double poissonIsTotal =
            std::exp(total * std::log(total) - logFactorial(total) - total);
        return std::clamp(std::pow(mass, experts) * sumIsTotal / poissonIsTotal, 0.0, 1.0);
    }

  private:
    double rate_;
    double next_ = 0;               ///< the first number not added yet
    double probability_ = 0;        ///< of it
    std::array<double, 5> sums_{};  ///< of probability * (number - rate)^0 to ^4
};

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
    CutPoisson counts(static_cast<double>(n) / experts);
    for (; largest < n; ++largest) {
        counts.extendTo(static_cast<double>(largest));
        const double within = counts.allWithin(experts);
        expected += 1 - within;
        if (within > 1 - 1e-10) break;
    }
    return expected / static_cast<double>(n);
}

}  // namespace gatescope

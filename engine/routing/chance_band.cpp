#include "engine/routing/chance_band.h"

#include <math.h>  // lgamma_r: std::lgamma writes a global

#include <algorithm>
#include <cmath>

#include "engine/check.h"

namespace gatescope {
namespace {

double logFactorial(int n) {
    int sign = 0;
    return ::lgamma_r(n + 1.0, &sign);
}

/// The largest n for which P(count < n) <= tail, for count ~ Binomial(trials, rate).
int lowerQuantile(int trials, double rate, double tail) {
    // Twelve standard deviations below the mean nothing is left that a double could add up.
    const double mean = trials * rate;
    const double spread = std::sqrt(mean * (1 - rate));
    int n = std::max(0, static_cast<int>(std::floor(mean - 12 * spread)) - 1);
    double mass = std::exp(logFactorial(trials) - logFactorial(n) - logFactorial(trials - n) +
                           n * std::log(rate) + (trials - n) * std::log1p(-rate));
    double below = 0;
    while (n < trials && below + mass <= tail) {
        below += mass;
        mass *= static_cast<double>(trials - n) / (n + 1) * (rate / (1 - rate));
        ++n;
    }
    return n;
}

}  // namespace

ChanceBand chanceBand(int tokens, int selected, int experts, BandScope scope, double confidence) {
    GS_CHECK(selected >= 1 && selected <= experts && tokens >= 0);
    GS_CHECK(confidence > 0 && confidence < 1);
    const double level = 1.0 / experts;
    if (tokens == 0) return {level, 0, 1};
    if (selected == experts) return {level, level, level};
    const double rate = static_cast<double>(selected) / experts;
    const double tail = (1 - confidence) / 2 / (scope == BandScope::AllExperts ? experts : 1);
    const int low = lowerQuantile(tokens, rate, tail);
    // The upper side of n is the lower side of T - n.
    const int high = tokens - lowerQuantile(tokens, 1 - rate, tail);
    const double assignments = static_cast<double>(selected) * tokens;
    return {level, low / assignments, high / assignments};
}

}  // namespace gatescope

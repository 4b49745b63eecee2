#include "engine/routing/chance_band.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "engine/routing/distributions.h"

namespace gatescope {
namespace {

/// The largest n for which P(count < n) <= tail, for count ~ Binomial(trials, rate), 0 < rate < 1.
std::int64_t lowerQuantile(std::int64_t trials, double rate, double tail) {
    // Twelve standard deviations below the mean nothing is left that a double could add up.
    const auto size = static_cast<double>(trials);
    const double mean = size * rate;
    const double spread = std::sqrt(mean * (1 - rate));
    auto n =
        std::max<std::int64_t>(0, static_cast<std::int64_t>(std::floor(mean - 12 * spread)) - 1);
    const auto start = static_cast<double>(n);
    double mass = std::exp(logFactorial(size) - logFactorial(start) - logFactorial(size - start) +
                           start * std::log(rate) + (size - start) * std::log1p(-rate));
    double below = 0;
    while (n < trials && below + mass <= tail) {
        below += mass;
        mass *= static_cast<double>(trials - n) / static_cast<double>(n + 1) * (rate / (1 - rate));
        ++n;
    }
    return n;
}

}  // namespace

CountBand binomialBand(std::int64_t trials, double rate, double confidence) {
    GS_CHECK(trials >= 0 && rate >= 0 && rate <= 1 && confidence > 0 && confidence < 1);
    if (rate <= 0) return {0, 0};
    if (rate >= 1) return {trials, trials};
    const double tail = (1 - confidence) / 2;
    // The upper side of n is the lower side of trials - n.
    return {lowerQuantile(trials, rate, tail), trials - lowerQuantile(trials, 1 - rate, tail)};
}

ChanceBand chanceBand(int tokens, int selected, int experts, BandScope scope, double confidence) {
    GS_CHECK(selected >= 1 && selected <= experts && tokens >= 0);
    GS_CHECK(confidence > 0 && confidence < 1);
    const double level = 1.0 / experts;
    if (tokens == 0) return {level, 0, 1};
    if (selected == experts) return {level, level, level};
    const double improbable = (1 - confidence) / (scope == BandScope::AllExperts ? experts : 1);
    const auto band = binomialBand(tokens, static_cast<double>(selected) / experts, 1 - improbable);
    const double assignments = static_cast<double>(selected) * tokens;
    return {level,
            static_cast<double>(band.low) / assignments,
            static_cast<double>(band.high) / assignments};
}

}  // namespace gatescope

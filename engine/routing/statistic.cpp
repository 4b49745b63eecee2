#include "engine/routing/statistic.h"

#include "engine/check.h"

namespace gatescope {

Statistic shareStatistic(std::int64_t hits, std::int64_t trials, double rate) {
    GS_CHECK(hits >= 0 && hits <= trials);
    Statistic s{.value = {}, .count = trials, .chance = {}, .thin = trials < kThinBelow};
    if (trials == 0) {
        s.chance = {rate, 0, 1};
        return s;
    }
    const auto size = static_cast<double>(trials);
    const CountBand band = binomialBand(trials, rate);
    s.value = static_cast<double>(hits) / size;
    s.chance = {rate, static_cast<double>(band.low) / size, static_cast<double>(band.high) / size};
    return s;
}

}  // namespace gatescope

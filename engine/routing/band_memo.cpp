#include "engine/routing/band_memo.h"

#include "engine/check.h"

namespace gatescope {

Statistic shareWithin(std::int64_t hits, std::int64_t trials, double rate, const CountBand& band) {
    GS_CHECK(hits >= 0 && hits <= trials);
    Statistic s{.value = {}, .count = trials, .chance = {}, .thin = trials < kThinBelow};
    if (trials == 0) {
        s.chance = {rate, 0, 1};
        return s;
    }
    const auto size = static_cast<double>(trials);
    s.value = static_cast<double>(hits) / size;
    s.chance = {rate, static_cast<double>(band.low) / size, static_cast<double>(band.high) / size};
    return s;
}

Statistic BandMemo::share(std::int64_t hits, std::int64_t trials, double rate) {
    GS_CHECK(trials >= 0);
    Entry& entry = entries_[static_cast<std::size_t>(trials) % entries_.size()];
    if (entry.trials != trials || entry.rate != rate)
        entry = {trials, rate, binomialBand(trials, rate)};
    return shareWithin(hits, trials, rate, entry.band);
}

}  // namespace gatescope

#include "engine/routing/statistic.h"

#include "engine/routing/band_memo.h"

namespace gatescope {

Statistic shareStatistic(std::int64_t hits, std::int64_t trials, double rate) {
    return shareWithin(hits, trials, rate, binomialBand(trials, rate));
}

}  // namespace gatescope

#pragma once

#include <array>
#include <cstdint>

#include "engine/routing/chance_band.h"
#include "engine/routing/statistic.h"

namespace gatescope {

/// shareStatistic() with a band that is known: of `trials` and `rate`.
Statistic shareWithin(std::int64_t hits, std::int64_t trials, double rate, const CountBand& band);

/// shareStatistic() that remembers the bands it computed last. Cells of a table's row share theirs,
/// and a table of 64 x 64 experts with a band of its own in each cell takes longer than a frame.
/// Used by one thread.
class BandMemo {
  public:
    Statistic share(std::int64_t hits, std::int64_t trials, double rate);
    /// What was asked before makes no difference.
    friend bool operator==(const BandMemo& /*a*/, const BandMemo& /*b*/) { return true; }

  private:
    struct Entry {
        std::int64_t trials = -1;
        double rate = 0;
        CountBand band;
    };
    std::array<Entry, 128> entries_;  ///< by trials
};

}  // namespace gatescope

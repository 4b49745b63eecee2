#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <utility>

#include "engine/routing/adjacent_stats.h"
#include "engine/routing/label_stats.h"
#include "engine/routing/routing_stats.h"
#include "engine/routing/routing_trace.h"

namespace gatescope {

// The statistics of a stretch of a trace that moves or grows: only tokens that came or went are
// computed, and what they leave is exactly what a fresh count gives. Ranges are half open and cut
// to the trace; tokens that are not computed, or not in the population, are left out. Each is used
// by one thread; the trace must outlive it.

/// Which items of a range came and went.
class MovingRange {
  public:
    /// Calls `change(item, +1 or -1)` until the items [first, end) are in; `clear()` first where
    /// starting anew is less work.
    template <class Change, class Clear>
    void moveTo(int first, int end, const Change& change, const Clear& clear) {
        const int moved = std::abs(first - first_) + std::abs(end - end_);
        if (moved > end - first) {
            clear();
            each(first, end, 1, change);
        } else {
            // Here the two ranges overlap, or moved would be larger than the new one.
            each(first, first_, 1, change);
            each(end_, end, 1, change);
            each(first_, first, -1, change);
            each(end, end_, -1, change);
        }
        first_ = first;
        end_ = end;
    }

  private:
    template <class Change>
    static void each(int first, int end, int sign, const Change& change) {
        for (int item = first; item < end; ++item) change(item, sign);
    }
    int first_ = 0;
    int end_ = 0;
};

/// Of statistics that take one record at a time: RoutingStats, CoactivationStats, TransitionStats.
template <class Stats>
class RangeOf {
  public:
    /// `empty` has no tokens.
    RangeOf(const RoutingTrace& trace, Population population, Stats empty)
        : trace_(trace), population_(population), stats_(std::move(empty)) {}

    /// Valid until the next call.
    const Stats& over(int first, int end) {
        end = std::clamp(end, 0, trace_.size());
        first = std::clamp(first, 0, end);
        range_.moveTo(
            first,
            end,
            [this](int token, int sign) {
                const RoutingRecord* record = trace_.record(token, population_);
                if (record == nullptr) return;
                if (sign > 0)
                    stats_.add(*record);
                else
                    stats_.remove(*record);
            },
            [this] { stats_.clear(); });
        return stats_;
    }

  private:
    const RoutingTrace& trace_;
    Population population_;
    Stats stats_;
    MovingRange range_;
};

class RangeStats : public RangeOf<RoutingStats> {
  public:
    RangeStats(const RoutingTrace& trace, Population population)
        : RangeOf(trace, population, RoutingStats(trace.numLayers(), trace.numExperts())) {}
};

/// Of neighbours: a pair counts when both of its tokens are in the range, computed and in the
/// population. So a range has one pair less than tokens, and a gap costs the pairs on both sides.
class AdjacentRange {
  public:
    AdjacentRange(const RoutingTrace& trace, Population population);
    /// Valid until the next call.
    const AdjacentStats& over(int first, int end);

  private:
    const RoutingTrace& trace_;
    Population population_;
    AdjacentStats stats_;
    MovingRange tokens_;
    MovingRange pairs_;  ///< the pair `i` is that of tokens i and i + 1
};

/// Of labelled tokens; `labels` has one a token of the trace, kNoLabel for none.
class LabelRange {
  public:
    /// `labels` must outlive it, and be as long as the trace when over() is called.
    LabelRange(const RoutingTrace& trace,
               Population population,
               std::span<const std::int32_t> labels);
    /// Valid until the next call.
    const LabelStats& over(int first, int end);

  private:
    const RoutingTrace& trace_;
    Population population_;
    std::span<const std::int32_t> labels_;
    LabelStats stats_;
    MovingRange range_;
};

}  // namespace gatescope

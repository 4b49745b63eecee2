#pragma once

#include <functional>

#include "ui/routing/branch_routing.h"

namespace gatescope {

/// Brings a statistic of its own to the range that BranchRouting counts, a few milliseconds at a
/// time. UI thread only; `routing` must outlive it.
class RangeFollower {
  public:
    struct Counter {
        /// Makes the statistic, empty, of this trace.
        std::function<void(const RoutingTrace& trace, Population population)> begin;
        /// Moves it to tokens [first, end) of that trace.
        std::function<void(int first, int end)> moveTo;
    };
    RangeFollower(BranchRouting& routing, Counter counter)
        : routing_(routing), counter_(std::move(counter)) {}

    /// One slice. False while more is left: call again in a later frame.
    bool follow();
    /// The statistic is to be made anew: its trace is gone, or another one is wanted.
    void reset();
    bool begun() const { return trace_ != nullptr; }

  private:
    BranchRouting& routing_;
    Counter counter_;
    const RoutingTrace* trace_ = nullptr;
    Population population_ = Population::Generated;
    TokenRange counted_;
};

}  // namespace gatescope

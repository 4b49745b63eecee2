#include "ui/statistics/range_follower.h"

#include <chrono>

namespace gatescope {
namespace {

// BranchRouting counts in the same frame; a chart is drawn behind that.
constexpr std::chrono::milliseconds kSlice{2};
constexpr int kStep = 8;  ///< tokens between two looks at the clock: 0.3 ms for 64 x 64 experts

}  // namespace

void RangeFollower::reset() {
    trace_ = nullptr;
    counted_ = {};
}

bool RangeFollower::follow() {
    using Clock = std::chrono::steady_clock;
    const RoutingTrace* trace = routing_.trace();
    if (trace != trace_ || routing_.population() != population_) reset();
    if (trace == nullptr) return routing_.complete();
    if (trace_ == nullptr) {
        trace_ = trace;
        population_ = routing_.population();
        counter_.begin(*trace, population_);
    }
    const TokenRange wanted = routing_.range();
    const Clock::time_point end = Clock::now() + kSlice;
    while (counted_ != wanted && Clock::now() < end) {
        counted_ = nextRange(counted_, wanted, kStep);
        counter_.moveTo(counted_.first, counted_.end);
    }
    return counted_ == wanted && routing_.complete();
}

}  // namespace gatescope

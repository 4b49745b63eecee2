#include "engine/chat/intervention_history.h"

#include "engine/check.h"

namespace gatescope {
namespace {

/// Of one filter to another, neither of which is none: what typing does.
bool onlyRewritesFilter(const InterventionSet& before, InterventionSet after) {
    if (before.scope.filter.empty() || after.scope.filter.empty()) return false;
    after.scope.filter = before.scope.filter;
    return after == before;
}

/// Of all that is in force, only the filter is another.
bool isOfFilter(const InterventionStep& step) {
    InterventionSet after = step.after;
    after.scope.filter = step.before.scope.filter;
    return after == step.before;
}

}  // namespace

void InterventionHistory::add(const InterventionSet& before, const InterventionSet& after) {
    if (before == after) return;
    const bool redoable = done_ < steps_.size();
    steps_.resize(done_);
    if (!redoable && done_ > 0 && isOfFilter(steps_.back()) && onlyRewritesFilter(before, after)) {
        steps_.back().after = after;
        return;
    }
    steps_.push_back({before, after});
    if (steps_.size() > kMostSteps) steps_.pop_front();
    done_ = steps_.size();
}

const InterventionSet* InterventionHistory::present() const {
    if (const auto* last = undoStep()) return &last->after;
    const auto* next = redoStep();
    return next != nullptr ? &next->before : nullptr;
}

void InterventionHistory::undone() {
    GS_CHECK(done_ > 0);
    --done_;
}

void InterventionHistory::redone() {
    GS_CHECK(done_ < steps_.size());
    ++done_;
}

}  // namespace gatescope

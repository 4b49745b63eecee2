#pragma once

#include <deque>

#include "engine/decoder/intervention.h"

namespace gatescope {

/// One change of the interventions in force.
struct InterventionStep {
    InterventionSet before;
    InterventionSet after;
};

/// The changes of a conversation's interventions, to take back and to make again: the last
/// kMostSteps. A value; used by one thread.
class InterventionHistory {
  public:
    static constexpr std::size_t kMostSteps = 100;

    /// The set in force has become another: what was taken back cannot be made again any more.
    /// A scope's filter that is written on, letter by letter, is one step.
    void add(const InterventionSet& before, const InterventionSet& after);
    /// What undone() takes back; null: nothing.
    const InterventionStep* undoStep() const { return done_ > 0 ? &steps_[done_ - 1] : nullptr; }
    /// What redone() makes again; null: nothing.
    const InterventionStep* redoStep() const {
        return done_ < steps_.size() ? &steps_[done_] : nullptr;
    }
    /// The set in force, as far as the steps know it; null: no step.
    const InterventionSet* present() const;
    /// The set before the last step is in force again. Requires undoStep().
    void undone();
    /// The set behind the step that was taken back last is. Requires redoStep().
    void redone();

  private:
    std::deque<InterventionStep> steps_;  ///< oldest first
    std::size_t done_ = 0;                ///< of them; those behind have been taken back
};

}  // namespace gatescope

#pragma once

#include <memory>

#include "engine/decoder/intervention.h"

namespace gatescope {

/// An InterventionSet taken apart by its scope: what is in force for a token, without a scope, so
/// that two tokens computed alike compare alike. A value; copies share the sets.
class ScopedInterventions {
  public:
    explicit ScopedInterventions(const InterventionSet& interventions);

    /// For `token` at `position` of its sequence. Allocates nothing.
    const std::shared_ptr<const InterventionSet>& at(int position, TokenId token) const {
        return scope_.contains(position, token) ? inside_ : outside_;
    }
    /// One set is in force for all tokens.
    bool everywhere() const { return scope_.everywhere(); }

  private:
    TokenScope scope_;
    std::shared_ptr<const InterventionSet> inside_;
    std::shared_ptr<const InterventionSet> outside_;  ///< empty
};

}  // namespace gatescope

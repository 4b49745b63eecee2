#pragma once

#include <memory>

#include "engine/decoder/intervention.h"
#include "engine/decoder/scope_filter.h"

namespace gatescope {

/// An InterventionSet taken apart by its scope: what is in force for a token, without a scope, so
/// that two tokens computed alike compare alike. A value; copies share the sets. One thread.
class ScopedInterventions {
  public:
    /// `tokenizer` outlives it; null: ids only. Throws Error(BadUsage) for a filter that is wrong,
    /// or asks about text where there is no tokenizer.
    explicit ScopedInterventions(const InterventionSet& interventions,
                                 const Tokenizer* tokenizer = nullptr);

    /// For `token` at `position` of its sequence. Allocates nothing, unless a filter asks about a
    /// text of more bytes than fit into a small string.
    const std::shared_ptr<const InterventionSet>& at(int position, TokenId token) const {
        return contains(position, token) ? inside_ : outside_;
    }
    /// One set is in force for all tokens.
    bool everywhere() const { return scope_.everywhere(); }

  private:
    bool contains(int position, TokenId token) const {
        return scope_.isListed(position, token) && (!filter_ || filter_->contains(position, token));
    }

    TokenScope scope_;
    std::shared_ptr<ScopeFilter> filter_;  ///< null: the lists alone
    std::shared_ptr<const InterventionSet> inside_;
    std::shared_ptr<const InterventionSet> outside_;  ///< empty
};

}  // namespace gatescope

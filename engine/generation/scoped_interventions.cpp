#include "engine/generation/scoped_interventions.h"

#include <utility>

namespace gatescope {

ScopedInterventions::ScopedInterventions(const InterventionSet& interventions,
                                         const Tokenizer* tokenizer)
    : scope_(interventions.scope), outside_(std::make_shared<const InterventionSet>()) {
    if (!scope_.filter.empty()) filter_ = std::make_shared<ScopeFilter>(scope_.filter, tokenizer);
    InterventionSet inside = interventions;
    inside.scope = {};
    inside_ = std::make_shared<const InterventionSet>(std::move(inside));
}

}  // namespace gatescope

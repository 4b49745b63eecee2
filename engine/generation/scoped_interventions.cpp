#include "engine/generation/scoped_interventions.h"

#include <utility>

namespace gatescope {

ScopedInterventions::ScopedInterventions(const InterventionSet& interventions)
    : scope_(interventions.scope), outside_(std::make_shared<const InterventionSet>()) {
    InterventionSet inside = interventions;
    inside.scope = {};
    inside_ = std::make_shared<const InterventionSet>(std::move(inside));
}

}  // namespace gatescope

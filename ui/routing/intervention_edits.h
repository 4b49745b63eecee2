#pragma once

#include "engine/decoder/intervention.h"

namespace gatescope {

/// What a click on a cell changes. An expert is either ablated or forced: one takes the other away.
/// Pure functions; lists stay sorted, so that the same set is always the same value.
bool isAblated(const InterventionSet& set, ExpertSite site);
bool isForced(const InterventionSet& set, ExpertSite site);
InterventionSet withAblated(InterventionSet set, ExpertSite site);
InterventionSet withForced(InterventionSet set, ExpertSite site);
/// Without any ablation, forcing or bias of this expert.
InterventionSet withoutSite(InterventionSet set, ExpertSite site);

}  // namespace gatescope

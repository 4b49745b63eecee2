#pragma once

#include "engine/chat/chat_session.h"
#include "engine/decoder/intervention.h"

namespace gatescope {

/// What a click on a cell changes. An expert is ablated, routed around or forced: one takes the
/// others away. Scaling, swapping and biasing stand beside that. Pure functions; lists stay sorted,
/// so that the same set is always the same value.
bool isAblated(const InterventionSet& set, ExpertSite site);
bool isExcluded(const InterventionSet& set, ExpertSite site);
bool isForced(const InterventionSet& set, ExpertSite site);
InterventionSet withAblated(InterventionSet set, ExpertSite site);
InterventionSet withExcluded(InterventionSet set, ExpertSite site);
InterventionSet withForced(InterventionSet set, ExpertSite site);
/// In the place of another factor; 1 takes it away.
InterventionSet withScale(InterventionSet set, ExpertSite site, float factor);
/// In the place of another amount; 0 takes it away.
InterventionSet withBias(InterventionSet set, ExpertSite site, float amount);
/// Of all layers, also those that had their own; 0: as many as the model selects.
InterventionSet withTopK(InterventionSet set, int topK);
/// Of one layer; 0: as many as all layers.
InterventionSet withTopKOf(InterventionSet set, LayerId layer, int topK);
/// In the place of other swaps of either. Requires two experts.
InterventionSet withSwap(InterventionSet set, ExpertSite site, ExpertId other);
/// Without anything that changes this expert; who was swapped with it is itself again.
InterventionSet withoutSite(InterventionSet set, ExpertSite site);

/// What is computed from now on goes, at each position, to the experts that were selected there in
/// the branch that `session` shows; a regenerated reply takes the routes of the one before.
InterventionSet withPin(InterventionSet set, const ChatSession& session);

}  // namespace gatescope

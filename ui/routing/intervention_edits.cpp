#include "ui/routing/intervention_edits.h"

#include <algorithm>

namespace gatescope {

bool isAblated(const InterventionSet& set, ExpertSite site) {
    return std::find(set.ablate.begin(), set.ablate.end(), site) != set.ablate.end();
}

bool isForced(const InterventionSet& set, ExpertSite site) {
    return std::find(set.force.begin(), set.force.end(), site) != set.force.end();
}

InterventionSet withAblated(InterventionSet set, ExpertSite site) {
    std::erase(set.force, site);
    if (!isAblated(set, site)) {
        set.ablate.insert(std::upper_bound(set.ablate.begin(), set.ablate.end(), site), site);
    }
    return set;
}

InterventionSet withForced(InterventionSet set, ExpertSite site) {
    std::erase(set.ablate, site);
    if (!isForced(set, site)) {
        set.force.insert(std::upper_bound(set.force.begin(), set.force.end(), site), site);
    }
    return set;
}

InterventionSet withoutSite(InterventionSet set, ExpertSite site) {
    std::erase(set.ablate, site);
    std::erase(set.force, site);
    std::erase_if(set.bias, [site](const ExpertBias& bias) { return bias.site == site; });
    return set;
}

}  // namespace gatescope

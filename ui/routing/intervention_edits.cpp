#include "ui/routing/intervention_edits.h"

#include <QCoreApplication>
#include <algorithm>
#include <memory>
#include <utility>

#include "engine/check.h"

namespace gatescope {
namespace {

bool contains(const std::vector<ExpertSite>& sites, ExpertSite site) {
    return std::ranges::find(sites, site) != sites.end();
}

void insert(std::vector<ExpertSite>& sites, ExpertSite site) {
    if (!contains(sites, site)) sites.insert(std::ranges::upper_bound(sites, site), site);
}

/// What is done to the selection or contribution of `site` goes, for another to take its place.
InterventionSet free(InterventionSet set, ExpertSite site) {
    for (auto* sites : {&set.ablate, &set.exclude, &set.force}) std::erase(*sites, site);
    return set;
}

bool swaps(const ExpertSwap& swap, ExpertSite site) {
    return swap.layer == site.layer && (swap.first == site.expert || swap.second == site.expert);
}

}  // namespace

bool isAblated(const InterventionSet& set, ExpertSite site) {
    return contains(set.ablate, site);
}

bool isExcluded(const InterventionSet& set, ExpertSite site) {
    return contains(set.exclude, site);
}

bool isForced(const InterventionSet& set, ExpertSite site) {
    return contains(set.force, site);
}

InterventionSet withAblated(InterventionSet set, ExpertSite site) {
    set = free(std::move(set), site);
    insert(set.ablate, site);
    return set;
}

InterventionSet withExcluded(InterventionSet set, ExpertSite site) {
    set = free(std::move(set), site);
    insert(set.exclude, site);
    return set;
}

InterventionSet withForced(InterventionSet set, ExpertSite site) {
    set = free(std::move(set), site);
    insert(set.force, site);
    return set;
}

InterventionSet withScale(InterventionSet set, ExpertSite site, float factor) {
    std::erase_if(set.scale, [&](const ExpertScale& scale) { return scale.site == site; });
    if (factor == 1) return set;
    const auto at = std::ranges::upper_bound(set.scale, site, {}, &ExpertScale::site);
    set.scale.insert(at, {site, factor});
    return set;
}

InterventionSet withSwap(InterventionSet set, ExpertSite site, ExpertId other) {
    GS_CHECK(site.expert != other);
    const ExpertSite second{site.layer, other};
    std::erase_if(set.swap,
                  [&](const ExpertSwap& swap) { return swaps(swap, site) || swaps(swap, second); });
    const ExpertSwap swap{site.layer, std::min(site.expert, other), std::max(site.expert, other)};
    set.swap.insert(std::ranges::upper_bound(set.swap, swap), swap);
    return set;
}

InterventionSet withBias(InterventionSet set, ExpertSite site, float amount) {
    std::erase_if(set.bias, [&](const ExpertBias& bias) { return bias.site == site; });
    if (amount == 0) return set;
    const auto at = std::ranges::upper_bound(set.bias, site, {}, &ExpertBias::site);
    set.bias.insert(at, {site, amount});
    return set;
}

InterventionSet withTopK(InterventionSet set, int topK) {
    set.topK = topK;
    set.layerTopK.clear();
    return set;
}

InterventionSet withTopKOf(InterventionSet set, LayerId layer, int topK) {
    setLayerTopK(set.layerTopK, {layer, layer, topK});
    return set;
}

InterventionSet withoutSite(InterventionSet set, ExpertSite site) {
    set = withBias(withScale(free(std::move(set), site), site, 1), site, 0);
    std::erase_if(set.swap, [&](const ExpertSwap& swap) { return swaps(swap, site); });
    return set;
}

InterventionSet withPin(InterventionSet set, const ChatSession& session) {
    RoutePin pin{
        .name = QCoreApplication::translate("InterventionEdits", "this conversation").toStdString(),
        .records = {}};
    if (session.isReplay()) {
        pin.name = session.replayFile().filename().string();
        pin.file = session.replayFile().string();
    }
    for (int i = 0; i < session.traceSize(); ++i)
        pin.records.push_back(session.traceToken(i).routing);
    set.pin = std::make_shared<const RoutePin>(std::move(pin));
    return set;
}

}  // namespace gatescope

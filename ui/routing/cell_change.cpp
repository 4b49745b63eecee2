#include "ui/routing/cell_change.h"

#include <QCoreApplication>
#include <QStringList>

namespace gatescope {
namespace {

struct CellChangeText {
    Q_DECLARE_TR_FUNCTIONS(CellChange)
};

}  // namespace

std::vector<CellChange> cellChanges(const InterventionSet& interventions,
                                    int numLayers,
                                    int numExperts) {
    const auto& set = interventions;
    if (set.exclude.empty() && set.scale.empty() && set.swap.empty() && set.bias.empty()) return {};
    std::vector<CellChange> changes(static_cast<std::size_t>(numLayers) *
                                    static_cast<std::size_t>(numExperts));
    const auto at = [&](ExpertSite site, const auto& change) {
        if (site.layer.value >= numLayers || site.expert.value >= numExperts) return;
        change(
            changes[static_cast<std::size_t>(site.layer.value * numExperts + site.expert.value)]);
    };
    for (const ExpertSite site : set.exclude) at(site, [](CellChange& c) { c.excluded = true; });
    for (const ExpertScale& scale : set.scale)
        at(scale.site, [&](CellChange& c) { c.factor *= scale.factor; });
    for (const ExpertSwap& swap : set.swap) {
        at({swap.layer, swap.first}, [&](CellChange& c) { c.computedBy = swap.second.value; });
        at({swap.layer, swap.second}, [&](CellChange& c) { c.computedBy = swap.first.value; });
    }
    for (const ExpertBias& bias : set.bias)
        at(bias.site, [&](CellChange& c) { c.bias += bias.amount; });
    return changes;
}

QString describe(const CellChange& change) {
    QStringList parts;
    if (change.excluded) parts << CellChangeText::tr("routed around");
    if (change.factor != 1)
        parts << CellChangeText::tr("gate × %1").arg(static_cast<double>(change.factor));
    if (change.computedBy >= 0)
        parts << CellChangeText::tr("weights of expert %1").arg(change.computedBy);
    if (change.bias != 0)
        parts << CellChangeText::tr("logit %1%2")
                     .arg(change.bias > 0 ? QStringLiteral("+") : QString())
                     .arg(static_cast<double>(change.bias));
    return parts.join(QStringLiteral(" · "));
}

}  // namespace gatescope

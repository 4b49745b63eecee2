#include "ui/routing/cell_menu.h"

#include <QCoreApplication>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "ui/routing/intervention_edits.h"

namespace gatescope {
namespace {

constexpr std::array kFactors{0.25F, 0.5F, 2.0F, 4.0F};
constexpr std::array kBiases{-4.0F, -2.0F, -1.0F, 1.0F, 2.0F, 4.0F};  // of a logit: e^4 is 55 times

struct CellMenuText {
    Q_DECLARE_TR_FUNCTIONS(CellMenu)
};

using Apply = std::function<void(const InterventionSet&)>;

/// Actions that lead from the set in force to another.
class Entries {
  public:
    Entries(const InterventionSet& inForce, Apply apply)
        : inForce_(inForce), apply_(std::move(apply)) {}

    const InterventionSet& inForce() const { return inForce_; }

    void add(QMenu* menu, const QString& title, const QString& name, const InterventionSet& next) {
        QAction* action = menu->addAction(title, menu, [apply = apply_, next] { apply(next); });
        action->setObjectName(name);
        action->setEnabled(next != inForce_);
    }

  private:
    const InterventionSet& inForce_;
    Apply apply_;
};

/// `edit` done to all of them.
template <class Edit>
InterventionSet withEach(InterventionSet set,
                         const std::vector<ExpertSite>& sites,
                         const Edit& edit) {
    for (const ExpertSite site : sites) set = edit(std::move(set), site);
    return set;
}

QString nameOf(const std::vector<ExpertSite>& sites) {
    if (sites.size() > 1) return CellMenuText::tr("%1 experts").arg(sites.size());
    return CellMenuText::tr("layer %1 expert %2")
        .arg(sites.front().layer.value)
        .arg(sites.front().expert.value);
}

void addAmounts(QMenu* menu, Entries& entries, const std::vector<ExpertSite>& sites) {
    const bool one = sites.size() == 1;
    QMenu* scale = menu->addMenu(one ? CellMenuText::tr("Scale its gate")
                                     : CellMenuText::tr("Scale their gates"));
    for (const float factor : kFactors)
        entries.add(scale,
                    CellMenuText::tr("times %1").arg(static_cast<double>(factor)),
                    QStringLiteral("scale%1").arg(static_cast<double>(factor)),
                    withEach(entries.inForce(), sites, [factor](auto set, ExpertSite site) {
                        return withScale(std::move(set), site, factor);
                    }));
    QMenu* bias = menu->addMenu(one ? CellMenuText::tr("Bias its router logit")
                                    : CellMenuText::tr("Bias their router logits"));
    for (const float amount : kBiases)
        entries.add(bias,
                    (amount > 0 ? CellMenuText::tr("plus %1") : CellMenuText::tr("minus %1"))
                        .arg(static_cast<double>(std::abs(amount))),
                    QStringLiteral("bias%1").arg(static_cast<double>(amount)),
                    withEach(entries.inForce(), sites, [amount](auto set, ExpertSite site) {
                        return withBias(std::move(set), site, amount);
                    }));
}

void addSwaps(QMenu* menu, Entries& entries, ExpertSite site, int numExperts) {
    QMenu* swap = menu->addMenu(CellMenuText::tr("Swap it with"));
    for (int e = 0; e < numExperts; ++e)
        if (e != site.expert.value)
            entries.add(swap,
                        CellMenuText::tr("expert %1").arg(e),
                        QStringLiteral("swap%1").arg(e),
                        withSwap(entries.inForce(), site, ExpertId{e}));
}

/// In the layers of the cells, whatever all layers have.
void addTopKOfLayers(QMenu* menu, Entries& entries, const CellMenuInputs& inputs) {
    std::set<LayerId> layers;
    for (const ExpertSite site : inputs.sites) layers.insert(site.layer);
    const auto with = [&](int k) {
        InterventionSet set = inputs.inForce;
        for (const LayerId layer : layers) set = withTopKOf(std::move(set), layer, k);
        return set;
    };
    QMenu* topK = menu->addMenu(
        layers.size() == 1
            ? CellMenuText::tr("Experts a token, in layer %1").arg(layers.begin()->value)
            : CellMenuText::tr("Experts a token, in these %1 layers").arg(layers.size()));
    entries.add(topK, CellMenuText::tr("as all layers"), QStringLiteral("layerTopK0"), with(0));
    for (int k = 1; k <= inputs.numExperts; ++k)
        entries.add(topK,
                    CellMenuText::tr("the best %1").arg(k),
                    QStringLiteral("layerTopK%1").arg(k),
                    with(k));
}

void addTopK(QMenu* menu, Entries& entries, const CellMenuInputs& inputs) {
    QMenu* topK = menu->addMenu(CellMenuText::tr("Experts a token, in all layers"));
    entries.add(topK,
                CellMenuText::tr("as the model: %1").arg(inputs.numSelected),
                QStringLiteral("topK0"),
                withTopK(inputs.inForce, 0));
    for (int k = 1; k <= inputs.numExperts; ++k)
        if (k != inputs.numSelected)
            entries.add(topK,
                        CellMenuText::tr("the best %1").arg(k),
                        QStringLiteral("topK%1").arg(k),
                        withTopK(inputs.inForce, k));
}

void addStep(QMenu* menu, QString says, const char* name, const std::function<void()>& call) {
    if (says.isEmpty()) return;
    says.replace(QLatin1Char('&'), QStringLiteral("&&"));  // a filter's, not a key's
    menu->addAction(says, menu, call)->setObjectName(QString::fromLatin1(name));
}

}  // namespace

QMenu* makeCellMenu(QWidget* parent, const CellMenuInputs& inputs, const CellMenuCalls& calls) {
    auto* menu = new QMenu(parent);
    const std::vector<ExpertSite>& sites = inputs.sites;
    const bool one = sites.size() == 1;
    menu->setAccessibleName(nameOf(sites));
    Entries entries(inputs.inForce, calls.apply);
    const auto add = [&](const QString& title, const char* name, const auto& edit) {
        entries.add(menu, title, QString::fromLatin1(name), withEach(inputs.inForce, sites, edit));
    };
    add(CellMenuText::tr("Ablate %1").arg(nameOf(sites)), "ablate", withAblated);
    add(one ? CellMenuText::tr("Route around it") : CellMenuText::tr("Route around them"),
        "exclude",
        withExcluded);
    add(one ? CellMenuText::tr("Force it") : CellMenuText::tr("Force them"), "force", withForced);
    addAmounts(menu, entries, sites);
    if (one) addSwaps(menu, entries, sites.front(), inputs.numExperts);
    add(one ? CellMenuText::tr("Clear this expert") : CellMenuText::tr("Clear these experts"),
        "clear",
        withoutSite);
    menu->addSeparator();
    addTopKOfLayers(menu, entries, inputs);
    addTopK(menu, entries, inputs);
    QAction* scope =
        menu->addAction(CellMenuText::tr("Only for some tokens…"), menu, calls.restrict);
    scope->setObjectName(QStringLiteral("scope"));
    scope->setEnabled(!inputs.inForce.empty());
    menu->addSeparator();
    addStep(menu, inputs.undo, "undo", calls.undo);
    addStep(menu, inputs.redo, "redo", calls.redo);
    entries.add(menu, CellMenuText::tr("Clear all interventions"), QStringLiteral("clearAll"), {});
    return menu;
}

}  // namespace gatescope

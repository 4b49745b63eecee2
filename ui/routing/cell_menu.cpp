#include "ui/routing/cell_menu.h"

#include <QCoreApplication>
#include <array>
#include <utility>

#include "ui/routing/intervention_edits.h"

namespace gatescope {
namespace {

constexpr std::array kFactors{0.25F, 0.5F, 2.0F, 4.0F};

QString text(const char* source) {
    return QCoreApplication::translate("CellMenu", source);
}

using Apply = std::function<void(const InterventionSet&)>;

/// Actions that lead from the set in force to another.
class Entries {
  public:
    Entries(const InterventionSet& inForce, Apply apply)
        : inForce_(inForce), apply_(std::move(apply)) {}

    void add(QMenu* menu, const QString& title, const QString& name, const InterventionSet& next) {
        QAction* action = menu->addAction(title, menu, [apply = apply_, next] { apply(next); });
        action->setObjectName(name);
        action->setEnabled(next != inForce_);
    }

  private:
    const InterventionSet& inForce_;
    Apply apply_;
};

}  // namespace

QMenu* makeCellMenu(QWidget* parent,
                    const InterventionSet& inForce,
                    ExpertSite site,
                    int numExperts,
                    const Apply& apply) {
    auto* menu = new QMenu(parent);
    const QString where = text("layer %1 expert %2").arg(site.layer.value).arg(site.expert.value);
    menu->setAccessibleName(where);
    Entries entries(inForce, apply);
    const auto s = [](const char* name) { return QString::fromLatin1(name); };
    entries.add(menu, text("Ablate %1").arg(where), s("ablate"), withAblated(inForce, site));
    entries.add(menu, text("Route around it"), s("exclude"), withExcluded(inForce, site));
    entries.add(menu, text("Force it"), s("force"), withForced(inForce, site));
    QMenu* scale = menu->addMenu(text("Scale its gate"));
    for (const float factor : kFactors)
        entries.add(scale,
                    text("times %1").arg(static_cast<double>(factor)),
                    QStringLiteral("scale%1").arg(static_cast<double>(factor)),
                    withScale(inForce, site, factor));
    QMenu* swap = menu->addMenu(text("Swap it with"));
    for (int e = 0; e < numExperts; ++e)
        if (e != site.expert.value)
            entries.add(swap,
                        text("expert %1").arg(e),
                        QStringLiteral("swap%1").arg(e),
                        withSwap(inForce, site, ExpertId{e}));
    entries.add(menu, text("Clear this expert"), s("clear"), withoutSite(inForce, site));
    menu->addSeparator();
    entries.add(menu, text("Clear all interventions"), s("clearAll"), {});
    return menu;
}

}  // namespace gatescope

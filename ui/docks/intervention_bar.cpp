#include "ui/docks/intervention_bar.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPushButton>
#include <QToolButton>
#include <array>

#include "ui/chat/visible_text.h"
#include "ui/docks/flow_layout.h"

namespace gatescope {
namespace {

QString where(ExpertSite site) {
    return InterventionBar::tr("layer %1 expert %2").arg(site.layer.value).arg(site.expert.value);
}

}  // namespace

InterventionBar::InterventionBar(EngineBridge& bridge, QWidget* parent)
    : QFrame(parent), bridge_(bridge), layout_(new FlowLayout(6, this)) {
    setObjectName(QStringLiteral("interventionBar"));
    setProperty("kind", QStringLiteral("interventions"));
    setAccessibleName(tr("Interventions in force"));
    layout_->setContentsMargins(10, 6, 10, 6);
    reach_ = makeReach();
    clearAll_ = new QPushButton(this);
    clearAll_->setProperty("kind", QStringLiteral("chip-summary"));
    clearAll_->setObjectName(QStringLiteral("clearInterventions"));
    clearAll_->setMinimumHeight(reach_->sizeHint().height());  // on one line with it
    clearAll_->setToolTip(tr("Give every expert back to the model"));
    connect(clearAll_, &QPushButton::clicked, this, [this] { apply({}); });
    connect(&bridge_, &EngineBridge::interventionsUpdated, this, &InterventionBar::refresh);
    refresh();
}

/// For how long: two segments, one pressed.
QWidget* InterventionBar::makeReach() {
    auto* segments = new QFrame(this);
    segments->setProperty("kind", QStringLiteral("segments"));
    segments->setAccessibleName(tr("How far interventions reach"));
    auto* inside = new QHBoxLayout(segments);
    inside->setContentsMargins(1, 1, 1, 1);
    inside->setSpacing(1);
    reaches_ = new QButtonGroup(this);
    const std::array titles{tr("this chat"), tr("this reply")};
    const std::array hints{
        tr("In force for whatever is written and computed from now on"),
        tr("In force for the words of the next reply, not for what you write; then taken away")};
    const std::array names{"reachChat", "reachReply"};
    for (std::size_t i = 0; i < titles.size(); ++i) {
        auto* button = new QToolButton;
        button->setProperty("kind", QStringLiteral("segment"));
        button->setObjectName(QString::fromLatin1(names[i]));
        button->setText(titles[i]);
        button->setToolTip(hints[i]);
        button->setAccessibleDescription(hints[i]);
        button->setCheckable(true);
        reaches_->addButton(button, static_cast<int>(i));
        inside->addWidget(button);
    }
    connect(reaches_, &QButtonGroup::idClicked, this, [this](int id) {
        const auto reach = id == 0 ? InterventionReach::Chat : InterventionReach::Reply;
        bridge_.run([reach](ChatSession& session) { session.setInterventionReach(reach); });
    });
    return segments;
}

void InterventionBar::apply(const InterventionSet& set) {
    bridge_.run([&set](ChatSession& session) { session.setInterventions(set); });
}

void InterventionBar::addChip(const QString& text,
                              const QString& meaning,
                              const InterventionSet& without) {
    auto* chip = new QPushButton(tr("%1 ×").arg(text), this);
    chip->setProperty("kind", QStringLiteral("chip"));
    chip->setToolTip(meaning);
    chip->setAccessibleName(tr("%1. Press to take it away").arg(meaning));
    connect(chip, &QPushButton::clicked, this, [this, without] { apply(without); });
    layout_->addWidget(chip);
    chips_.push_back(chip);
}

void InterventionBar::refresh() {
    for (QPushButton* chip : chips_) {
        layout_->removeWidget(chip);
        chip->hide();
        chip->deleteLater();  // its own click may have brought us here
    }
    chips_.clear();
    for (QWidget* last : {reach_, static_cast<QWidget*>(clearAll_)}) layout_->removeWidget(last);

    const InterventionSet& set = bridge_.session().interventions();
    addExpertChips(set);
    addOtherChips(set);
    const auto count = describe(set).size();
    const bool reply = bridge_.session().interventionReach() == InterventionReach::Reply;
    reaches_->button(reply ? 1 : 0)->setChecked(true);
    clearAll_->setText(count == 1 ? tr("1 intervention · clear all")
                                  : tr("%1 interventions · clear all").arg(count));
    for (QWidget* last : {reach_, static_cast<QWidget*>(clearAll_)}) layout_->addWidget(last);
    setVisible(!chips_.empty());
    updateGeometry();
}

/// One chip for each of `list`, which takes it away.
template <class Item, class Meaning>
void InterventionBar::addChips(const QString& kind,
                               const InterventionSet& set,
                               std::vector<Item> InterventionSet::*list,
                               const Meaning& meaning) {
    for (const Item& item : set.*list) {
        InterventionSet without = set;
        std::erase(without.*list, item);
        addChip(kind.arg(QString::fromStdString(toString(item))), meaning(item), without);
    }
}

void InterventionBar::addExpertChips(const InterventionSet& set) {
    addChips(tr("ablate %1"), set, &InterventionSet::ablate, [](ExpertSite site) {
        return tr("The output of %1 is taken away").arg(where(site));
    });
    addChips(tr("route around %1"), set, &InterventionSet::exclude, [](ExpertSite site) {
        return tr("%1 is never selected, the next best takes its place").arg(where(site));
    });
    addChips(tr("force %1"), set, &InterventionSet::force, [](ExpertSite site) {
        return tr("%1 is always selected").arg(where(site));
    });
    addChips(tr("bias %1"), set, &InterventionSet::bias, [](const ExpertBias& bias) {
        return tr("%1 is added to the router logit of %2")
            .arg(static_cast<double>(bias.amount))
            .arg(where(bias.site));
    });
    addChips(tr("scale %1"), set, &InterventionSet::scale, [](const ExpertScale& scale) {
        return tr("The gate of %1 is multiplied by %2")
            .arg(where(scale.site))
            .arg(static_cast<double>(scale.factor));
    });
    addChips(tr("swap %1"), set, &InterventionSet::swap, [](const ExpertSwap& swap) {
        return tr("In layer %1, experts %2 and %3 are computed with each other's weights")
            .arg(swap.layer.value)
            .arg(swap.first.value)
            .arg(swap.second.value);
    });
}

void InterventionBar::addOtherChips(const InterventionSet& set) {
    if (set.topK > 0) {
        InterventionSet without = set;
        without.topK = 0;
        addChip(tr("top %1").arg(set.topK),
                tr("Experts selected in each layer: %1").arg(set.topK),
                without);
    }
    if (set.renormalise) {
        InterventionSet without = set;
        without.renormalise = false;
        addChip(tr("renormalise"), tr("Gates are divided by their sum"), without);
    }
    if (set.pin) {
        InterventionSet without = set;
        without.pin = nullptr;
        addChip(tr("routes of %1").arg(visibleLine(QString::fromStdString(set.pin->name))),
                tr("Tokens go to the experts that were selected at their place in a run before"),
                without);
    }
    if (!set.empty() && !set.scope.everywhere()) {
        InterventionSet without = set;
        without.scope = {};
        addChip(tr("only some tokens"), tr("In force for the tokens that match a filter"), without);
    }
}

void InterventionBar::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_X:
        case Qt::Key_Delete:
        case Qt::Key_Escape:
            return apply({});
        default:
            QFrame::keyPressEvent(event);
    }
}

QStringList InterventionBar::chipTexts() const {
    QStringList texts;
    for (const QPushButton* chip : chips_) texts << chip->text();
    return texts;
}

QString InterventionBar::summary() const {
    return clearAll_->text();
}

}  // namespace gatescope

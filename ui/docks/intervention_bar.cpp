#include "ui/docks/intervention_bar.h"

#include <QKeyEvent>
#include <QPushButton>

#include "ui/docks/flow_layout.h"

namespace gatescope {

InterventionBar::InterventionBar(EngineBridge& bridge, QWidget* parent)
    : QFrame(parent), bridge_(bridge), layout_(new FlowLayout(6, this)) {
    setObjectName(QStringLiteral("interventionBar"));
    setProperty("kind", QStringLiteral("interventions"));
    setAccessibleName(tr("Interventions in force"));
    layout_->setContentsMargins(10, 6, 10, 6);
    clearAll_ = new QPushButton(this);
    clearAll_->setProperty("kind", QStringLiteral("chip-summary"));
    clearAll_->setObjectName(QStringLiteral("clearInterventions"));
    clearAll_->setToolTip(tr("Give every expert back to the model"));
    connect(clearAll_, &QPushButton::clicked, this, [this] { apply({}); });
    connect(&bridge_, &EngineBridge::interventionsUpdated, this, &InterventionBar::refresh);
    refresh();
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
    layout_->removeWidget(clearAll_);

    const InterventionSet& set = bridge_.session().interventions();
    const auto where = [](ExpertSite site) {
        return tr("layer %1 expert %2").arg(site.layer.value).arg(site.expert.value);
    };
    for (const ExpertSite site : set.ablate) {
        InterventionSet without = set;
        std::erase(without.ablate, site);
        addChip(tr("ablate %1").arg(QString::fromStdString(toString(site))),
                tr("The output of %1 is taken away").arg(where(site)),
                without);
    }
    for (const ExpertSite site : set.force) {
        InterventionSet without = set;
        std::erase(without.force, site);
        addChip(tr("force %1").arg(QString::fromStdString(toString(site))),
                tr("%1 is always selected").arg(where(site)),
                without);
    }
    for (const ExpertBias& bias : set.bias) {
        InterventionSet without = set;
        std::erase(without.bias, bias);
        addChip(tr("bias %1").arg(QString::fromStdString(toString(bias))),
                tr("%1 is added to the router logit of %2")
                    .arg(static_cast<double>(bias.amount))
                    .arg(where(bias.site)),
                without);
    }
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
    clearAll_->setText(chips_.size() == 1 ? tr("1 intervention · clear all")
                                          : tr("%1 interventions · clear all").arg(chips_.size()));
    layout_->addWidget(clearAll_);
    setVisible(!chips_.empty());
    updateGeometry();
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

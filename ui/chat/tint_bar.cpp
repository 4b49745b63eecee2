#include "ui/chat/tint_bar.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSpinBox>
#include <algorithm>
#include <array>

#include "ui/chat/fit_to_current.h"
#include "ui/chat/tint_legend.h"
#include "ui/docks/flow_layout.h"
#include "ui/provenance_badge.h"
#include "ui/theme/theme.h"
#include "ui/theme/tint_palette.h"

namespace gatescope {
namespace {

using Which = TintLayers::Which;

constexpr int kManyLayers = 9999;

}  // namespace

TintBar::TintBar(EngineBridge& bridge, Theme& theme, QWidget* parent)
    : QWidget(parent), bridge_(bridge), theme_(theme) {
    setObjectName(QStringLiteral("tintBar"));
    quantity_ = new QComboBox(this);
    quantity_->setAccessibleName(tr("Colour tokens by"));
    quantity_->setToolTip(tr("Colour each token by a quantity of its routing"));
    quantity_->setObjectName(QStringLiteral("tintChoice"));
    const QIcon icon = theme_.icon(QStringLiteral("tint"));
    const std::array<QString, kTintQuantities> titles{tr("Plain text"),
                                                      tr("First choice"),
                                                      tr("Gate of picked expert"),
                                                      tr("Margin"),
                                                      tr("Decisive margin"),
                                                      tr("Router entropy"),
                                                      tr("Routed mass"),
                                                      tr("Surprise"),
                                                      tr("Repeated choice")};
    for (int i = 0; i < kTintQuantities; ++i)
        quantity_->addItem(icon, titles[static_cast<std::size_t>(i)], i);
    buildRow();
    for (QComboBox* box : {quantity_, layers_})
        connect(box, &QComboBox::currentIndexChanged, this, &TintBar::takeFromControls);
    for (QSpinBox* box : {first_, last_})
        connect(box, &QSpinBox::valueChanged, this, &TintBar::takeFromControls);
    connect(numbers_, &QCheckBox::toggled, this, &TintBar::takeFromControls);
    for (auto signal : {&EngineBridge::branchOpened,
                        &EngineBridge::modelUsableAlready,
                        &EngineBridge::modelReady,
                        &EngineBridge::modelGone})
        connect(&bridge_, signal, this, &TintBar::refreshSizes);
    connect(&bridge_, &EngineBridge::traceGrew, this, &TintBar::refreshSizes);
    connect(&theme_, &Theme::changed, this, &TintBar::applyTheme);
    refreshSizes();
    applyTheme();
    refresh();
}

QSpinBox* TintBar::makeLayerBox(const QString& name) {
    auto* box = new QSpinBox;
    box->setRange(0, kManyLayers);
    box->setAccessibleName(name);
    box->setToolTip(name);
    return box;
}

void TintBar::buildRow() {
    auto* row = new FlowLayout(theme_.space(2), this);  // the chat may be narrow
    row->setContentsMargins(24, 0, 16, 8);
    layers_ = new QComboBox;
    layers_->setAccessibleName(tr("Layers of the tint"));
    layers_->setObjectName(QStringLiteral("tintLayers"));
    layers_->addItem(tr("Picked layer"), int(Which::Picked));
    layers_->addItem(tr("All layers"), int(Which::All));
    layers_->addItem(tr("Layers"), int(Which::Band));
    layers_->setToolTip(
        tr("The layer of the cell that is picked (all while none is), all layers, "
           "or a band of them"));
    first_ = makeLayerBox(tr("First layer of the tint"));
    last_ = makeLayerBox(tr("Last layer of the tint"));
    to_ = new QLabel(tr("to"));
    to_->setProperty("kind", QStringLiteral("muted"));
    numbers_ = new QCheckBox(tr("Numbers"));
    numbers_->setObjectName(QStringLiteral("tintNumbers"));
    numbers_->setToolTip(tr("The expert's number above each token"));
    legend_ = new TintLegend(theme_);
    badge_ = new ProvenanceBadge;
    auto* besides = new QWidget;  // keeps the badge as low as it is
    auto* inside = new QHBoxLayout(besides);
    inside->setContentsMargins(0, 0, 0, 0);
    inside->addWidget(badge_, 0, Qt::AlignVCenter);
    const std::initializer_list<QWidget*> all{
        layers_, first_, to_, last_, numbers_, legend_, besides};
    for (QWidget* widget : all) row->addWidget(widget);
}

void TintBar::setSetting(const TintSetting& setting) {
    if (setting == setting_) return;
    setting_ = setting;
    showInControls();
    refresh();
    Q_EMIT settingChanged(setting_);
}

void TintBar::showInControls() {
    showing_ = true;
    quantity_->setCurrentIndex(static_cast<int>(setting_.quantity));
    layers_->setCurrentIndex(static_cast<int>(setting_.layers.which));
    if (setting_.layers.which == Which::Band) {
        first_->setValue(setting_.layers.first);
        last_->setValue(setting_.layers.last);
    }
    numbers_->setChecked(setting_.numbers);
    showing_ = false;
}

// Ends that cross push one another: the band is never empty.
void TintBar::takeFromControls() {
    if (showing_) return;
    TintSetting wanted;
    wanted.quantity = static_cast<TintQuantity>(quantity_->currentData().toInt());
    wanted.layers.which = static_cast<Which>(layers_->currentData().toInt());
    wanted.numbers = numbers_->isEnabled() ? numbers_->isChecked() : setting_.numbers;
    if (wanted.layers.which == Which::Band) {
        wanted.layers.first = first_->value();
        wanted.layers.last = last_->value();
        if (sender() == first_ || wanted.layers.last >= wanted.layers.first)
            wanted.layers.last = std::max(wanted.layers.first, wanted.layers.last);
        else
            wanted.layers.first = wanted.layers.last;
    }
    setSetting(wanted);
}

void TintBar::refresh() {
    const bool on = setting_.quantity != TintQuantity::None;
    const bool ofLayers = setting_.quantity != TintQuantity::Surprise;
    const bool band = ofLayers && setting_.layers.which == Which::Band;
    layers_->setVisible(ofLayers);
    for (QWidget* widget : std::initializer_list<QWidget*>{first_, to_, last_})
        widget->setVisible(band);
    numbers_->setVisible(setting_.quantity == TintQuantity::Expert);
    // Colours come again from the ninth expert on: without numbers they would lie.
    const bool needed = sizes_.experts > TintPalette::kExpertColors;
    numbers_->setEnabled(!needed);
    showing_ = true;
    numbers_->setChecked(setting_.numbers || needed);
    showing_ = false;
    legend_->setTint(setting_.quantity, sizes_);
    fitToCurrent(*quantity_, theme_);
    fitToCurrent(*layers_, theme_);
    badge_->showFor(bridge_.session());
    setVisible(on);
    updateGeometry();
}

void TintBar::refreshSizes() {
    const ChatSession& session = bridge_.session();
    RouterSizes sizes;
    if (const auto model = session.model()) {
        sizes = {model->config.numLayers,
                 model->config.numExperts,
                 model->config.numSelected,
                 model->config.vocabSize};
    }
    if (session.traceSize() > 0 && session.traceToken(0).routing) {
        const RoutingRecord& routing = *session.traceToken(0).routing;
        if (routing.numLayers != sizes.layers || routing.numExperts != sizes.experts)
            sizes = {routing.numLayers, routing.numExperts, routing.numSelected, 0};
    }
    badge_->showFor(session);
    if (sizes == sizes_) return;
    sizes_ = sizes;
    showing_ = true;  // a band that was chosen for a larger model stays chosen
    for (QSpinBox* box : {first_, last_})
        box->setMaximum(sizes.layers > 0 ? sizes.layers - 1 : kManyLayers);
    showing_ = false;
    refresh();
    Q_EMIT sizesChanged();
}

void TintBar::applyTheme() {
    fitToCurrent(*quantity_, theme_);
    fitToCurrent(*layers_, theme_);
    // What stands beside the boxes takes their height, so that the texts are on one line.
    first_->ensurePolished();
    const std::initializer_list<QWidget*> beside{to_, numbers_, legend_, badge_->parentWidget()};
    for (QWidget* widget : beside) widget->setMinimumHeight(first_->sizeHint().height());
}

}  // namespace gatescope

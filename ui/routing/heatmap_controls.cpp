#include "ui/routing/heatmap_controls.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QToolButton>
#include <algorithm>
#include <array>

#include "ui/docks/flow_layout.h"
#include "ui/language/number_text.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr std::array kPowers{1.0, 0.5, 0.33};
constexpr int kDefaultPower = 1;  // of kPowers: most probabilities lie near the lower end
constexpr std::array kMaps{ColorMapKind::Cividis, ColorMapKind::Viridis, ColorMapKind::Grey};
constexpr std::array kHalfLives{1, 8, 32, 128};
constexpr int kDefaultHalfLife = 1;  // of kHalfLives
constexpr std::array kPopulations{Population::Generated, Population::Prompt, Population::All};

}  // namespace

HeatmapControls::HeatmapControls(const Theme& theme, QWidget* parent)
    : QWidget(parent), theme_(theme) {
    auto* layout = new FlowLayout(theme_.space(1), this);  // the dock may be narrow
    layout->setContentsMargins(0, 0, 0, 0);
    modes_ = makeBox(tr("What the heatmap shows"), "heatmapMode", {});
    modes_->setProperty("kind", QStringLiteral("field"));
    layout->addWidget(modes_);
    for (int i = 0; i < kHeatmapModes; ++i) {
        const auto mode = static_cast<HeatmapMode>(i);
        if (mode == HeatmapMode::Mean) modes_->insertSeparator(modes_->count());
        modes_->addItem(modeTitle(mode), i);
        modes_->setItemData(modes_->count() - 1, modeHint(mode), Qt::ToolTipRole);
    }
    QStringList halfLives;
    for (const int tokens : kHalfLives) halfLives << tr("half-life %1").arg(tokens);
    halfLives_ =
        makeBox(tr("Half-life of the fading mean, in tokens"), "heatmapHalfLife", halfLives);
    halfLives_->setCurrentIndex(kDefaultHalfLife);
    layout->addWidget(halfLives_);
    populations_ = makeBox(tr("Which tokens count, in every view"),
                           "heatmapPopulation",
                           {tr("generated"), tr("prompt"), tr("all tokens")});
    layout->addWidget(populations_);
    pin_ = new QToolButton;
    pin_->setText(tr("Pin"));
    pin_->setAccessibleName(tr("Pin baseline"));
    pin_->setToolTip(
        tr("Pin baseline: keep what is counted now as the one that later ranges, versions and "
           "conversations are compared with"));
    pin_->setObjectName(QStringLiteral("pinBaseline"));
    layout->addWidget(pin_);
    QStringList maps;
    for (const ColorMapKind kind : kMaps) maps << colorMapTitle(kind);
    auto* scale = new QWidget;  // both go to the next line together
    auto* beside = new QHBoxLayout(scale);
    beside->setContentsMargins(0, 0, 0, 0);
    beside->setSpacing(0);
    maps_ = makeBox(tr("Colour map"), "heatmapColors", maps);
    beside->addWidget(maps_);
    QStringList powers;
    for (const double power : kPowers)
        powers << (power == 1.0 ? tr("linear") : tr("power %1").arg(numberText(power, 'g', 6)));
    powers_ = makeBox(
        tr("Power of the colour scale: below 1 spreads small values"), "heatmapPower", powers);
    powers_->setCurrentIndex(kDefaultPower);
    beside->addWidget(powers_);
    layout->addWidget(scale);
    showWhatGoesWithMode();

    connect(modes_, &QComboBox::activated, this, [this](int index) {
        setMode(static_cast<HeatmapMode>(modes_->itemData(index).toInt()));
    });
    connect(halfLives_, &QComboBox::activated, this, [this] { Q_EMIT halfLifeChosen(halfLife()); });
    connect(populations_, &QComboBox::activated, this, [this](int index) {
        Q_EMIT populationChosen(kPopulations[static_cast<std::size_t>(index)]);
    });
    connect(pin_, &QToolButton::clicked, this, &HeatmapControls::pinRequested);
    connect(maps_, &QComboBox::currentIndexChanged, this, &HeatmapControls::colorsChosen);
    connect(powers_, &QComboBox::currentIndexChanged, this, &HeatmapControls::colorsChosen);
}

QComboBox* HeatmapControls::makeBox(const QString& name,
                                    const char* objectName,
                                    const QStringList& items) {
    auto* box = new QComboBox;
    box->setAccessibleName(name);
    box->setToolTip(name);
    box->setObjectName(QString::fromLatin1(objectName));
    box->addItems(items);
    return box;
}

void HeatmapControls::setMode(HeatmapMode mode) {
    if (mode == mode_) return;
    mode_ = mode;
    modes_->setCurrentIndex(modes_->findData(static_cast<int>(mode)));
    showWhatGoesWithMode();
    Q_EMIT modeChosen(mode);
}

void HeatmapControls::stepMode(int step) {
    const int next = (static_cast<int>(mode_) + step + kHeatmapModes) % kHeatmapModes;
    setMode(static_cast<HeatmapMode>(next));
}

void HeatmapControls::showWhatGoesWithMode() {
    halfLives_->setVisible(mode_ == HeatmapMode::Recent);
    populations_->setVisible(!isOfToken(mode_));
    pin_->setVisible(!isOfToken(mode_));
    maps_->setVisible(!hasSign(mode_));
    modes_->setToolTip(modeHint(mode_));
}

int HeatmapControls::halfLife() const {
    return kHalfLives[static_cast<std::size_t>(halfLives_->currentIndex())];
}

void HeatmapControls::setHalfLife(int tokens) {
    const auto* found = std::ranges::find(kHalfLives, tokens);
    if (found == kHalfLives.end() || tokens == halfLife()) return;
    halfLives_->setCurrentIndex(static_cast<int>(found - kHalfLives.begin()));
    Q_EMIT halfLifeChosen(tokens);
}

void HeatmapControls::showPopulation(Population population) {
    const auto* found = std::ranges::find(kPopulations, population);
    populations_->setCurrentIndex(static_cast<int>(found - kPopulations.begin()));
}

const ColorMap& HeatmapControls::colorMap() const {
    const double power = kPowers[static_cast<std::size_t>(powers_->currentIndex())];
    const ColorMapKind kind = hasSign(mode_) ? ColorMapKind::Difference : mapKind();
    const double limit = hasSign(mode_) ? scaleLimit(mode_) : 1.0;
    if (map_.kind() != kind || map_.power() != power || map_.limit() != limit)
        map_ = ColorMap(kind, power, limit);
    return map_;
}

ColorMapKind HeatmapControls::mapKind() const {
    return kMaps[static_cast<std::size_t>(maps_->currentIndex())];
}

}  // namespace gatescope

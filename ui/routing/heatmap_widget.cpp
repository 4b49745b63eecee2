#include "ui/routing/heatmap_widget.h"

#include <QAccessible>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <algorithm>

#include "ui/routing/heatmap_accessible.h"

namespace gatescope {

HeatmapWidget::HeatmapWidget(Theme& theme, QWidget* parent)
    : QWidget(parent), theme_(theme), keys_(new ViewKeys(this, tr("In the heatmap"))) {
    installHeatmapAccessibility();
    setObjectName(QStringLiteral("heatmap"));
    setAccessibleName(tr("Routing heatmap"));
    addKeys();
    describeKeys();
    connect(keys_, &ViewKeys::changed, this, &HeatmapWidget::describeKeys);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAttribute(Qt::WA_OpaquePaintEvent);
    connect(&theme_, &Theme::changed, this, [this] {
        relayout();
        update();
    });
}

void HeatmapWidget::setFrame(HeatmapFrame frame) {
    const bool sameShape =
        frame.numLayers == frame_.numLayers && frame.numExperts == frame_.numExperts;
    const bool sameLayout = sameShape && rowQuantity(frame.mode) == rowQuantity(frame_.mode) &&
                            (frame.trailTokens > 0) == (frame_.trailTokens > 0) &&
                            hasSign(frame.mode) == hasSign(frame_.mode) &&
                            frame.topK == frame_.topK && frame.layerTopK == frame_.layerTopK;
    frame_ = std::move(frame);
    if (!sameShape) {
        if (picked_ && !frame_.contains(*picked_)) picked_.reset();
        brushed_.clear();
        anchor_.reset();
        hovered_.reset();
        hinted_.reset();
        updateGeometry();
    }
    if (!sameLayout) {
        relayout();
    } else {
        rebuildImage();
        rebuildShapes();
    }
    update();
}

void HeatmapWidget::setColorMap(const ColorMap& map) {
    map_ = map;
    rebuildImage();
    rebuildShapes();
    update();
}

void HeatmapWidget::setPickedSite(std::optional<ExpertSite> site) {
    if (site && !frame_.contains(*site)) site.reset();
    if (picked_ == site) return;
    picked_ = site;
    update();
    if (picked_ && hasFocus()) {
        QAccessibleEvent event(this, QAccessible::Focus);
        event.setChild(static_cast<int>(frame_.index(*picked_)));
        QAccessible::updateAccessibility(&event);
    }
}

void HeatmapWidget::setHintedSite(std::optional<ExpertSite> site) {
    if (site && !frame_.contains(*site)) site.reset();
    if (hinted_ == site) return;
    hinted_ = site;
    update();
}

QSize HeatmapWidget::minimumSizeHint() const {
    if (frame_.empty()) return {160, 120};
    return HeatmapGeometry::minimumArea(frame_.numLayers, frame_.numExperts, labelMargins());
}

QSize HeatmapWidget::sizeHint() const {
    return minimumSizeHint().expandedTo(QSize(280, 240));
}

void HeatmapWidget::resizeEvent(QResizeEvent* /*event*/) {
    relayout();
}

void HeatmapWidget::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange || event->type() == QEvent::EnabledChange) {
        relayout();
        update();
    }
    QWidget::changeEvent(event);
}

void HeatmapWidget::mouseMoveEvent(QMouseEvent* event) {
    hover(geometry_.siteAt(event->position().toPoint()));
}

void HeatmapWidget::leaveEvent(QEvent* /*event*/) {
    hover(std::nullopt);
}

void HeatmapWidget::hover(std::optional<ExpertSite> site) {
    if (hovered_ == site) return;
    hovered_ = site;
    setCursor(site ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
    Q_EMIT siteHovered(site);
}

void HeatmapWidget::mousePressEvent(QMouseEvent* event) {
    const auto site = geometry_.siteAt(event->position().toPoint());
    if (!site) return;
    if (event->modifiers().testFlag(Qt::ShiftModifier)) return brushTo(*site);
    if (event->modifiers().testFlag(Qt::ControlModifier)) return toggleBrush(*site);
    const bool opensMenu = event->button() == Qt::RightButton;
    if (!opensMenu || sitesWith(*site).size() == 1) brushed_.clear();
    anchor_.reset();
    update();
    pick(*site);
}

void HeatmapWidget::contextMenuEvent(QContextMenuEvent* event) {
    if (event->reason() == QContextMenuEvent::Mouse) {
        const auto site = geometry_.siteAt(event->pos());
        if (!site) return;
        pick(*site);
    }
    openMenu();
}

void HeatmapWidget::pick(ExpertSite site) {
    setPickedSite(site);
    Q_EMIT sitePicked(site);
}

std::vector<ExpertSite> HeatmapWidget::sitesWith(ExpertSite site) const {
    if (std::ranges::binary_search(brushed_, site)) return brushed_;
    return {site};
}

/// The rectangle between where brushing began and `site`.
void HeatmapWidget::brushTo(ExpertSite site) {
    if (!anchor_) anchor_ = picked_.value_or(site);
    const auto layers = std::minmax(anchor_->layer, site.layer);
    const auto experts = std::minmax(anchor_->expert, site.expert);
    brushed_.clear();
    for (auto layer = layers.first.value; layer <= layers.second.value; ++layer)
        for (auto expert = experts.first.value; expert <= experts.second.value; ++expert)
            brushed_.push_back({{layer}, {expert}});
    pick(site);
    update();
}

void HeatmapWidget::toggleBrush(ExpertSite site) {
    if (brushed_.empty() && picked_) brushed_ = {*picked_};
    const auto at = std::ranges::lower_bound(brushed_, site);
    const bool taken = at != brushed_.end() && *at == site;
    if (taken && brushed_.size() > 1)
        brushed_.erase(at);
    else if (!taken)
        brushed_.insert(at, site);
    anchor_ = site;
    pick(taken ? brushed_.front() : site);
    update();
}

ExpertSite HeatmapWidget::startSite() const {
    const auto first = std::find(
        frame_.choice.begin(), frame_.choice.begin() + frame_.numExperts, std::uint8_t{1});
    const auto expert = first - frame_.choice.begin();
    return {{0}, {expert < frame_.numExperts ? static_cast<std::int32_t>(expert) : 0}};
}

void HeatmapWidget::walk(int layers, int experts, bool brush) {
    if (frame_.empty()) return;
    hover(std::nullopt);  // a resting mouse must not hide the cell that the keys are at
    if (!picked_) {
        pick(startSite());
        return;
    }
    const ExpertSite next{{std::clamp(picked_->layer.value + layers, 0, frame_.numLayers - 1)},
                          {std::clamp(picked_->expert.value + experts, 0, frame_.numExperts - 1)}};
    if (brush) return brushTo(next);
    brushed_.clear();
    anchor_.reset();
    pick(next);
    update();
}

void HeatmapWidget::openMenu() {
    if (frame_.empty()) return;
    if (!picked_) pick(startSite());
    const QRect cell = geometry_.cellRect(*picked_);
    Q_EMIT menuRequested(*picked_, mapToGlobal(cell.bottomLeft() + QPoint(0, 2)));
}

void HeatmapWidget::addKeys() {
    const auto add = [this](const char* id, const QString& name, const char* key, auto run) {
        keys_->add(id, name, {QString::fromLatin1(key)}, run);
    };
    add("heatmap-next-mode", tr("Next mode"), "M", [this] { Q_EMIT modeStepRequested(1); });
    add("heatmap-previous-mode", tr("Previous mode"), "Shift+M", [this] {
        Q_EMIT modeStepRequested(-1);
    });
    add("heatmap-change-cell", tr("Change the cell picked"), "Space", [this] { openMenu(); });
    add("heatmap-clear", tr("Clear interventions"), "X", [this] {
        Q_EMIT clearInterventionsRequested();
    });
}

void HeatmapWidget::describeKeys() {
    setAccessibleDescription(
        tr("One row a layer, one column an expert. Arrow keys walk the cells, Enter opens what can "
           "be done with an expert. Shift with arrows, or Control and a click, takes several "
           "cells.") +
        QLatin1Char(' ') + keys_->inWords());
}

void HeatmapWidget::keyPressEvent(QKeyEvent* event) {
    if (keys_->handle(*event)) return;
    const bool brush = event->modifiers().testFlag(Qt::ShiftModifier);
    switch (event->key()) {
        case Qt::Key_Up:
            return walk(-1, 0, brush);
        case Qt::Key_Down:
            return walk(1, 0, brush);
        case Qt::Key_Left:
            return walk(0, -1, brush);
        case Qt::Key_Right:
            return walk(0, 1, brush);
        case Qt::Key_PageUp:
            return walk(-HeatmapGeometry::kGroupSize, 0, brush);
        case Qt::Key_PageDown:
            return walk(HeatmapGeometry::kGroupSize, 0, brush);
        case Qt::Key_Home:
            return walk(0, -frame_.numExperts, brush);
        case Qt::Key_End:
            return walk(0, frame_.numExperts, brush);
        case Qt::Key_Return:
        case Qt::Key_Enter:
            return openMenu();
        default:
            QWidget::keyPressEvent(event);
    }
}

void HeatmapWidget::focusInEvent(QFocusEvent* event) {
    if (!picked_ && !frame_.empty() &&
        (event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason)) {
        pick(startSite());
    }
    QWidget::focusInEvent(event);
    update();
}

}  // namespace gatescope

// How HeatmapWidget gets its pixels. Whatever can be made before is made when the frame, the size
// or the theme changes; paintEvent only copies and draws batches.

#include <QPaintEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/routing/change_marks.h"
#include "ui/routing/heatmap_widget.h"

namespace gatescope {
namespace {

constexpr int kLightInk = 0;
constexpr int kDarkInk = 1;
constexpr std::array<QRgb, 2> kInk{0xfff7f9fc, 0xff101418};
// Room around a number: with less they run into one another.
constexpr QSize kAroundDigits{9, 2};
constexpr std::array<int, 4> kGlowAlpha{170, 95, 50, 28};
constexpr QRgb kMark = 0xffff9d5c;  // orange: on no colour map, apart from both their ends

int labelStep(int cellLength, int labelLength) {
    if (cellLength >= labelLength) return 1;
    return HeatmapGeometry::kGroupSize;
}

int glowLevel(float strength) {
    if (strength > 0.8F) return 0;
    if (strength > 0.4F) return 1;
    return strength > 0.2F ? 2 : 3;
}

constexpr int kTrailGap = 8;  ///< between the grid and the trails
constexpr int kLowestTrail = 6;
constexpr int kHighestTrail = 24;
constexpr int kHatchStep = 6;
constexpr int kLayerMarks = 28;  ///< px beside the numbers of layers, for what they select

QString twoDigits(int percent) {
    if (percent >= 100) return QStringLiteral("1.0");
    return QStringLiteral(".%1").arg(percent, 2, 10, QLatin1Char('0'));
}

}  // namespace

QMargins HeatmapWidget::labelMargins() const {
    const QFontMetrics metrics(theme_.font(FontRole::MonoSmall));
    const int left = metrics.horizontalAdvance(QString::number(std::max(frame_.numLayers, 10) - 1));
    return {left + theme_.space(3) + (frame_.layerTopK.empty() ? 0 : kLayerMarks),
            metrics.height() + theme_.space(2),
            theme_.space(3),
            theme_.space(2)};
}

bool HeatmapWidget::showsTrails() const {
    return frame_.trailTokens > 0 &&
           width() >= minimumSizeHint().width() + kTrailGap + RowTrails::kWidth;
}

void HeatmapWidget::relayout() {
    QMargins margins = labelMargins();
    if (showsTrails()) margins += QMargins(0, 0, kTrailGap + RowTrails::kWidth, 0);
    geometry_ = HeatmapGeometry(frame_.numLayers, frame_.numExperts, size(), margins);
    rebuildImage();
    rebuildShapes();
    rebuildGround();
    rebuildDigits();
}

void HeatmapWidget::rebuildImage() {
    if (frame_.empty()) {
        image_ = QImage();
        return;
    }
    if (image_.size() != QSize(frame_.numExperts, frame_.numLayers)) {
        image_ = QImage(frame_.numExperts, frame_.numLayers, QImage::Format_RGB32);
    }
    for (int layer = 0; layer < frame_.numLayers; ++layer) {
        auto* row = reinterpret_cast<QRgb*>(image_.scanLine(layer));
        const float* values = frame_.values.data() + frame_.index({{layer}, {0}});
        for (int expert = 0; expert < frame_.numExperts; ++expert) {
            row[expert] = map_.color(values[expert]);
        }
    }
}

bool HeatmapWidget::smallCells() const {
    const QSize cell = geometry_.cellSize();
    return std::min(cell.width(), cell.height()) < 14;
}

void HeatmapWidget::addChoice(const QRect& cell, int choice, bool weak) {
    // Frames reach into the gap around the cell, so that even an 8 px cell keeps its colour.
    const QRectF outer = QRectF(cell).adjusted(-1, -1, 1, 1);
    if (choice > 1) {
        (weak ? shapes_.weakLater : shapes_.later).push_back(outer.adjusted(0.5, 0.5, -0.5, -0.5));
        return;
    }
    const bool small = smallCells();
    const qreal thick = small ? 2 : 3;
    const qreal half = thick / 2;
    (weak ? shapes_.weakFirst : shapes_.first).push_back(outer.adjusted(half, half, -half, -half));
    const int shortSide = std::min(cell.width(), cell.height());
    const int corner = std::max(4, shortSide / 3);
    shapes_.corners.emplace_back(cell.left(), cell.top(), corner, corner);
    if (small) return;
    const qreal inner = thick + 0.5;
    shapes_.innerLines.push_back(outer.adjusted(inner, inner, -inner, -inner));
}

QRect HeatmapWidget::trailBox(int layer) const {
    const QRect row = geometry_.cellRect({{layer}, {0}});
    const int height = std::clamp(row.height() - 2, kLowestTrail, kHighestTrail);
    return {geometry_.grid().right() + 1 + kTrailGap,
            row.top() + (row.height() - 1 - height) / 2,
            RowTrails::kWidth,
            height};
}

void HeatmapWidget::addTrails() {
    if (!showsTrails()) return;
    for (int layer = 0; layer < frame_.numLayers; ++layer) {
        std::optional<float> mean;
        if (!frame_.singleToken()) mean = frame_.rowValues[static_cast<std::size_t>(layer)];
        shapes_.trails.add(
            trailBox(layer), frame_.trailOf(layer), {frame_.rowLimit, frame_.rowChance}, mean);
    }
}

void HeatmapWidget::rebuildShapes() {
    shapes_ = {};
    addTrails();
    for (int layer = 0; layer < frame_.numLayers; ++layer) {
        for (int expert = 0; expert < frame_.numExperts; ++expert) {
            const ExpertSite site{{layer}, {expert}};
            const std::size_t i = frame_.index(site);
            const QRect cell = geometry_.cellRect(site).adjusted(0, 0, -1, -1);  // the grid line
            if (frame_.choice[i] > 0) {
                const bool ofProbability =
                    frame_.mode == HeatmapMode::Now || frame_.mode == HeatmapMode::Mass;
                addChoice(cell, frame_.choice[i], ofProbability && frame_.values[i] < kWeakChoice);
            } else if (frame_.glow[i] > 0 && !theme_.reducedMotion()) {
                shapes_.glow[static_cast<std::size_t>(glowLevel(frame_.glow[i]))].push_back(
                    cell.adjusted(0, 0, -1, -1));
            }
            if (frame_.ablated[i] != 0) {
                const QRectF inner = QRectF(cell).adjusted(1.5, 1.5, -1.5, -1.5);
                shapes_.crosses.emplace_back(inner.topLeft(), inner.bottomRight());
                shapes_.crosses.emplace_back(inner.bottomLeft(), inner.topRight());
            }
            if (frame_.forced[i] != 0) shapes_.forced.push_back(cell);
            if (!frame_.changes.empty()) shapes_.changes.add(frame_.changes[i], cell);
        }
    }
}

void HeatmapWidget::rebuildGround() {
    const qreal ratio = devicePixelRatioF();
    ground_ = QPixmap(size() * ratio);
    ground_.setDevicePixelRatio(ratio);
    ground_.fill(theme_.color(ColorRole::Sunken));
    if (frame_.empty()) return;
    QPainter painter(&ground_);
    painter.setFont(theme_.font(FontRole::MonoSmall));
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const QFontMetrics metrics(painter.font());
    const QSize cell = geometry_.cellSize();
    const QRect grid = geometry_.grid();
    const int labelWidth = metrics.horizontalAdvance(QString::number(frame_.numLayers - 1));
    const int layerStep = labelStep(cell.height(), metrics.ascent() + 1);
    for (int layer = 0; layer < frame_.numLayers; layer += layerStep) {
        const QRect row = geometry_.cellRect({{layer}, {0}});
        painter.drawText(QRect(grid.left() - labelWidth - theme_.space(2),
                               row.center().y() - metrics.height() / 2,
                               labelWidth,
                               metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter,
                         QString::number(layer));
    }
    const int widest = metrics.horizontalAdvance(QString::number(frame_.numExperts - 1)) + 4;
    const int expertStep = labelStep(cell.width(), widest);
    for (int expert = 0; expert < frame_.numExperts; expert += expertStep) {
        const QRect column = geometry_.cellRect({{0}, {expert}});
        painter.drawText(QRect(column.center().x() - 20,
                               grid.top() - metrics.height() - theme_.space(1),
                               40,
                               metrics.height()),
                         Qt::AlignHCenter | Qt::AlignBottom,
                         QString::number(expert));
    }
    painter.setFont(theme_.font(FontRole::Tiny));
    if (frame_.topK > 0) {
        // On the line of the experts' numbers.
        const QRect corner(
            0, grid.top() - metrics.height() - theme_.space(1), grid.left(), metrics.height());
        paintTopK(
            painter, corner, QColor::fromRgb(kMark), QColor::fromRgb(kInk[kDarkInk]), frame_.topK);
        painter.setPen(theme_.color(ColorRole::TextFaint));
    }
    paintLayerMarks(painter);
    if (!showsTrails()) return;
    painter.drawText(QRect(grid.right() + 1 + kTrailGap,
                           grid.top() - metrics.height() - theme_.space(1),
                           RowTrails::kWidth,
                           metrics.height()),
                     Qt::AlignHCenter | Qt::AlignBottom,
                     QFontMetrics(painter.font())
                         .elidedText(rowQuantity(frame_.mode), Qt::ElideRight, RowTrails::kWidth));
}

/// Beside the numbers of layers that select as many as they say: a line along them, and a plate
/// where there is room for it.
void HeatmapWidget::paintLayerMarks(QPainter& painter) const {
    const int labels = labelMargins().left() - kLayerMarks;
    const int right = geometry_.grid().left() - labels;
    const int plateHeight = QFontMetrics(painter.font()).height();
    int free = 0;  // where the plate above ends
    for (const LayerTopK& layers : frame_.layerTopK) {
        const int top = geometry_.cellRect({layers.first, {0}}).top();
        const int bottom = geometry_.cellRect({layers.last, {0}}).bottom() - 1;
        painter.fillRect(QRect(QPoint(right - 2, top), QPoint(right - 1, bottom)),
                         QColor::fromRgb(kMark));
        const int middle = std::max((top + bottom) / 2, free + plateHeight / 2);
        if (middle - plateHeight / 2 > bottom) continue;
        const QRect area(
            right - kLayerMarks, middle - plateHeight / 2, kLayerMarks - 4, plateHeight);
        paintTopK(
            painter, area, QColor::fromRgb(kMark), QColor::fromRgb(kInk[kDarkInk]), layers.topK);
        free = area.bottom() + 2;
    }
    painter.setPen(theme_.color(ColorRole::TextFaint));
}

void HeatmapWidget::rebuildDigits() {
    const QSize cell = geometry_.cellSize();
    for (auto& set : digits_) set.clear();
    if (frame_.empty() || hasSign(frame_.mode)) return;  // what has a sign is no two digits wide
    const auto sizeIn = [](const QFont& font) {
        const QFontMetrics metrics(font);
        return QSize(metrics.horizontalAdvance(twoDigits(88)) + 2, metrics.height());
    };
    const auto fits = [&cell](const QSize& size) {
        return cell.width() >= size.width() + kAroundDigits.width() &&
               cell.height() >= size.height() + kAroundDigits.height();
    };
    QFont font = theme_.font(FontRole::Mono);
    if (cell.height() < 26 || !fits(sizeIn(font))) font = theme_.font(FontRole::MonoSmall);
    const QSize size = sizeIn(font);
    if (!fits(size)) return;
    const qreal ratio = devicePixelRatioF();
    for (const int ink : {kLightInk, kDarkInk}) {
        QColor color = QColor::fromRgb(kInk[static_cast<std::size_t>(ink)]);
        for (int percent = 0; percent <= 100; ++percent) {
            QPixmap pixmap(size * ratio);
            pixmap.setDevicePixelRatio(ratio);
            pixmap.fill(Qt::transparent);
            QPainter painter(&pixmap);
            painter.setFont(font);
            painter.setPen(color);
            painter.drawText(QRect(QPoint(), size), Qt::AlignCenter, twoDigits(percent));
            digits_[static_cast<std::size_t>(ink)].push_back(pixmap);
        }
    }
}

void HeatmapWidget::paintEvent(QPaintEvent* /*event*/) {
    QPainter painter(this);
    painter.drawPixmap(0, 0, ground_);
    if (frame_.empty()) return;
    paintCells(painter);
    if (frame_.thin) paintHatching(painter);
    shapes_.trails.paint(painter, theme_);
    paintShapes(painter);
    paintInterventions(painter);
    if (!frame_.thin) paintDigits(painter);
    paintCursor(painter);
}

void HeatmapWidget::paintCells(QPainter& painter) const {
    const QSize cell = geometry_.cellSize();
    const QRect grid = geometry_.grid();
    for (int group = 0; group < geometry_.numGroups(); ++group) {
        painter.drawImage(geometry_.groupRect(group),
                          image_,
                          QRect(0,
                                group * HeatmapGeometry::kGroupSize,
                                frame_.numExperts,
                                geometry_.layersInGroup(group)));
    }
    painter.setPen(QPen(theme_.color(ColorRole::Sunken), 1));
    for (int expert = 0; expert < frame_.numExperts; ++expert) {
        const int x = grid.left() + (expert + 1) * cell.width() - 1;
        painter.drawLine(x, grid.top(), x, grid.bottom());
    }
    for (int layer = 0; layer < frame_.numLayers; ++layer) {
        const int y = geometry_.cellRect({{layer}, {0}}).bottom();
        painter.drawLine(grid.left(), y, grid.right(), y);
    }
}

void HeatmapWidget::paintHatching(QPainter& painter) const {
    painter.save();
    for (int group = 0; group < geometry_.numGroups(); ++group) {
        const QRect area = geometry_.groupRect(group).adjusted(0, 0, -1, -1);
        painter.setClipRect(area);
        painter.fillRect(area, theme_.color(ColorRole::Surface));
        painter.setPen(QPen(theme_.color(ColorRole::BorderStrong), 1));
        for (int x = area.left() - area.height(); x < area.right(); x += kHatchStep)
            painter.drawLine(x, area.bottom(), x + area.height(), area.top());
        painter.drawRect(area);
    }
    painter.restore();
}

void HeatmapWidget::paintDigits(QPainter& painter) const {
    if (digits_[0].empty()) return;
    const QSizeF size = digits_[0].front().deviceIndependentSize();
    for (int layer = 0; layer < frame_.numLayers; ++layer) {
        for (int expert = 0; expert < frame_.numExperts; ++expert) {
            const ExpertSite site{{layer}, {expert}};
            const float value = frame_.values[frame_.index(site)];
            const auto percent = static_cast<std::size_t>(
                std::clamp(static_cast<int>(std::lround(value * 100.0F)), 0, 100));
            const std::size_t ink = needsDarkInk(map_.color(value)) ? kDarkInk : kLightInk;
            const QPoint center = geometry_.cellRect(site).center();
            painter.drawPixmap(QPoint(center.x() - static_cast<int>(size.width() / 2),
                                      center.y() - static_cast<int>(size.height() / 2)),
                               digits_[ink][percent]);
        }
    }
}

void HeatmapWidget::paintShapes(QPainter& painter) const {
    painter.setBrush(Qt::NoBrush);
    for (std::size_t level = 0; level < shapes_.glow.size(); ++level) {
        if (shapes_.glow[level].empty()) continue;
        QColor color = theme_.color(ColorRole::Token);
        color.setAlpha(kGlowAlpha[level]);
        painter.setPen(QPen(color, 1));
        painter.drawRects(shapes_.glow[level].data(), static_cast<int>(shapes_.glow[level].size()));
    }
    const auto drawFrames = [&painter](const std::vector<QRectF>& frames, const QPen& pen) {
        if (frames.empty()) return;
        painter.setPen(pen);
        painter.drawRects(frames.data(), static_cast<int>(frames.size()));
    };
    const QColor ink = theme_.color(ColorRole::Text);
    QPen thick(ink, smallCells() ? 2 : 3, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin);
    QPen thin(ink, 1, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin);
    drawFrames(shapes_.later, thin);
    drawFrames(shapes_.first, thick);
    drawFrames(shapes_.innerLines, QPen(theme_.color(ColorRole::Sunken), 1));
    thick.setDashPattern({2, 1});
    thin.setDashPattern({3, 3});
    drawFrames(shapes_.weakLater, thin);
    drawFrames(shapes_.weakFirst, thick);
    for (const QRect& corner : shapes_.corners) painter.fillRect(corner, ink);
}

void HeatmapWidget::paintInterventions(QPainter& painter) const {
    if (shapes_.crosses.empty() && shapes_.forced.empty() && shapes_.changes.empty()) return;
    painter.setRenderHint(QPainter::Antialiasing);
    const QColor dark = QColor::fromRgb(kInk[kDarkInk]);
    shapes_.changes.paint(painter, QColor::fromRgb(kMark), dark);
    // A dark line under a light one: seen on both ends of the colour map.
    painter.setPen(QPen(dark, 4));
    painter.drawLines(shapes_.crosses.data(), static_cast<int>(shapes_.crosses.size()));
    painter.setPen(QPen(QColor::fromRgb(kMark), 2));
    painter.drawLines(shapes_.crosses.data(), static_cast<int>(shapes_.crosses.size()));
    painter.setPen(QPen(dark, 1));
    painter.setBrush(QColor::fromRgb(kMark));
    for (const QRect& cell : shapes_.forced) {
        const qreal half = std::clamp(cell.height() * 0.26, 3.0, 7.0);
        const QPointF center(cell.right() - half, cell.bottom() - half);
        const std::array<QPointF, 4> diamond{center + QPointF(0, -half),
                                             center + QPointF(half, 0),
                                             center + QPointF(0, half),
                                             center + QPointF(-half, 0)};
        painter.drawConvexPolygon(diamond.data(), static_cast<int>(diamond.size()));
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setBrush(Qt::NoBrush);
}

void HeatmapWidget::paintCursor(QPainter& painter) const {
    const auto outline = [&](ExpertSite site, const QColor& color, int width, int outset) {
        painter.setPen(QPen(color, width, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin));
        const QRect cell = geometry_.cellRect(site).adjusted(0, 0, -1, -1);
        painter.drawRect(cell.adjusted(-outset, -outset, outset - 1, outset - 1));
    };
    const auto pointed = hovered_ ? hovered_ : hinted_;
    if (pointed && pointed != picked_) {
        outline(*pointed, theme_.color(ColorRole::TextMuted), 1, 1);
    }
    for (const ExpertSite site : brushed_) outline(site, theme_.color(ColorRole::Accent), 2, 1);
    if (picked_) {
        outline(*picked_, theme_.color(ColorRole::Sunken), 1, 3);
        outline(*picked_, theme_.color(ColorRole::Accent), 2, 2);
    }
    if (hasFocus()) {
        painter.setPen(QPen(theme_.color(ColorRole::Accent), 1));
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

}  // namespace gatescope

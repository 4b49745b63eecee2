#include "ui/statistics/expert_grid.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <array>
#include <cmath>

#include "engine/routing/statistic.h"
#include "ui/routing/color_map.h"

namespace gatescope {
namespace {

constexpr int kMostLabelChars = 18;
constexpr int kKeySize = 11;
constexpr int kLegendSteps = 64;
constexpr int kLegendWidth = 52;  ///< beside the cells, in steps of the grid of 4 px

/// Of numbers with `pixels` each: one in how many has room.
int labelStep(int pixels, int needed) {
    int step = 1;
    while (step * pixels < needed) step *= 2;
    return step;
}

void hatch(QPainter& painter, const QRect& cell, const QColor& ink) {
    // Lines of our own: a pattern brush does not reach an SVG file.
    painter.setPen(QPen(ink, 1));
    const int width = cell.width() - 1;
    const int height = cell.height() - 1;
    for (int d = 2; d < width + height; d += 4) {
        const int from = std::max(0, d - height);
        const int to = std::min(width, d);
        painter.drawLine(
            cell.left() + from, cell.top() + d - from, cell.left() + to, cell.top() + d - to);
    }
}

void cornerMark(QPainter& painter, const QRect& cell, const QColor& ink) {
    const int size = std::clamp(std::min(cell.width(), cell.height()) / 4, 2, 6);
    const QPointF corner(cell.right() + 1, cell.top());
    const std::array<QPointF, 3> triangle{
        corner, corner - QPointF(size, 0), corner + QPointF(0, size)};
    painter.setPen(Qt::NoPen);
    painter.setBrush(ink);
    painter.drawConvexPolygon(triangle.data(), static_cast<int>(triangle.size()));
}

}  // namespace

// ---------------------------------------------------------------- GridGeometry

GridGeometry GridGeometry::fitted(int rows, int columns, const QRect& room) {
    GridGeometry g{.grid = {}, .rows = rows, .columns = columns};
    if (rows <= 0 || columns <= 0) return g;
    g.cellHeight = std::max(1, room.height() / rows);
    g.cellWidth = std::max(1, room.width() / columns);
    g.cellWidth = std::min(g.cellWidth, std::max(2 * g.cellHeight, 1));
    g.cellHeight = std::min(g.cellHeight, std::max(g.cellWidth, 18));
    g.grid = QRect(room.topLeft(), QSize(g.cellWidth * columns, g.cellHeight * rows));
    return g;
}

QRect GridGeometry::cellRect(GridPlace place) const {
    return {grid.left() + place.column * cellWidth,
            grid.top() + place.row * cellHeight,
            cellWidth,
            cellHeight};
}

std::optional<GridPlace> GridGeometry::placeAt(QPoint at) const {
    if (!grid.contains(at)) return std::nullopt;
    return GridPlace{(at.y() - grid.top()) / cellHeight, (at.x() - grid.left()) / cellWidth};
}

double GridFrame::colorPosition(const Cell& cell) const {
    constexpr double kPale = 0.33;
    return scale.position(cell.value) * (cell.within ? kPale : 1);
}

// ---------------------------------------------------------------- ExpertGrid

ExpertGrid::ExpertGrid(Theme& theme, QWidget* parent) : ChartCanvas(theme, parent) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
}

void ExpertGrid::setFrame(GridFrame frame) {
    frame_ = std::move(frame);
    const auto gone = [this](const std::optional<GridPlace>& place) {
        return place && (place->row >= frame_.rows || place->column >= frame_.columns);
    };
    if (gone(cursor_)) hover(std::nullopt);
    if (gone(picked_)) picked_.reset();
    redraw();
}

void ExpertGrid::setPicked(std::optional<GridPlace> place) {
    picked_ = place;
    update();
}

int ExpertGrid::legendHeight() const {
    return 2 * QFontMetrics(theme_.font(FontRole::Tiny)).height() + theme_.space(3);
}

int ExpertGrid::headHeight() const {
    return 2 * QFontMetrics(theme_.font(FontRole::Tiny)).height() + theme_.space(1);
}

int ExpertGrid::labelWidth() const {
    const QFontMetrics metrics(theme_.font(FontRole::Tiny));
    int width = metrics.horizontalAdvance(QStringLiteral("00"));
    for (const QString& label : frame_.rowLabels)
        width = std::max(width, metrics.horizontalAdvance(label.left(kMostLabelChars)));
    return width + theme_.space(2);
}

GridGeometry ExpertGrid::geometryWith(const QRect& area, bool legendBeside) const {
    const int right = legendBeside ? theme_.space(kLegendWidth) : theme_.space(1);
    const int below = legendBeside ? theme_.space(1) : legendHeight();
    const QRect room = area.adjusted(labelWidth(), headHeight(), -right, -below);
    return GridGeometry::fitted(frame_.rows, frame_.columns, room);
}

bool ExpertGrid::legendBeside(const QRect& area) const {
    const QSize beside = geometryWith(area, true).grid.size();
    const QSize below = geometryWith(area, false).grid.size();
    return beside.width() * beside.height() > below.width() * below.height();
}

GridGeometry ExpertGrid::geometryIn(const QRect& area) const {
    return geometryWith(area, legendBeside(area));
}

// ---------------------------------------------------------------- painting

void ExpertGrid::paint(QPainter& painter, const QRect& area) const {
    if (frame_.empty()) return;
    const GridGeometry geometry = geometryIn(area);
    paintCells(painter, geometry);
    if (geometry.cellWidth >= theme_.space(7) && geometry.cellHeight >= theme_.space(3))
        paintNumbers(painter, geometry);
    paintLabels(painter, geometry, area);
    const QRect grid = geometry.grid;
    if (legendBeside(area)) {
        const int left = grid.right() + theme_.space(5);
        return paintLegend(painter, QRect(left, grid.top(), area.right() - left, grid.height()));
    }
    const int top = std::min(grid.bottom() + 1, area.bottom() - legendHeight()) + theme_.space(1);
    paintLegend(painter, QRect(grid.left(), top, area.right() - grid.left(), legendHeight()));
}

void ExpertGrid::paintCells(QPainter& painter, const GridGeometry& geometry) const {
    const QColor ink = theme_.color(ColorRole::Text);
    const QColor faint = theme_.color(ColorRole::TextFaint);
    const int gap = geometry.cellWidth >= 8 && geometry.cellHeight >= 8 ? 1 : 0;
    painter.fillRect(geometry.grid, theme_.color(ColorRole::Sunken));
    for (int row = 0; row < frame_.rows; ++row)
        for (int column = 0; column < frame_.columns; ++column) {
            const GridFrame::Cell& cell = frame_.cell({row, column});
            if (std::isnan(cell.value)) continue;
            const QRect box = geometry.cellRect({row, column}).adjusted(0, 0, -gap, -gap);
            if (cell.thin) {
                hatch(painter, box, faint);
                continue;
            }
            painter.fillRect(box, chanceColor(frame_.colorPosition(cell)));
            if (cell.outside && geometry.cellWidth >= 8 && geometry.cellHeight >= 8)
                cornerMark(painter, box, ink);
        }
}

void ExpertGrid::paintNumbers(QPainter& painter, const GridGeometry& geometry) const {
    painter.setFont(theme_.font(FontRole::Tiny));
    for (int row = 0; row < frame_.rows; ++row)
        for (int column = 0; column < frame_.columns; ++column) {
            const GridFrame::Cell& cell = frame_.cell({row, column});
            if (std::isnan(cell.value) || cell.thin) continue;
            const QColor color = chanceColor(frame_.colorPosition(cell));
            painter.setPen(needsDarkInk(color.rgb()) ? QColor(0x10, 0x14, 0x18) : Qt::white);
            painter.drawText(
                geometry.cellRect({row, column}), Qt::AlignCenter, frame_.text(cell.value));
        }
}

void ExpertGrid::paintLabels(QPainter& painter,
                             const GridGeometry& geometry,
                             const QRect& area) const {
    painter.setFont(theme_.font(FontRole::Tiny));
    const QFontMetrics metrics = painter.fontMetrics();
    painter.setPen(theme_.color(ColorRole::TextMuted));
    const int line = metrics.height();
    const QString title =
        frame_.rowTitle.isEmpty()
            ? QStringLiteral("%1 →").arg(frame_.columnTitle)
            : QStringLiteral("↓ %1   %2 →").arg(frame_.rowTitle, frame_.columnTitle);
    const QRect head(area.left(), area.top(), area.width(), line);
    painter.drawText(head, Qt::AlignLeft, metrics.elidedText(title, Qt::ElideRight, head.width()));
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const int columnStep = labelStep(geometry.cellWidth, 3 * line / 2);
    for (int column = 0; column < frame_.columns; column += columnStep) {
        const QRect cell = geometry.cellRect({0, column});
        const QRect box(cell.center().x() - line, cell.top() - line, 2 * line, line);
        painter.drawText(box, Qt::AlignCenter, QString::number(column));
    }
    const int rowStep = labelStep(geometry.cellHeight, line - 2);
    for (int row = 0; row < frame_.rows; row += rowStep) {
        const QRect cell = geometry.cellRect({row, 0});
        const QRect box(area.left(),
                        cell.center().y() - line / 2,
                        cell.left() - area.left() - theme_.space(1),
                        line);
        const QString label = row < frame_.rowLabels.size()
                                  ? frame_.rowLabels[row].left(kMostLabelChars)
                                  : QString::number(row);
        painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, label);
    }
}

// The bar with its three numbers, then what the signs mean.
void ExpertGrid::paintLegend(QPainter& painter, const QRect& area) const {
    painter.setFont(theme_.font(FontRole::Tiny));
    const QFontMetrics metrics = painter.fontMetrics();
    const int width = std::clamp(area.width() * 3 / 5, 60, 160);
    const QRect bar(area.left(), area.top(), width, theme_.space(2));
    for (int i = 0; i < kLegendSteps; ++i) {
        const int from = bar.left() + bar.width() * i / kLegendSteps;
        const int to = bar.left() + bar.width() * (i + 1) / kLegendSteps;
        painter.fillRect(QRect(from, bar.top(), to - from, bar.height()),
                         chanceColor(2.0 * i / (kLegendSteps - 1) - 1));
    }
    painter.setPen(theme_.color(ColorRole::Text));
    painter.drawLine(bar.center().x(), bar.top() - 1, bar.center().x(), bar.bottom() + 1);
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const QRect numbers(bar.left(), bar.bottom() + 2, bar.width(), metrics.height());
    painter.drawText(numbers, Qt::AlignLeft, frame_.text(frame_.scale.low));
    painter.drawText(
        numbers.adjusted(0, 0, theme_.space(2), 0), Qt::AlignRight, frame_.text(frame_.scale.high));
    painter.drawText(numbers, Qt::AlignHCenter, frame_.text(frame_.scale.chance));

    // Beside the bar, or below it where the legend is narrow.
    const bool narrow = area.width() < theme_.space(80);
    int y = narrow ? numbers.bottom() + theme_.space(2) : area.top() - 1;
    const int x = narrow ? area.left() : bar.right() + theme_.space(5);
    const auto key = [&](const QString& text, const auto& sign) {
        const QRect box(x, y, kKeySize, kKeySize);
        painter.fillRect(box, theme_.color(ColorRole::Sunken));
        sign(box);
        painter.setPen(theme_.color(ColorRole::TextFaint));
        const QRect room(
            box.right() + theme_.space(2), y, area.right() - box.right(), metrics.height());
        painter.drawText(
            room, Qt::AlignLeft, metrics.elidedText(text, Qt::ElideRight, room.width()));
        y += metrics.height();
    };
    key(tr("outside the 95 % band; pale: within"),
        [&](const QRect& box) { cornerMark(painter, box, theme_.color(ColorRole::Text)); });
    key(tr("fewer than %1 observations").arg(kThinBelow),
        [&](const QRect& box) { hatch(painter, box, theme_.color(ColorRole::TextFaint)); });
}

void ExpertGrid::paintOver(QPainter& painter) const {
    if (frame_.empty()) return;
    const GridGeometry geometry = geometryIn(rect());
    painter.setBrush(Qt::NoBrush);
    const auto outline = [&](const std::optional<GridPlace>& place, ColorRole color, int width) {
        if (!place) return;
        painter.setPen(QPen(theme_.color(color), width, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin));
        painter.drawRect(geometry.cellRect(*place).adjusted(-1, -1, 0, 0));
    };
    if (picked_) {  // its row: an expert is picked, not a pair
        painter.setPen(QPen(theme_.color(ColorRole::Accent), 2));
        const QRect row(geometry.grid.left(),
                        geometry.cellRect(*picked_).top(),
                        geometry.grid.width(),
                        geometry.cellHeight);
        painter.drawRect(row.adjusted(-1, -1, 0, 0));
    }
    outline(cursor_, ColorRole::Text, 2);
}

// ---------------------------------------------------------------- mouse and keys

void ExpertGrid::hover(std::optional<GridPlace> place) {
    if (cursor_ == place) return;
    cursor_ = place;
    Q_EMIT cellHovered(place);
    update();
}

void ExpertGrid::mouseMoveEvent(QMouseEvent* event) {
    hover(geometryIn(rect()).placeAt(event->position().toPoint()));
}

void ExpertGrid::mousePressEvent(QMouseEvent* event) {
    const auto place = geometryIn(rect()).placeAt(event->position().toPoint());
    if (place && event->button() == Qt::LeftButton) Q_EMIT cellPicked(*place);
}

void ExpertGrid::leaveEvent(QEvent* /*event*/) {
    if (!hasFocus()) hover(std::nullopt);
}

void ExpertGrid::keyPressEvent(QKeyEvent* event) {
    if (frame_.empty()) return ChartCanvas::keyPressEvent(event);
    GridPlace place = cursor_.value_or(GridPlace{0, 0});
    switch (event->key()) {
        case Qt::Key_Left:
            --place.column;
            break;
        case Qt::Key_Right:
            ++place.column;
            break;
        case Qt::Key_Up:
            --place.row;
            break;
        case Qt::Key_Down:
            ++place.row;
            break;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            if (cursor_) Q_EMIT cellPicked(*cursor_);
            return;
        default:
            return ChartCanvas::keyPressEvent(event);
    }
    if (!cursor_) return hover(GridPlace{0, 0});
    hover(GridPlace{std::clamp(place.row, 0, frame_.rows - 1),
                    std::clamp(place.column, 0, frame_.columns - 1)});
}

}  // namespace gatescope

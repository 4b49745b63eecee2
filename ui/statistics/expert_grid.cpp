#include "ui/statistics/expert_grid.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <algorithm>

namespace gatescope {
namespace {

constexpr int kMostLabelChars = 18;
constexpr int kLegendWidth = 52;  ///< beside the cells, in steps of the grid of 4 px

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
    for (int row = 0; row < frame_.rowLabels.size(); ++row)
        width = std::max(width, metrics.horizontalAdvance(labelOf(row)));
    return width + theme_.space(2);
}

QString ExpertGrid::labelOf(int row) const {
    return row < frame_.rowLabels.size() ? frame_.rowLabels[row].left(kMostLabelChars)
                                         : QString::number(row);
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

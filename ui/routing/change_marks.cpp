#include "ui/routing/change_marks.h"

#include <algorithm>

namespace gatescope {
namespace {

/// Half the size of a small mark: a cell may be 8 pixels high, or 60.
qreal halfOf(const QRect& cell) {
    return std::clamp(std::min(cell.width(), cell.height()) * 0.2, 2.5, 6.0);
}

QPolygonF triangle(QPointF tip, QPointF base1, QPointF base2) {
    return QPolygonF({tip, base1, base2});
}

}  // namespace

void ChangeMarks::clear() {
    strokes_.clear();
    filled_.clear();
    signs_.clear();
}

void ChangeMarks::add(const CellChange& change, const QRect& cell) {
    const QRectF inner = QRectF(cell).adjusted(1.5, 1.5, -1.5, -1.5);
    const qreal half = halfOf(cell);
    if (change.excluded) strokes_.emplace_back(inner.bottomLeft(), inner.topRight());
    if (change.computedBy >= 0) {
        const qreal y = inner.bottom() - half;
        const qreal x = inner.left() + 2 * half;
        filled_.push_back(triangle({x - 2 * half, y}, {x - 1, y - half}, {x - 1, y + half}));
        filled_.push_back(triangle({x + 2 * half, y}, {x + 1, y - half}, {x + 1, y + half}));
    }
    if (change.factor != 1) {
        const QPointF center(inner.right() - half, inner.top() + half);
        const qreal up = change.factor > 1 ? half : -half;
        filled_.push_back(triangle(
            center - QPointF(0, up), center + QPointF(-half, up), center + QPointF(half, up)));
    }
    if (change.bias != 0) {
        const QPointF center(inner.left() + half, inner.top() + half);
        signs_.emplace_back(center - QPointF(half, 0), center + QPointF(half, 0));
        if (change.bias > 0)
            signs_.emplace_back(center - QPointF(0, half), center + QPointF(0, half));
    }
}

void ChangeMarks::paint(QPainter& painter, const QColor& mark, const QColor& edge) const {
    const auto lines = [&painter](const std::vector<QLineF>& all, const QPen& pen) {
        if (all.empty()) return;
        painter.setPen(pen);
        painter.drawLines(all.data(), static_cast<int>(all.size()));
    };
    lines(strokes_, QPen(edge, 4));
    lines(strokes_, QPen(mark, 2));
    lines(signs_, QPen(edge, 4));
    lines(signs_, QPen(mark, 2));
    // Twice, so that the edge lies around a shape and takes nothing of it: some have five pixels.
    painter.setPen(QPen(edge, 2));
    painter.setBrush(edge);
    for (const QPolygonF& shape : filled_) painter.drawConvexPolygon(shape);
    painter.setPen(Qt::NoPen);
    painter.setBrush(mark);
    for (const QPolygonF& shape : filled_) painter.drawConvexPolygon(shape);
    painter.setBrush(Qt::NoBrush);
}

void paintTopK(
    QPainter& painter, const QRect& area, const QColor& mark, const QColor& ink, int topK) {
    const QString text = topK > 0 ? QStringLiteral("k%1").arg(topK) : QStringLiteral("k");
    const QFontMetrics metrics(painter.font());
    QRect plate(
        0, 0, metrics.horizontalAdvance(text) + 5, std::min(metrics.height(), area.height()));
    plate.moveCenter(area.center());
    painter.setPen(Qt::NoPen);
    painter.setBrush(mark);
    painter.drawRoundedRect(plate, 3, 3);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(ink);
    painter.drawText(plate, Qt::AlignCenter, text);
}

}  // namespace gatescope

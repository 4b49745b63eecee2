#include "ui/routing/row_trails.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/routing/row_history.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr double kDot = 3;  ///< px

/// A line of one pixel across the box.
QRect lineAt(const QRect& box, float value, float limit) {
    const QPointF at = RowTrails::pointOf(box, 0, value, limit);
    return {box.left(), static_cast<int>(std::floor(at.y())), box.width(), 1};
}

}  // namespace

QPointF RowTrails::pointOf(const QRect& box, int age, float value, float limit) {
    const double part = std::clamp(static_cast<double>(value / limit), 0.0, 1.0);
    const double step = (box.width() - kDot) / (RowHistory::kTokens - 1);
    return {box.left() + box.width() - kDot / 2 - age * step,
            box.top() + 0.5 + (1 - part) * (box.height() - 1)};
}

void RowTrails::add(const QRect& box,
                    std::span<const float> values,
                    const Scale& scale,
                    std::optional<float> mean) {
    grounds_.push_back(box);
    // Where chance is the limit, as for entropy, the upper edge says so.
    if (scale.chance < scale.limit) chances_.push_back(lineAt(box, scale.chance, scale.limit));
    if (mean) means_.push_back(lineAt(box, *mean, scale.limit));
    const int count = static_cast<int>(values.size());
    bool goesOn = false;
    for (int i = 0; i < count; ++i) {
        const float value = values[static_cast<std::size_t>(i)];
        if (std::isnan(value)) {
            goesOn = false;
            continue;
        }
        if (!goesOn) lines_.emplace_back();
        goesOn = true;
        lines_.back() << pointOf(box, count - 1 - i, value, scale.limit);
    }
    if (!goesOn) return;
    QRectF dot(0, 0, kDot, kDot);
    dot.moveCenter(lines_.back().last());
    dots_.push_back(dot);
}

void RowTrails::paint(QPainter& painter, const Theme& theme) const {
    const auto fill = [&painter](const auto& rects, const QColor& color) {
        if (rects.empty()) return;
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawRects(rects.data(), static_cast<int>(rects.size()));
    };
    fill(grounds_, theme.color(ColorRole::Surface));
    fill(chances_, theme.color(ColorRole::BorderStrong));
    fill(means_, theme.color(ColorRole::BorderStrong));
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme.color(ColorRole::TextMuted), 1));
    for (const QPolygonF& line : lines_) painter.drawPolyline(line);
    fill(dots_, theme.color(ColorRole::Text));
    painter.setRenderHint(QPainter::Antialiasing, false);
    painter.setBrush(Qt::NoBrush);
}

}  // namespace gatescope

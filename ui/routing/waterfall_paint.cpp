// How WaterfallView gets its pixels: the image, which is drawn as far as it changed, and on it the
// few lines that say what is selected, hovered and where messages end.

#include <QPaintEvent>
#include <QPainter>
#include <algorithm>

#include "ui/routing/waterfall_view.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kLaneHeight = 8;
constexpr int kDimAlpha = 150;

}  // namespace

QRect WaterfallView::plot() const {
    const QFontMetrics metrics(theme_.font(FontRole::MonoSmall));
    const int left = metrics.horizontalAdvance(QStringLiteral("L63")) + theme_.space(2);
    return rect().adjusted(left, 2, -theme_.space(1), -(kLaneHeight + theme_.space(1) + 2));
}

void WaterfallView::paintEvent(QPaintEvent* /*event*/) {
    QPainter painter(this);
    painter.fillRect(rect(), theme_.color(ColorRole::Surface));
    const QRect area = plot();
    if (pyramid_.columns() == 0) {
        painter.fillRect(area, theme_.color(ColorRole::Sunken));
        painter.setPen(theme_.color(ColorRole::TextFaint));
        painter.drawText(area,
                         Qt::AlignCenter | Qt::TextWordWrap,
                         tr("Nothing routed yet. Every token becomes a column here."));
        return;
    }
    image_.draw(pyramid_, axis_);
    painter.drawImage(area.topLeft(), image_.image());
    paintLabels(painter);
    paintLane(painter);
    painter.save();
    painter.setClipRect(area.adjusted(-1, -1, 1, kLaneHeight + 4));
    paintRange(painter);
    if (const auto site = selection_.site())
        paintSite(painter, *site, theme_.color(ColorRole::Accent));
    if (const auto site = selection_.hoveredSite())
        paintSite(painter, *site, theme_.color(ColorRole::TextFaint));
    if (const auto token = selection_.hoveredToken())
        paintToken(painter, *token, theme_.color(ColorRole::TextFaint), false);
    if (const auto token = selection_.token())
        paintToken(painter, *token, theme_.color(ColorRole::Token), true);
    painter.restore();
    if (hasFocus()) {
        painter.setPen(QPen(theme_.color(ColorRole::Accent), 1));
        painter.drawRect(rect().adjusted(0, 0, -1, -1));
    }
}

void WaterfallView::paintLabels(QPainter& painter) const {
    painter.setFont(theme_.font(FontRole::MonoSmall));
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const QFontMetrics metrics(painter.font());
    const QRect area = plot();
    const bool byLayer = rowOrder_ == RowOrder::ByLayer;
    const int groups = byLayer ? numLayers_ : numExperts_;
    const int inGroup = byLayer ? numExperts_ : numLayers_;
    int free = area.top() - metrics.height();
    for (int group = 0; group < groups; ++group) {
        const int top = area.top() + image_.pixelOfLine(group * inGroup);
        if (top < free) continue;
        if (top + metrics.height() > area.bottom() + metrics.descent()) break;
        const QString label = (byLayer ? QStringLiteral("L%1") : QStringLiteral("E%1")).arg(group);
        painter.drawText(QRect(0, top, area.left() - theme_.space(1), metrics.height()),
                         Qt::AlignRight | Qt::AlignTop,
                         label);
        painter.drawLine(area.left() - 3, top, area.left() - 1, top);
        free = top + metrics.height() + 1;
    }
}

void WaterfallView::paintLane(QPainter& painter) const {
    const QRect area = plot();
    const int top = area.bottom() + 1 + theme_.space(1);
    for (const Stretch& stretch : stretches_) {
        const int from = std::max(0, axis_.pixelOf(stretch.tokens.first));
        const int to = std::min(area.width(), axis_.pixelOf(stretch.tokens.end));
        if (to <= 0 || from >= area.width()) continue;
        const QRect box(area.left() + from, top, std::max(1, to - from), kLaneHeight);
        painter.fillRect(box,
                         theme_.color(stretch.reply ? ColorRole::BorderStrong : ColorRole::Border));
        if (stretch.changed)
            painter.fillRect(box.adjusted(0, kLaneHeight - 3, 0, 0),
                             theme_.color(ColorRole::Warning));
        if (from > 0) {  // where a message begins
            painter.fillRect(QRect(box.left(), top - 3, 1, kLaneHeight + 3),
                             theme_.color(ColorRole::Text));
        }
    }
}

void WaterfallView::paintRange(QPainter& painter) const {
    const auto range = selection_.range();
    if (!range) return;
    const QRect area = plot();
    const int from = std::clamp(axis_.pixelOf(range->first), 0, area.width());
    const int to = std::clamp(axis_.pixelOf(range->end), 0, area.width());
    QColor veil = theme_.color(ColorRole::Sunken);
    veil.setAlpha(kDimAlpha);
    painter.fillRect(QRect(area.left(), area.top(), from, area.height()), veil);
    painter.fillRect(QRect(area.left() + to, area.top(), area.width() - to, area.height()), veil);
    painter.setPen(QPen(theme_.color(ColorRole::Accent), 1));
    painter.drawRect(
        QRect(area.left() + from, area.top(), std::max(1, to - from) - 1, area.height() - 1));
}

void WaterfallView::paintToken(QPainter& painter,
                               int token,
                               const QColor& color,
                               bool handle) const {
    const QRect area = plot();
    const int left = axis_.pixelOf(token);
    const int width = std::max(1, axis_.pixelOf(token + 1) - left);
    if (left < -width || left >= area.width()) return;
    const int x = area.left() + left;
    painter.setPen(QPen(color, 1));
    if (width >= 4) {
        painter.drawRect(QRect(x, area.top(), width - 1, area.height() - 1));
    } else {
        painter.fillRect(QRect(x, area.top(), width, area.height()), color);
    }
    if (handle) painter.fillRect(QRect(x + width / 2 - 3, area.bottom() + 1, 7, 3), color);
}

void WaterfallView::paintSite(QPainter& painter, ExpertSite site, const QColor& color) const {
    if (site.layer.value >= numLayers_ || site.expert.value >= numExperts_) return;
    const QRect area = plot();
    const int line = lineOfSite(site);
    const int top = area.top() + image_.pixelOfLine(line);
    const int height = std::max(1, area.top() + image_.pixelOfLine(line + 1) - top);
    painter.setPen(QPen(color, 1));
    if (height >= 4)
        painter.drawRect(QRect(area.left(), top, area.width() - 1, height - 1));
    else  // a line would hide the row that it marks
        painter.drawLine(area.left(), top + height, area.right(), top + height);
}

}  // namespace gatescope

// The painting half of ChatView: everything here draws from what arrange() has made ready.
#include <QPaintEvent>
#include <QPainter>
#include <QPainterPath>
#include <QScrollBar>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/chat/chat_item.h"
#include "ui/chat/message_actions.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr qreal kMaxTint = 0.62;  // keeps the text on it readable in both themes
constexpr float kNoTint = -1;

}  // namespace

void ChatView::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(event->rect(), theme_.color(ColorRole::Window));
    const int top = verticalScrollBar()->value();
    for (int i = itemAt(top + event->rect().top()); i < messageCount(); ++i) {
        if (items_[static_cast<std::size_t>(i)]->top - top > event->rect().bottom()) break;
        paintItem(painter, i, event->rect());
    }
}

void ChatView::paintItem(QPainter& painter, int index, const QRect& clip) {
    Item& item = *items_[static_cast<std::size_t>(index)];
    const QPointF origin = textOrigin(item);
    if (item.role == Role::User) {
        const qreal pad = theme_.space(4);
        const QRectF bubble(origin.x() - pad,
                            item.top - verticalScrollBar()->value(),
                            std::ceil(item.layout.naturalWidth()) + 2 * pad,
                            item.bodyHeight);
        painter.setPen(Qt::NoPen);
        painter.setBrush(theme_.color(ColorRole::UserBubble));
        painter.drawRoundedRect(bubble, theme_.space(4), theme_.space(4));
    }
    paintTints(painter, item, index, clip);
    const int first = bridge_.session().firstTokenOfMessage(index);
    const int behind = first + item.spans.size();
    if (hoveredToken_ && *hoveredToken_ >= first && *hoveredToken_ < behind)
        paintToken(painter, item, *hoveredToken_ - first, false);
    if (selection_.token() && *selection_.token() >= first && *selection_.token() < behind)
        paintToken(painter, item, *selection_.token() - first, true);

    painter.setPen(theme_.color(ColorRole::Text));
    QTextCharFormat selected;
    selected.setBackground(theme_.color(ColorRole::Accent));
    selected.setForeground(theme_.color(ColorRole::OnAccent));
    item.layout.draw(painter, origin, clip, selectedRange(index), selected);

    if (item.streaming && !item.layout.text().isEmpty()) {
        std::vector<QRectF> end;
        const auto size = static_cast<int>(item.layout.text().size());
        item.layout.appendRects({size, size}, end);
        if (!end.empty()) {
            QRectF mark = end.front().translated(origin);
            mark.setWidth(theme_.space(2));
            mark.adjust(3, 3, 3, -3);
            painter.setPen(Qt::NoPen);
            painter.setBrush(theme_.color(ColorRole::Accent));
            painter.drawRoundedRect(mark, 2, 2);
        }
    }
    if (item.footer.isEmpty()) return;
    painter.setFont(theme_.font(FontRole::Small));
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const bool withActions = actions_->isVisible() && actions_->message() == index;
    const int left = columnLeft() + (withActions ? actions_->width() + theme_.space(1) : 0);
    const QRect footer(left,
                       item.top + item.bodyHeight - verticalScrollBar()->value(),
                       columnLeft() + columnWidth() - left,
                       theme_.space(8));
    painter.drawText(footer,
                     Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(item.footer, Qt::ElideRight, footer.width()));
}

// Only the tokens in sight are looked at; their values are kept until tint or cell change.
void ChatView::paintTints(QPainter& painter, Item& item, int index, const QRectF& clip) {
    if (tint_ == TintQuantity::None || item.spans.size() == 0) return;
    const auto& tokens = bridge_.session().messages()[static_cast<std::size_t>(index)].tokens;
    item.tints.resize(tokens.size(), std::numeric_limits<float>::quiet_NaN());
    const QPointF origin = textOrigin(item);
    const auto seen = item.layout.rangeBetween(clip.top() - origin.y(), clip.bottom() - origin.y());
    QColor color = theme_.color(ColorRole::Token);
    std::vector<QRectF> rects;
    painter.setPen(Qt::NoPen);
    const int count = std::min(item.spans.size(), static_cast<int>(tokens.size()));
    for (int t = item.spans.firstEndingAfter(seen.begin + item.lead); t < count; ++t) {
        const auto range = item.rangeOf(t);
        if (range.begin >= seen.end) break;
        float& value = item.tints[static_cast<std::size_t>(t)];
        const auto& routing = tokens[static_cast<std::size_t>(t)].routing;
        if (std::isnan(value) && routing)
            value = tintValue(tint_, *routing, selection_.site()).value_or(kNoTint);
        if (!(value >= 0) || range.begin == range.end) continue;
        color.setAlphaF(static_cast<float>(kMaxTint) * value);
        painter.setBrush(color);
        rects.clear();
        item.layout.appendRects(range, rects);
        for (const QRectF& rect : rects)
            painter.drawRect(rect.translated(origin).adjusted(0, -2, 0, 2));
    }
}

void ChatView::paintToken(QPainter& painter, const Item& item, int token, bool picked) const {
    std::vector<QRectF> rects;
    item.layout.appendRects(item.rangeOf(token), rects);
    const QPointF origin = textOrigin(item);
    for (const QRectF& rect : rects) {
        const QRectF box = rect.translated(origin).adjusted(-1, -2, 1, 2);
        if (picked) {
            painter.setPen(QPen(theme_.color(ColorRole::Token), 1.5));
            painter.setBrush(theme_.color(ColorRole::TokenSoft));
            painter.drawRoundedRect(box, 4, 4);
        } else {
            painter.setPen(QPen(theme_.color(ColorRole::Token), 1.5));
            painter.drawLine(box.bottomLeft(), box.bottomRight());
        }
    }
}

}  // namespace gatescope

// The painting half of ChatView: everything here draws from what arrange() has made ready.
#include <QPaintEvent>
#include <QPainter>
#include <QPainterPath>
#include <QScrollBar>
#include <algorithm>
#include <chrono>
#include <cmath>

#include "ui/chat/chat_item.h"
#include "ui/chat/message_actions.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kBetweenSlices{8};  ///< of tints: a frame goes to others

}  // namespace

void ChatView::paintEvent(QPaintEvent* event) {
    arrangeIfDue();
    QPainter painter(viewport());
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(event->rect(), theme_.color(ColorRole::Window));
    paintBegan_.start();
    tintsMissing_ = false;
    const int top = verticalScrollBar()->value();
    // Another branch may be open already, and shorter: sync() comes with the next turn.
    const int there =
        std::min(messageCount(), static_cast<int>(bridge_.session().messages().size()));
    for (int i = itemAt(top + event->rect().top()); i < there; ++i) {
        if (items_[static_cast<std::size_t>(i)]->top - top > event->rect().bottom()) break;
        paintItem(painter, i, event->rect());
    }
    if (tintsMissing_) tintTimer_.start(kBetweenSlices);
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
    item.layout.drawGround(painter, origin, clip);
    paintTokens(painter, item, index, clip);
    paintFind(painter, item, index, clip);

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
    if (!item.footer || item.footer->isEmpty()) return;
    painter.setFont(theme_.font(FontRole::Small));
    painter.setPen(theme_.color(ColorRole::TextFaint));
    const bool withActions = actions_->isVisible() && actions_->message() == index;
    const int left = columnLeft() + (withActions ? actions_->width() + theme_.space(1) : 0);
    const QRect footer(left,
                       item.top + item.bodyHeight - verticalScrollBar()->value(),
                       columnLeft() + columnWidth() - left,
                       theme_.space(8));
    painter.drawText(
        footer,
        Qt::AlignLeft | Qt::AlignVCenter,
        painter.fontMetrics().elidedText(*item.footer, Qt::ElideRight, footer.width()));
}

}  // namespace gatescope

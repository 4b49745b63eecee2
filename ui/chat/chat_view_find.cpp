// What is looked for in the conversation, below its text: only ranges in sight are placed.
#include <QPainter>
#include <QScrollBar>
#include <algorithm>
#include <limits>
#include <utility>

#include "ui/chat/chat_find.h"
#include "ui/chat/chat_item.h"
#include "ui/theme/theme.h"

namespace gatescope {

void ChatView::setFind(ChatFind* find) {
    find_ = find;
    connect(find_, &ChatFind::changed, viewport(), qOverload<>(&QWidget::update));
    connect(find_, &ChatFind::arrived, this, [this](const ChatFind::Place& place) {
        showRange(place.message, {place.range.begin, place.range.end});
    });
}

int ChatView::takeUnchanged(int index) {
    return std::exchange(items_[static_cast<std::size_t>(index)]->unchanged,
                         std::numeric_limits<int>::max());
}

void ChatView::showRange(int index, MessageLayout::Range range) {
    if (index >= messageCount()) return;
    arrangeIfDue();
    prepare(index);
    Item& item = *items_[static_cast<std::size_t>(index)];
    item.layout.layOutRange(range);
    item.textHeight = item.layout.height();
    placeItems();
    std::vector<QRectF> rects;
    item.layout.appendRects(range, rects);
    if (rects.empty()) return;
    following_ = false;
    QScrollBar* bar = verticalScrollBar();
    const QRectF rect = rects.front().translated(textOrigin(item));
    const int margin = theme_.space(16);
    const bool seen = rect.top() >= margin && rect.bottom() <= viewport()->height() - margin;
    if (!seen) bar->setValue(bar->value() + qRound(rect.top()) - viewport()->height() / 3);
    viewport()->update();
}

void ChatView::paintFind(QPainter& painter, const Item& item, int index, const QRectF& clip) const {
    if (find_ == nullptr || !find_->active()) return;
    const QPointF origin = textOrigin(item);
    const auto seen = item.layout.rangeBetween(clip.top() - origin.y(), clip.bottom() - origin.y());
    const auto ranges = find_->rangesIn(index);
    auto range = std::ranges::lower_bound(ranges, seen.begin, {}, &FoundRange::end);
    std::vector<QRectF> boxes;
    for (; range != ranges.end() && range->begin < seen.end; ++range) {
        if (range->end > item.unchanged) break;  // these are looked for anew
        const bool current = find_->current() == ChatFind::Place{index, *range};
        painter.setBrush(theme_.color(ColorRole::TokenSoft));
        painter.setPen(current ? QPen(theme_.color(ColorRole::Token), 2) : QPen(Qt::NoPen));
        boxes.clear();
        item.layout.appendRects({range->begin, range->end}, boxes);
        for (const QRectF& box : boxes)
            painter.drawRoundedRect(box.translated(origin).adjusted(-1.5, -1, 1.5, 1), 3, 3);
    }
}

}  // namespace gatescope

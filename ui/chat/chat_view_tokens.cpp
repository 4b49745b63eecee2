// What ChatView shows of single tokens, below their text: tint, range, matches of the filter, use
// of the cell under the mouse, the token hovered and the one picked. Only tokens in sight are
// looked at; a tint is computed once and kept until setting, cell or token change.
#include <QPainter>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "ui/chat/chat_item.h"
#include "ui/routing/token_filter.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr float kNoTint = -1;
// A frame has 16 ms, of which painting the text wants most.
constexpr std::chrono::milliseconds kTintSlice{3};
constexpr int kNumberPixels = 9;
constexpr qreal kAround = 2;  ///< above and below the glyphs

}  // namespace

bool ChatView::showsNumbers() const {
    return tint_.quantity == TintQuantity::Expert &&
           (tint_.numbers || sizes_.experts > TintPalette::kExpertColors);
}

int ChatView::numberRoom() const {
    return showsNumbers() ? theme_.space(kNumberSteps) : 0;
}

void ChatView::setTint(const TintSetting& tint, const RouterSizes& sizes) {
    if (tint == tint_ && sizes == sizes_) return;
    tint_ = tint;
    sizes_ = sizes;
    for (auto& item : items_) item->layout.setLead(numberRoom());
    tintChanged();
    arrange();
}

void ChatView::tintChanged() {
    for (auto& item : items_) item->tints.clear();
    viewport()->update();
}

void ChatView::dropTokensFrom(int traceIndex) {
    const ChatSession& session = bridge_.session();
    for (int i = session.messageOfToken(traceIndex); i < messageCount(); ++i) {
        Item& item = *items_[static_cast<std::size_t>(i)];
        const auto kept =
            static_cast<std::size_t>(std::max(0, traceIndex - session.firstTokenOfMessage(i)));
        if (item.tints.size() > kept) item.tints.resize(kept);
        if (item.tokenView) item.tokenView->truncate(kept);
    }
}

std::vector<QRectF> ChatView::boxesOf(const Item& item, int token) const {
    std::vector<QRectF> boxes;
    const auto range = item.rangeOf(token);
    if (range.begin == range.end) return boxes;
    item.layout.appendRects(range, boxes);
    const QPointF origin = textOrigin(item);
    for (QRectF& box : boxes) box = box.translated(origin).adjusted(0, -kAround, 0, kAround);
    return boxes;
}

void ChatView::paintTokens(QPainter& painter, Item& item, int index, const QRectF& clip) {
    const auto& tokens = bridge_.session().messages()[static_cast<std::size_t>(index)].tokens;
    const int first = bridge_.session().firstTokenOfMessage(index);
    const int count = std::min(item.numShown(), static_cast<int>(tokens.size()));
    const QPointF origin = textOrigin(item);
    const auto seen = item.layout.rangeBetween(clip.top() - origin.y(), clip.bottom() - origin.y());
    const int begin = item.firstEndingAfter(seen.begin);
    int end = begin;
    while (end < count && item.rangeOf(end).begin < seen.end) ++end;
    work_.tokens += end - begin;

    item.tints.resize(tokens.size(), std::numeric_limits<float>::quiet_NaN());
    const auto record = [&](int token) -> const TokenRecord& {
        return tokens[static_cast<std::size_t>(token)];
    };
    if (tint_.quantity != TintQuantity::None)
        for (int t = begin; t < end; ++t) paintTint(painter, item, t, record(t), first + t);
    if (const auto range = selection_.range())
        paintRange(painter, item, {range->first - first, range->end - first}, {begin, end});
    const auto& matches = filter_.matches();
    for (auto match = std::ranges::lower_bound(matches, first + begin);
         match != matches.end() && *match < first + end;
         ++match)
        paintMatch(painter, item, *match - first);
    if (selection_.hoveredSite())
        for (int t = begin; t < end; ++t)
            if (record(t).routing) paintUse(painter, item, t, *record(t).routing);
    const auto here = [&](std::optional<int> token) {
        return token && *token >= first + begin && *token < first + end;
    };
    if (here(selection_.hoveredToken()))
        paintToken(painter, item, *selection_.hoveredToken() - first, false);
    if (here(selection_.token())) paintToken(painter, item, *selection_.token() - first, true);
}

// ---------------------------------------------------------------- tint

void ChatView::fillTint(Item& item, int token, const TokenRecord& record, int traceIndex) {
    if (std::chrono::nanoseconds(paintBegan_.nsecsElapsed()) > kTintSlice) {
        tintsMissing_ = true;
        return;
    }
    const ChatSession& session = bridge_.session();
    const RoutingRecord* before =
        traceIndex > 0 ? session.traceToken(traceIndex - 1).routing.get() : nullptr;
    item.tints[static_cast<std::size_t>(token)] =
        tintValue(tint_, record, before, selection_.site()).value_or(kNoTint);
    ++work_.tints;
}

void ChatView::paintTint(
    QPainter& painter, Item& item, int token, const TokenRecord& record, int traceIndex) {
    const float& value = item.tints[static_cast<std::size_t>(token)];
    // Until routing is there nothing can be said, and what is said is not kept.
    if (std::isnan(value) && record.routing) fillTint(item, token, record, traceIndex);
    if (!(value >= 0)) return;
    const TintPalette& palette = item.role == Role::User ? ownPalette_ : replyPalette_;
    const bool expert = tint_.quantity == TintQuantity::Expert;
    const QColor& color =
        expert ? palette.expert(static_cast<int>(value))
               : palette.strength(tintStrength(tint_.quantity, static_cast<double>(value), sizes_));
    const int lead = numberRoom();
    bool labelled = !showsNumbers();
    for (const QRectF& box : boxesOf(item, token)) {
        // On whole pixels, with a seam between tokens of a colour.
        const int left = qRound(box.left());
        const QRect ground(left,
                           qRound(box.top()) - lead,
                           std::max(1, qRound(box.right()) - left - 1),
                           qRound(box.height()) + lead);
        painter.fillRect(ground, color);
        if (!labelled) paintNumber(painter, ground, static_cast<int>(value));
        labelled = true;
    }
}

// Where a token is narrower than its number, neither could be read over its neighbour's.
void ChatView::paintNumber(QPainter& painter, const QRectF& box, int expert) const {
    QFont font = theme_.font(FontRole::Tiny);
    font.setPixelSize(qRound(kNumberPixels * theme_.scale()));
    painter.setFont(font);
    painter.setPen(theme_.color(ColorRole::Text));
    const QString number = QString::number(expert);
    const QFontMetricsF metrics(font);
    const qreal left = box.right() - 1 - metrics.horizontalAdvance(number);
    if (left < box.left() - 1) return;
    painter.drawText(QPointF(left, box.top() + metrics.ascent()), number);
}

// ---------------------------------------------------------------- marks

void ChatView::paintMatch(QPainter& painter, const Item& item, int token) const {
    painter.setPen(QPen(theme_.color(ColorRole::Accent), 1.2));
    painter.setBrush(Qt::NoBrush);
    if (tint_.quantity == TintQuantity::None) painter.setBrush(theme_.color(ColorRole::AccentSoft));
    for (const QRectF& box : boxesOf(item, token))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5 - numberRoom(), -1.5, -0.5), 3, 3);
}

// A whole line: the first choice in that layer; a dashed one: a later choice.
void ChatView::paintUse(QPainter& painter,
                        const Item& item,
                        int token,
                        const RoutingRecord& routing) const {
    const ExpertSite site = *selection_.hoveredSite();
    if (site.layer.value >= routing.numLayers) return;
    const auto selected = routing.layerSelected(site.layer.value);
    const auto at = std::ranges::find(selected, site.expert.value);
    if (at == selected.end()) return;
    QPen pen(theme_.color(ColorRole::Token), 2);
    pen.setCapStyle(Qt::FlatCap);
    if (at != selected.begin()) pen.setDashPattern({1.5, 1});
    painter.setPen(pen);
    for (const QRectF& box : boxesOf(item, token))
        painter.drawLine(QPointF(box.left(), box.bottom()),
                         QPointF(box.right() - 1.5, box.bottom()));
}

// A bar in the margin beside its lines, and brackets where it begins and ends. Tokens of the
// template have no place, so the first and last that do stand for them.
void ChatView::paintRange(QPainter& painter,
                          const Item& item,
                          TokenRange range,
                          TokenRange seen) const {
    const int behind = std::min(range.end, seen.end);
    int first = std::max(range.first, seen.first);
    std::vector<QRectF> begin;
    while (first < behind && (begin = boxesOf(item, first)).empty()) ++first;
    int last = behind - 1;
    std::vector<QRectF> end;
    while (last >= first && (end = boxesOf(item, last)).empty()) --last;
    if (begin.empty() || end.empty()) return;
    const QRectF from = begin.front();
    const QRectF to = end.back();
    const int reach = theme_.space(2) + (item.role == Role::User ? theme_.space(4) : 0);
    const qreal edge = textOrigin(item).x() - reach;
    painter.setPen(QPen(theme_.color(ColorRole::Token), 3, Qt::SolidLine, Qt::RoundCap));
    painter.drawLine(QPointF(edge, from.top() + 2), QPointF(edge, to.bottom() - 2));
    painter.setPen(QPen(theme_.color(ColorRole::Token), 1.5));
    const auto bracket = [&painter](qreal x, const QRectF& box, qreal inward) {
        painter.drawPolyline(QPolygonF{{x + inward, box.top()},
                                       {x, box.top()},
                                       {x, box.bottom()},
                                       {x + inward, box.bottom()}});
    };
    if (range.first >= 0 && range.first >= seen.first) bracket(from.left(), from, 3);
    if (range.end <= seen.end) bracket(to.right() - 1, to, -3);
}

void ChatView::paintToken(QPainter& painter, const Item& item, int token, bool picked) const {
    painter.setPen(QPen(theme_.color(ColorRole::Token), 1.5));
    // A fill would hide the tint that a picked token has as well.
    const bool filled = picked && tint_.quantity == TintQuantity::None;
    painter.setBrush(filled ? QBrush(theme_.color(ColorRole::TokenSoft)) : QBrush(Qt::NoBrush));
    for (const QRectF& box : boxesOf(item, token)) {
        if (picked)
            painter.drawRoundedRect(box.adjusted(-1, -numberRoom(), 1, 0), 4, 4);
        else
            painter.drawLine(box.bottomLeft(), box.bottomRight());
    }
}

}  // namespace gatescope

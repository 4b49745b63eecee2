// The half of ChatView that listens to mouse and keys.
#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>
#include <limits>
#include <utility>

#include "ui/chat/alternatives_text.h"
#include "ui/chat/chat_item.h"
#include "ui/chat/message_actions.h"
#include "ui/chat/visible_text.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kEnd = std::numeric_limits<int>::max();  ///< of a message, however long it is

}  // namespace

std::optional<ChatView::TextPlace> ChatView::placeAt(const QPoint& point, bool exact) const {
    if (items_.empty()) return std::nullopt;
    int index = itemAt(point.y() + verticalScrollBar()->value());
    if (exact && index >= messageCount()) return std::nullopt;
    index = std::min(index, messageCount() - 1);
    const Item& item = *items_[static_cast<std::size_t>(index)];
    if (!item.layout.upToDate(textWidth(item))) return std::nullopt;
    const QPointF inside = QPointF(point) - textOrigin(item);
    if (!exact) return TextPlace{index, item.layout.cursorAt(inside)};
    const auto character = item.layout.characterAt(inside);
    if (!character) return std::nullopt;
    return TextPlace{index, *character};
}

std::optional<int> ChatView::tokenAt(const QPoint& point) const {
    const auto place = placeAt(point, true);
    if (!place) return std::nullopt;
    const Item& item = *items_[static_cast<std::size_t>(place->item)];
    const auto token = item.tokenAt(place->offset);
    if (!token) return std::nullopt;
    return bridge_.session().firstTokenOfMessage(place->item) + *token;
}

std::optional<int> ChatView::tokenNear(const QPoint& point) const {
    const auto place = placeAt(point, false);
    if (!place) return std::nullopt;
    const Item& item = *items_[static_cast<std::size_t>(place->item)];
    if (item.spans.size() == 0) return std::nullopt;
    const int token = std::min(item.firstEndingAfter(place->offset), item.spans.size() - 1);
    return bridge_.session().firstTokenOfMessage(place->item) + token;
}

void ChatView::selectBetween(int a, int b) {
    selection_.selectRange(TokenRange{std::min(a, b), std::max(a, b) + 1});
}

std::optional<std::pair<int, MessageLayout::Range>> ChatView::rangeOfToken(int traceIndex) const {
    const ChatSession& session = bridge_.session();
    if (traceIndex < 0 || traceIndex >= session.traceSize()) return std::nullopt;
    const int message = session.messageOfToken(traceIndex);
    if (message >= messageCount()) return std::nullopt;
    const Item& item = *items_[static_cast<std::size_t>(message)];
    const int token = traceIndex - session.firstTokenOfMessage(message);
    if (token >= spansOf(message).size()) return std::nullopt;
    return std::pair(message, item.rangeOf(token));
}

QRect ChatView::tokenRect(int traceIndex) {
    if (syncTimer_.isActive()) sync();
    arrangeIfDue();
    const auto found = rangeOfToken(traceIndex);
    if (!found || found->second.begin == found->second.end) return {};
    const Item& item = *items_[static_cast<std::size_t>(found->first)];
    if (!item.layout.upToDate(textWidth(item))) return {};
    std::vector<QRectF> rects;
    item.layout.appendRects(found->second, rects);
    if (rects.empty()) return {};
    const QRect rect = rects.front().translated(textOrigin(item)).toAlignedRect();
    return viewport()->rect().intersects(rect) ? rect : QRect();
}

void ChatView::ensureTokenVisible(int traceIndex) {
    arrangeIfDue();
    auto found = rangeOfToken(traceIndex);
    if (!found) return;
    Item& item = *items_[static_cast<std::size_t>(found->first)];
    prepare(found->first);
    found = rangeOfToken(traceIndex);  // reading it has moved its text
    if (isBehindFold(item, traceIndex)) {
        tokenToShow_ = traceIndex;
        return showAll(found->first);
    }
    item.layout.layOutRange(found->second);
    item.textHeight = item.layout.height();
    placeItems();
    arranging_ = true;  // only the range is new: nothing is scrolled yet
    updateScrollBar(verticalScrollBar()->value());
    arranging_ = false;
    std::vector<QRectF> rects;
    item.layout.appendRects(found->second, rects);
    if (rects.empty()) return;
    QScrollBar* bar = verticalScrollBar();
    const QRectF rect = rects.front().translated(textOrigin(item));
    const int margin = theme_.space(6);
    if (rect.top() < margin)
        bar->setValue(bar->value() + static_cast<int>(rect.top()) - margin);
    else if (rect.bottom() > viewport()->height() - margin)
        bar->setValue(bar->value() + static_cast<int>(rect.bottom()) - viewport()->height() +
                      margin);
}

void ChatView::stepToken(int by) {
    const int size = bridge_.session().traceSize();
    if (size == 0) return;
    const int from = selection_.token().value_or(by < 0 ? size : -1);
    selection_.selectToken(std::clamp(from + by, 0, size - 1));
}

void ChatView::stretchRange(int by) {
    const int size = bridge_.session().traceSize();
    if (size == 0) return;
    const int from = selection_.token().value_or(size - 1);
    if (!selection_.range() || !rangeAnchor_) rangeAnchor_ = from;
    const int to = std::clamp(from + by, 0, size - 1);
    selection_.selectToken(to);
    selectBetween(*rangeAnchor_, to);
}

void ChatView::keyPressEvent(QKeyEvent* event) {
    QScrollBar* bar = verticalScrollBar();
    const bool shift = event->modifiers().testFlag(Qt::ShiftModifier);
    if (event->matches(QKeySequence::Copy)) {
        copySelection();
    } else if (event->matches(QKeySequence::SelectAll) && !items_.empty()) {
        anchor_ = TextPlace{0, 0};
        cursor_ = {messageCount() - 1, kEnd};
        viewport()->update();
    } else if (shift && (event->key() == Qt::Key_Left || event->key() == Qt::Key_Right)) {
        stretchRange(event->key() == Qt::Key_Left ? -1 : 1);
    } else if (event->key() == Qt::Key_Left) {
        stepToken(-1);
    } else if (event->key() == Qt::Key_Right) {
        stepToken(1);
    } else if (keys_->handle(*event)) {
    } else if (event->key() == Qt::Key_Home) {
        bar->setValue(0);
    } else if (event->key() == Qt::Key_End) {
        selection_.selectToken(std::nullopt);  // back to following the newest
        jumpToLatest();
    } else if (event->key() == Qt::Key_Escape && selection_.range() &&
               !bridge_.session().generating()) {
        selection_.selectRange(std::nullopt);
    } else if (event->key() == Qt::Key_Escape && selection_.token() &&
               !bridge_.session().generating()) {
        selection_.selectToken(std::nullopt);
    } else {
        QAbstractScrollArea::keyPressEvent(event);
    }
}

void ChatView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    pressedAt_ = event->pos();
    dragging_ = false;
    if (event->modifiers().testFlag(Qt::ShiftModifier)) {
        anchor_.reset();
        rangeAnchor_ = tokenNear(event->pos());
        stretching_ = rangeAnchor_.has_value();
        return;
    }
    anchor_ = placeAt(event->pos(), false);
    if (anchor_) cursor_ = *anchor_;
    viewport()->update();
}

void ChatView::mouseMoveEvent(QMouseEvent* event) {
    if (stretching_ && (event->buttons() & Qt::LeftButton)) {
        dragging_ = dragging_ || (event->pos() - pressedAt_).manhattanLength() >=
                                     QApplication::startDragDistance();
        if (const auto token = tokenNear(event->pos()); token && dragging_)
            selectBetween(*rangeAnchor_, *token);
        return;
    }
    if ((event->buttons() & Qt::LeftButton) && anchor_) {
        dragging_ = dragging_ || (event->pos() - pressedAt_).manhattanLength() >=
                                     QApplication::startDragDistance();
        if (const auto place = placeAt(event->pos(), false); place && dragging_) cursor_ = *place;
        viewport()->update();
        return;
    }
    const auto token = tokenAt(event->pos());
    const int item = itemAt(event->pos().y() + verticalScrollBar()->value());
    selection_.hoverToken(token);
    hoverBlocks(event->pos());
    if (item == hoveredItem_) return;
    hoveredItem_ = item;
    placeOverlays();
    viewport()->update();
}

void ChatView::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    const bool stretched = std::exchange(stretching_, false);
    if (dragging_) return;
    if (stretched) {  // from the token that is picked to the one clicked
        const int clicked = *rangeAnchor_;
        rangeAnchor_ = selection_.token().value_or(clicked);
        return selectBetween(*rangeAnchor_, clicked);
    }
    anchor_.reset();
    if (const auto place = placeAt(event->pos(), true); place && isHiddenRows(*place))
        return showAllRows(place->item);
    selection_.selectToken(tokenAt(event->pos()));  // beside the text: back to the newest
    viewport()->update();
    offerLink(event->pos());
}

void ChatView::askForAlternatives() {
    const int size = bridge_.session().traceSize();
    if (size > 0) requestAlternatives(selection_.token().value_or(size - 1));
}

// A token without a place of its own (a mark of Markdown) is asked about in the middle.
void ChatView::requestAlternatives(int token) {
    ensureTokenVisible(token);
    const QRect rect = tokenRect(token);
    const QRect beside = rect.isEmpty() ? QRect(viewport()->rect().center(), QSize(1, 1)) : rect;
    Q_EMIT alternativesRequested(token, {viewport()->mapToGlobal(beside.topLeft()), beside.size()});
}

QString ChatView::footerHelpAt(const QPoint& point) const {
    const int y = point.y() + verticalScrollBar()->value();
    const int index = itemAt(y);
    if (index >= static_cast<int>(bridge_.session().messages().size()) || index >= messageCount())
        return {};
    const Item& item = *items_[static_cast<std::size_t>(index)];
    if (y < item.top + item.bodyHeight) return {};
    return replyFooterSentences(bridge_.session().messages()[static_cast<std::size_t>(index)]);
}

void ChatView::showToolTip(const QPoint& point, const QPoint& onScreen) {
    const QString target = linkAt(point);
    const auto token = tokenAt(point);
    const QString text = !target.isEmpty() ? visibleLine(target)
                         : token           ? alternativesToolTip(bridge_.session(), *token)
                                           : footerHelpAt(point);
    QToolTip::showText(onScreen, text, viewport(), token ? tokenRect(*token) : QRect());
}

bool ChatView::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        const auto* help = static_cast<QHelpEvent*>(event);
        showToolTip(help->pos(), help->globalPos());
        return true;
    }
    if (event->type() == QEvent::Leave) {
        selection_.hoverToken(std::nullopt);
        hoveredItem_ = -1;
        hoveredCode_.reset();
        placeOverlays();
        viewport()->update();
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void ChatView::focusInEvent(QFocusEvent* event) {
    QAbstractScrollArea::focusInEvent(event);
    viewport()->update();
}

void ChatView::contextMenuEvent(QContextMenuEvent* event) {
    const int index = itemAt(event->pos().y() + verticalScrollBar()->value());
    if (index >= messageCount()) return;
    const bool own = items_[static_cast<std::size_t>(index)]->role == Role::User;
    const bool idle = !bridge_.session().generating() && !bridge_.session().isReplay();
    QMenu menu(this);
    QAction* copy = menu.addAction(tr("Copy"), this, &ChatView::copySelection);
    copy->setEnabled(!selectedText().isEmpty());
    menu.addAction(tr("Copy message"), this, [this, index] { copyMessage(index); });
    if (const auto code = codeAt(event->pos()))
        menu.addAction(tr("Copy code"), this, [this, code] { copyCode(*code); });
    const auto token = tokenAt(event->pos());
    menu.addAction(tr("Alternatives of this token\tA"),
                   this,
                   [this, token] { requestAlternatives(*token); })
        ->setEnabled(token && bridge_.session().traceToken(*token).alternatives != nullptr);
    QMenu* readings = menu.addMenu(tr("Show replies"));
    for (const auto& [reading, label] : {std::pair(Reading::Formatted, tr("Formatted")),
                                         std::pair(Reading::AsWritten, tr("As written")),
                                         std::pair(Reading::Tokens, tr("Token by token"))}) {
        QAction* action =
            readings->addAction(label, this, [this, reading = reading] { showAs(reading); });
        action->setCheckable(true);
        action->setChecked(reading == reading_);
    }
    QAction* noRange = menu.addAction(
        tr("Clear the token range"), this, [this] { selection_.selectRange(std::nullopt); });
    noRange->setEnabled(selection_.range().has_value());
    menu.addSeparator();
    menu.addAction(own ? tr("Edit and send again") : tr("Edit this reply"),
                   this,
                   [this, index] { Q_EMIT editRequested(index); })
        ->setEnabled(idle);
    if (!own && index + 1 == messageCount()) {
        menu.addAction(tr("Regenerate"), this, &ChatView::regenerateRequested)->setEnabled(idle);
        menu.addAction(tr("Continue"), this, &ChatView::continueRequested)->setEnabled(idle);
    }
    if (isFolded(index)) menu.addAction(tr("Show all"), this, [this, index] { showAll(index); });
    if (hasHiddenRows(index))
        menu.addAction(tr("Show all rows"), this, [this, index] { showAllRows(index); });
    menu.addSeparator();
    menu.addAction(tr("All versions…"), this, &ChatView::allVersionsRequested);
    const bool several = bridge_.session().version(index).count > 1;
    menu.addAction(several ? tr("Delete this version and what follows")
                           : tr("Delete this message and what follows"),
                   this,
                   [this, index] { Q_EMIT removalRequested(index); })
        ->setEnabled(idle);
    menu.exec(event->globalPos());
}

std::optional<MessageLayout::Range> ChatView::selectedRange(int index) const {
    if (!anchor_) return std::nullopt;
    const auto [from, to] = std::minmax(*anchor_, cursor_);
    if (from == to || index < from.item || index > to.item) return std::nullopt;
    return MessageLayout::Range{index == from.item ? from.offset : 0,
                                index == to.item ? to.offset : kEnd};
}

QString ChatView::selectedText() const {
    QStringList parts;
    for (int i = 0; i < messageCount(); ++i)
        if (const auto range = selectedRange(i)) {
            parts << textWithRows(i, *range);
            if (range->end == kEnd) parts.back() += hiddenText(i);
        }
    return parts.join(QStringLiteral("\n\n"));
}

void ChatView::copySelection() {
    const QString text = selectedText();
    if (!text.isEmpty()) QApplication::clipboard()->setText(text);
}

// The clipboard gets a message as it was written, but controls as the symbols that the window
// shows, so that pasting into a terminal cannot do more than reading did.
void ChatView::copyMessage(int index) {
    if (index >= 0 && index < messageCount())
        QApplication::clipboard()->setText(wholeSource(index));
}

}  // namespace gatescope

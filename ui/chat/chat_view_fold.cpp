// How ChatView shows messages that are too long to be read at once: their beginning, and on demand
// all of it, a part at a time. The text itself is never cut: copying gives everything.
#include <QLocale>
#include <QPushButton>
#include <QScrollBar>
#include <algorithm>
#include <limits>
#include <utility>

#include "ui/chat/chat_item.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr std::size_t kFoldAbove = 100000;  ///< bytes
constexpr std::size_t kShownOfFolded = 32768;
constexpr std::size_t kUnfoldedAtOnce = 65536;  ///< what is added in one turn of the event loop
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

}  // namespace

// A reply that is being written is followed at its end, so it is unfolded.
void ChatView::foldOrNot(Item& item, const Message& message) {
    if (item.shown == 0) item.shown = item.wanted = kAll;
    const bool isNew = item.bytes == 0;
    if (isNew && message.text.size() > kFoldAbove) item.shown = item.wanted = kShownOfFolded;
    if (!item.streaming || !(item.shown < message.text.size())) return;
    item.wanted = kAll;
    if (!unfoldTimer_.isActive()) unfoldTimer_.start(0);
}

void ChatView::showAll(int index) {
    if (index < 0 || index >= messageCount()) return;
    items_[static_cast<std::size_t>(index)]->wanted = kAll;
    unfoldTimer_.start(0);
}

bool ChatView::isFolded(int index) const {
    return index >= 0 && index < messageCount() &&
           items_[static_cast<std::size_t>(index)]->folded();
}

void ChatView::unfoldMore() {
    const auto found = std::ranges::find_if(
        items_, [](const auto& item) { return item->folded() && item->shown < item->wanted; });
    if (found == items_.end()) return;
    Item& item = **found;
    item.shown = std::min(item.shown + kUnfoldedAtOnce, item.wanted);
    if (!item.folded()) item.shown = kAll;
    item.read = false;
    const auto index = static_cast<int>(found - items_.begin());
    read(index);
    arrange();
    Q_EMIT textChanged(index);
    if (tokenToShow_) ensureTokenVisible(*std::exchange(tokenToShow_, std::nullopt));
    unfoldTimer_.start(0);
}

void ChatView::showAllRows(int index) {
    if (index < 0 || index >= messageCount()) return;
    Item& item = *items_[static_cast<std::size_t>(index)];
    if (!hasHiddenRows(index)) return;
    MarkdownReader all;
    all.showAllRows();
    all.read(item.source);
    const int same = FormattedText::firstDifference(item.reader.result(), all.result());
    item.reader = std::move(all);
    showFrom(item, item.reader.result(), same);
    item.layout.remeasureTables();
    following_ = false;  // one reads on where they begin
    arrange();
    Q_EMIT textChanged(index);
}

bool ChatView::hasHiddenRows(int index) const {
    const auto& blocks = items_[static_cast<std::size_t>(index)]->layout.content().blocks();
    return std::ranges::find(blocks, BlockKind::HiddenRows, &TextBlock::kind) != blocks.end();
}

bool ChatView::isHiddenRows(const TextPlace& place) const {
    const FormattedText& text = items_[static_cast<std::size_t>(place.item)]->layout.content();
    return !text.blocks().empty() &&
           text.blocks()[text.blockAt(place.offset)].kind == BlockKind::HiddenRows;
}

/// A piece of a message's shown text, but of rows that are only counted what was written.
QString ChatView::textWithRows(int index, MessageLayout::Range range) const {
    const QString all = messageText(index);
    const Item& item = *items_[static_cast<std::size_t>(index)];
    const FormattedText& text = item.layout.content();
    range.end = std::min(range.end, static_cast<int>(all.size()));
    QString out;
    for (std::size_t i = 0; i < text.blocks().size(); ++i) {
        const TextBlock& block = text.blocks()[i];
        const int begin = text.beginOf(i);
        if (block.kind != BlockKind::HiddenRows || begin < range.begin || begin >= range.end)
            continue;
        const int rows = block.pieces.front().source;
        out += QStringView(all).mid(range.begin, begin - range.begin);
        out += QStringView(item.source).mid(rows, block.hiddenEnd - rows).trimmed();
        range.begin = std::min(text.endOf(i + 1), range.end);
    }
    out += QStringView(all).mid(range.begin, range.end - range.begin);
    return out;
}

void ChatView::buildShowAll() {
    showAll_ = new QPushButton(viewport());
    showAll_->setObjectName(QStringLiteral("showAll"));
    showAll_->setCursor(Qt::ArrowCursor);
    showAll_->hide();
    connect(showAll_, &QPushButton::clicked, this, [this] { showAll(foldedInSight_); });
    unfoldTimer_.setSingleShot(true);
    connect(&unfoldTimer_, &QTimer::timeout, this, &ChatView::unfoldMore);
}

int ChatView::foldRoom(const Item& item) const {
    return item.folded() ? theme_.space(11) : 0;
}

// Folded messages are longer than a screen, so the end of one is in sight at most.
void ChatView::placeShowAll() {
    foldedInSight_ = -1;
    const int top = verticalScrollBar()->value();
    for (int i = itemAt(top); i < messageCount(); ++i) {
        const Item& item = *items_[static_cast<std::size_t>(i)];
        if (item.top > top + viewport()->height()) break;
        if (item.folded()) foldedInSight_ = i;
    }
    if (foldedInSight_ < 0) return showAll_->hide();
    const Item& item = *items_[static_cast<std::size_t>(foldedInSight_)];
    const bool going = item.shown < item.wanted;
    const QString size =
        QLocale().formattedDataSize(static_cast<qint64>(item.bytes), 1, QLocale::DataSizeSIFormat);
    showAll_->setText(going ? tr("Showing all…") : tr("Show all (%1)").arg(size));
    showAll_->setAccessibleName(tr("Show all of this message, %1").arg(size));
    showAll_->setEnabled(!going);
    showAll_->adjustSize();
    const int x = columnLeft() + (columnWidth() - showAll_->width()) / 2;
    showAll_->move(x, item.top + item.bodyHeight - foldRoom(item) + theme_.space(2) - top);
    showAll_->show();
}

/// What a folded message does not show.
QString ChatView::hiddenText(int index) const {
    const Item& item = *items_[static_cast<std::size_t>(index)];
    const auto& messages = bridge_.session().messages();
    if (!item.folded() || static_cast<std::size_t>(index) >= messages.size()) return {};
    return item.taken.rest(messages[static_cast<std::size_t>(index)].text);
}

/// A message as it was written, but controls as the symbols that the window shows.
QString ChatView::wholeSource(int index) const {
    const auto& messages = bridge_.session().messages();
    if (static_cast<std::size_t>(index) >= messages.size()) return {};
    QString source;
    SourceReader().take(messages[static_cast<std::size_t>(index)].text, kAll, source);
    return source;
}

bool ChatView::isBehindFold(const Item& item, int traceIndex) const {
    if (!item.folded()) return false;
    const ChatSession& session = bridge_.session();
    const int token = traceIndex - session.firstTokenOfMessage(session.messageOfToken(traceIndex));
    if (item.tokenView) return token >= static_cast<int>(item.tokenView->ranges.size());
    return item.spans[token].end - item.taken.lead() > static_cast<int>(item.source.size());
}

}  // namespace gatescope

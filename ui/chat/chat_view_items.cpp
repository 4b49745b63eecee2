// The half of ChatView that makes items of the session's messages.
#include <algorithm>
#include <chrono>
#include <limits>

#include "ui/chat/chat_item.h"
#include "ui/chat/code_colorist.h"
#include "ui/chat/message_footer.h"
#include "ui/theme/theme.h"

namespace gatescope {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds kBetweenParses{50};
constexpr std::size_t kBytesOfToken = 4;    ///< about
constexpr qsizetype kMostColored = 200000;  ///< units of a block of code

}  // namespace

// A reply's end is read anew at most twenty times a second: more could not be read by anybody.
void ChatView::scheduleSync() {
    if (!bridge_.session().generating()) return syncTimer_.start(0ms);
    if (syncTimer_.isActive()) return;
    const auto since = std::chrono::milliseconds(lastSync_.isValid() ? lastSync_.elapsed() : 1000);
    syncTimer_.start(std::max(kBetweenParses - since, 0ms));
}

void ChatView::sync() {
    const auto& messages = bridge_.session().messages();
    const auto count = messages.size();
    lastSync_.start();
    if (branchChanged_) dirtyFrom_ = newFrom_ = 0;
    items_.resize(std::min({items_.size(), count, static_cast<std::size_t>(newFrom_)}));
    dirtyFrom_ = std::min(dirtyFrom_, messageCount());
    while (items_.size() < count) items_.push_back(makeItem());
    for (int i = dirtyFrom_; i < messageCount(); ++i) syncItem(i);
    const int changedFrom = dirtyFrom_;
    branchChanged_ = false;
    dirtyFrom_ = newFrom_ = std::numeric_limits<int>::max();
    if (anchor_ && std::max(anchor_->item, cursor_.item) >= messageCount()) anchor_.reset();
    arrange();
    Q_EMIT textChanged(changedFrom);
}

std::unique_ptr<ChatView::Item> ChatView::makeItem() const {
    auto item = std::make_unique<Item>(style_);
    item->layout.setLead(numberRoom());
    item->layout.setCodeColors([this](const TextBlock& block) -> std::span<const CodeRun> {
        if (block.text.size() > kMostColored) return {};
        return colorist_->runsOf(block.language, block.text);
    });
    return item;
}

// What is not read yet is only measured: it is read when it comes into sight.
void ChatView::syncItem(int index) {
    const Message& message = bridge_.session().messages()[static_cast<std::size_t>(index)];
    Item& item = *items_[static_cast<std::size_t>(index)];
    item.role = message.role;
    item.version = bridge_.session().version(index);
    item.streaming = message.state == MessageState::Streaming;
    if (message.text.size() < item.taken.taken()) forget(item);
    if (item.blank) item.blank = message.text.find_first_not_of(" \n") == std::string::npos;
    foldOrNot(item, message);
    item.bytes = message.text.size();
    if (item.read) {
        item.read = false;
        read(index);
    } else {
        const auto end =
            message.text.begin() + static_cast<std::ptrdiff_t>(std::min(item.bytes, item.shown));
        item.feeds = static_cast<std::size_t>(std::count(message.text.begin(), end, '\n'));
        item.estimatedFor = -1;
    }
    item.footer.reset();
}

QString ChatView::footerOf(int index) const {
    const Message& message = bridge_.session().messages()[static_cast<std::size_t>(index)];
    if (message.role == Role::User) return {};
    if (message.state != MessageState::Streaming) return replyFooter(message);
    return message.text.empty() ? prefillText(prefill_) : QString();
}

// What one writes oneself is shown as it was written.
void ChatView::read(int index) const {
    Item& item = *items_[static_cast<std::size_t>(index)];
    const auto& messages = bridge_.session().messages();
    if (item.read || static_cast<std::size_t>(index) >= messages.size()) return;
    const Message& message = messages[static_cast<std::size_t>(index)];
    item.read = true;
    const auto before = static_cast<int>(item.source.size());
    item.taken.take(message.text, item.shown, item.source);
    if (reading_ == Reading::Tokens)
        readTokens(item, message);
    else if (item.role == Role::User || reading_ == Reading::AsWritten)
        readPlain(item, item.source, before);
    else
        showFrom(item, item.reader.result(), item.reader.readMore(item.source));
}

/// `text` differs from `same` on from what was shown.
void ChatView::showFrom(Item& item, const FormattedText& text, int same) {
    item.unchanged = std::min(item.unchanged, same);
    item.layout.watch(text, same);
}

void ChatView::readTokens(Item& item, const Message& message) const {
    if (!item.tokenView) item.tokenView.emplace();
    // What streams in may belong to the last one.
    if (const std::size_t known = item.tokenView->ranges.size(); known > 0)
        item.tokenView->truncate(known - 1);
    const auto before = static_cast<int>(item.tokenView->text.size());
    const std::size_t most = item.folded() ? item.shown / kBytesOfToken : message.tokens.size();
    item.tokenView->update(message, most, [this](TokenId token) {
        return QString::fromStdString(bridge_.session().tokenText(token));
    });
    readPlain(item, item.tokenView->text, before);
}

/// `text` is as it was up to `same`.
void ChatView::readPlain(Item& item, const QString& text, int same) {
    const bool begins = item.plain.blocks().empty();
    if (begins) item.plain = FormattedText::plain({});
    const int kept = begins ? 0 : std::min(same, static_cast<int>(item.plain.text().size()));
    item.plain.regrowLast(kept, QStringView(text).mid(kept));
    showFrom(item, item.plain, kept);
}

/// What was read of it, which is to be read anew.
void ChatView::forget(Item& item) {
    item.taken = {};
    item.source.clear();
    item.tints.clear();
    unread(item);
}

void ChatView::unread(Item& item) {
    item.read = false;
    item.reader = {};
    item.plain = {};
    item.tokenView.reset();
    item.unchanged = 0;
    item.layout.setContent({});
    item.layout.release();
}

void ChatView::showAs(Reading reading) {
    if (reading_ == reading) return;
    reading_ = reading;
    anchor_.reset();
    for (auto& item : items_) unread(*item);
    arrange();
    Q_EMIT textChanged(0);
    Q_EMIT readingChanged(reading);
}

QString ChatView::messageText(int index) const {
    if (index < 0 || index >= static_cast<int>(items_.size()))
        return {};  // not, or no longer, there
    read(index);
    return items_[static_cast<std::size_t>(index)]->layout.text();
}

QString ChatView::footerText(int index) const {
    const auto there = static_cast<int>(bridge_.session().messages().size());
    return index < 0 || index >= std::min(messageCount(), there) ? QString() : footerOf(index);
}

}  // namespace gatescope

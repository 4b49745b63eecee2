// The half of ChatView that makes items of the session's messages.
#include <algorithm>
#include <chrono>

#include "ui/chat/chat_item.h"
#include "ui/chat/code_colorist.h"
#include "ui/chat/visible_text.h"
#include "ui/theme/theme.h"

namespace gatescope {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds kBetweenReadings{50};

}  // namespace

// A reply's end is read anew at most twenty times a second: more could not be read by anybody.
void ChatView::scheduleSync() {
    if (!bridge_.session().generating()) return syncTimer_.start(0ms);
    if (syncTimer_.isActive()) return;
    const auto since = std::chrono::milliseconds(lastSync_.isValid() ? lastSync_.elapsed() : 1000);
    syncTimer_.start(std::max(kBetweenReadings - since, 0ms));
}

void ChatView::sync() {
    const auto& messages = bridge_.session().messages();
    const auto count = messages.size();
    lastSync_.start();
    if (branchChanged_) dirtyFrom_ = 0;
    if (items_.size() > count) items_.resize(count);
    const int known = messageCount();
    while (items_.size() < count) items_.push_back(makeItem());
    for (int i = std::min(dirtyFrom_, known); i < messageCount(); ++i) {
        if (branchChanged_) {
            items_[static_cast<std::size_t>(i)]->spans.clear();
            items_[static_cast<std::size_t>(i)]->tints.clear();
        }
        syncItem(i);
    }
    branchChanged_ = false;
    dirtyFrom_ = messageCount();
    if (anchor_ && std::max(anchor_->item, cursor_.item) >= messageCount()) anchor_.reset();
    arrange();
}

std::unique_ptr<ChatView::Item> ChatView::makeItem() const {
    auto item = std::make_unique<Item>();
    item->layout.setStyle(MessageStyle(theme_));
    item->layout.setLead(numberRoom());
    item->layout.setCodeColors(
        [this](const TextBlock& block) { return colorist_->runsOf(block.language, block.text); });
    return item;
}

void ChatView::syncItem(int index) {
    const Message& message = bridge_.session().messages()[static_cast<std::size_t>(index)];
    Item& item = *items_[static_cast<std::size_t>(index)];
    item.role = message.role;
    item.version = bridge_.session().version(index);
    item.streaming = message.state == MessageState::Streaming;
    QString text = visibleText(QString::fromStdString(message.text));
    int lead = 0;  // a reply goes on behind "Assistant:", so it begins with a blank
    while (lead < text.size() &&
           (text[lead] == QLatin1Char(' ') || text[lead] == QLatin1Char('\n')))
        ++lead;
    int end = static_cast<int>(text.size());
    while (end > lead && text[end - 1] == QLatin1Char('\n')) --end;
    item.lead = lead;
    const QString source = text.mid(lead, end - lead);
    if (!source.startsWith(item.source)) item.tints.clear();
    if (source != item.source || reading_ == Reading::Tokens) item.read = false;
    item.source = source;
    if (!item.read && !item.layout.upToDate(textWidth(item)) && !item.streaming) {
        item.tokenView.reset();
        item.layout.setText(source);  // read when it comes into sight
    } else {
        read(index);
    }
    item.spans.update(message);
    if (item.tints.size() > message.tokens.size()) item.tints.clear();
    item.footer = footerOf(index);
}

QString ChatView::footerOf(int index) const {
    const Message& message = bridge_.session().messages()[static_cast<std::size_t>(index)];
    if (message.role == Role::User) return {};
    QStringList parts;
    const bool last = index + 1 == messageCount();
    if (message.state == MessageState::Streaming) {
        if (!message.text.empty()) return {};
        return prefillTotal_ > 0
                   ? tr("Reading the prompt: %1 of %2 tokens").arg(prefillDone_).arg(prefillTotal_)
                   : tr("Reading the prompt…");
    }
    const auto generated = std::count_if(
        message.tokens.begin(), message.tokens.end(), [](const auto& t) { return t.generated; });
    const bool written = !message.finishReason && message.state == MessageState::Complete;
    const bool imported =
        generated == 0 && message.finishReason == FinishReason::EndOfText && !message.text.empty();
    parts << (written          ? tr("written by you")
              : imported       ? tr("imported")
              : generated == 1 ? tr("1 token")
                               : tr("%1 tokens").arg(generated));
    if (last && lastFinished_ && lastFinished_->timings.decode.count() > 0 &&
        lastFinished_->timings.generatedTokens > 1) {
        const double seconds = static_cast<double>(lastFinished_->timings.decode.count()) / 1e6;
        const double speed = (lastFinished_->timings.generatedTokens - 1) / seconds;
        // What speculation gives is never taken for the model's own speed.
        const bool drafts = lastFinished_->timings.speculation.drafted > 0;
        parts << (drafts ? tr("%1 tokens/s with drafts") : tr("%1 tokens/s")).arg(speed, 0, 'f', 1);
    }
    if (message.finishReason == FinishReason::Failed)  // Interrupted, too, but not by an end
        parts << tr("failed");
    else if (message.state == MessageState::Interrupted)
        parts << tr("interrupted: Gatescope ended before this reply was complete");
    else if (message.finishReason == FinishReason::MaxTokens)
        parts << tr("reached the token limit");
    else if (message.finishReason == FinishReason::ContextFull)
        parts << tr("the context is full");
    else if (message.finishReason == FinishReason::Stopped)
        parts << tr("stopped");
    if (!message.interventions.empty()) {
        const auto count = describe(message.interventions).size();
        parts << (count == 1 ? tr("1 intervention") : tr("%1 interventions").arg(count));
    }
    return parts.join(QStringLiteral(" · "));
}

// What one writes oneself is shown as it was written.
void ChatView::read(int index) const {
    Item& item = *items_[static_cast<std::size_t>(index)];
    const auto& messages = bridge_.session().messages();
    if (item.read || static_cast<std::size_t>(index) >= messages.size()) return;
    item.read = true;
    item.tokenView.reset();
    if (reading_ == Reading::Tokens) {
        item.tokenView = TokenView::of(messages[static_cast<std::size_t>(index)]);
        item.layout.setText(item.tokenView->text);
    } else if (item.role == Role::User || reading_ == Reading::AsWritten) {
        item.layout.setText(item.source);
    } else {
        item.reader.read(item.source);
        item.layout.setContent(item.reader.result());
    }
}

void ChatView::showAs(Reading reading) {
    if (reading_ == reading) return;
    reading_ = reading;
    anchor_.reset();
    for (auto& item : items_) {
        item->read = false;
        item->layout.release();
    }
    arrange();
}

QString ChatView::messageText(int index) const {
    if (index < 0 || index >= static_cast<int>(items_.size()))
        return {};  // not, or no longer, there
    read(index);
    return items_[static_cast<std::size_t>(index)]->layout.text();
}

QString ChatView::footerText(int index) const {
    if (index < 0 || index >= messageCount()) return {};
    return items_[static_cast<std::size_t>(index)]->footer;
}

}  // namespace gatescope

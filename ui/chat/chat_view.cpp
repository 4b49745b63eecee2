#include "ui/chat/chat_view.h"

#include <QPushButton>
#include <QScrollBar>
#include <algorithm>
#include <chrono>
#include <cmath>

#include "ui/chat/chat_item.h"
#include "ui/chat/code_colorist.h"
#include "ui/chat/message_actions.h"
#include "ui/chat/visible_text.h"
#include "ui/routing/token_filter.h"
#include "ui/theme/theme.h"

namespace gatescope {

using namespace std::chrono_literals;

namespace {

constexpr int kMaxColumn = 760;
constexpr int kMaxLaidOutItems = 200;
constexpr std::chrono::milliseconds kBetweenReadings{50};

}  // namespace

ChatView::ChatView(
    EngineBridge& bridge, Selection& selection, TokenFilter& filter, Theme& theme, QWidget* parent)
    : QAbstractScrollArea(parent),
      bridge_(bridge),
      selection_(selection),
      filter_(filter),
      theme_(theme) {
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Conversation"));
    viewport()->setMouseTracking(true);
    viewport()->setCursor(Qt::IBeamCursor);

    jump_ = new QPushButton(tr("Jump to latest"), viewport());
    jump_->setIcon(theme.icon(QStringLiteral("arrow-down"), ColorRole::Text));
    jump_->setFocusPolicy(Qt::NoFocus);
    jump_->setCursor(Qt::ArrowCursor);
    jump_->hide();
    connect(jump_, &QPushButton::clicked, this, &ChatView::jumpToLatest);

    actions_ = new MessageActions(theme, viewport());
    actions_->setCursor(Qt::ArrowCursor);
    connect(actions_, &MessageActions::copyClicked, this, &ChatView::copyMessage);
    connect(actions_, &MessageActions::editClicked, this, &ChatView::editRequested);
    connect(actions_, &MessageActions::versionClicked, this, &ChatView::versionRequested);
    connect(actions_, &MessageActions::regenerateClicked, this, &ChatView::regenerateRequested);
    connect(actions_, &MessageActions::continueClicked, this, &ChatView::continueRequested);

    colorist_ = new CodeColorist(this);
    connect(colorist_, &CodeColorist::changed, this, [this] { viewport()->update(); });
    buildCodeButton();
    syncTimer_.setSingleShot(true);
    connect(&syncTimer_, &QTimer::timeout, this, &ChatView::sync);
    tintTimer_.setSingleShot(true);
    connect(&tintTimer_, &QTimer::timeout, this, [this] { viewport()->update(); });
    connectSources();
    resetFonts();
    scheduleSync();
}

ChatView::~ChatView() = default;

void ChatView::connectSources() {
    // A frame's events arrive together; the zero timer behind them makes one sync of them all.
    connect(&bridge_, &EngineBridge::branchOpened, this, [this] {
        branchChanged_ = true;
        lastFinished_.reset();
        anchor_.reset();
        following_ = true;
        scheduleSync();
    });
    const auto dirty = [this](int message) {
        dirtyFrom_ = std::min(dirtyFrom_, message);
        scheduleSync();
    };
    connect(&bridge_, &EngineBridge::messageAdded, this, [this, dirty](int index) {
        following_ = true;
        dirty(std::max(0, index - 1));  // the one before is no longer the last
    });
    connect(&bridge_, &EngineBridge::messageUpdated, this, dirty);
    connect(&bridge_, &EngineBridge::traceGrew, this, [this, dirty](int firstToken) {
        const ChatSession& session = bridge_.session();
        if (firstToken >= session.traceSize()) return;
        dropTintsFrom(firstToken);
        dirty(session.messageOfToken(firstToken));
    });
    connect(&bridge_, &EngineBridge::prefillProgress, this, [this, dirty](int done, int total) {
        prefillDone_ = done;
        prefillTotal_ = total;
        dirty(std::max(0, messageCount() - 1));
    });
    connect(&bridge_, &EngineBridge::generationBegan, this, [this, dirty] {
        lastFinished_.reset();
        prefillDone_ = prefillTotal_ = 0;
        dirty(std::max(0, messageCount() - 1));
    });
    connect(
        &bridge_,
        &EngineBridge::generationEnded,
        this,
        [this, dirty](const GenerationFinished& finished) {
            lastFinished_ = finished;
            // Told once when it is complete: a screen reader cannot follow single tokens.
            const auto& messages = bridge_.session().messages();
            if (!messages.empty())
                setAccessibleDescription(visibleText(QString::fromStdString(messages.back().text)));
            dirty(std::max(0, messageCount() - 1));
        });
    connect(&selection_, &Selection::tokenSelected, this, [this](std::optional<int> index) {
        if (index) ensureTokenVisible(*index);
        viewport()->update();
    });
    connect(&selection_, &Selection::siteSelected, this, [this] {
        const bool ofSite =
            tint_.quantity == TintQuantity::Gate || tint_.layers.which == TintLayers::Which::Picked;
        if (ofSite) tintChanged();
    });
    const auto repaint = [this] { viewport()->update(); };
    connect(&selection_, &Selection::rangeSelected, this, repaint);
    connect(&selection_, &Selection::tokenHovered, this, repaint);
    connect(&selection_, &Selection::siteHovered, this, repaint);
    connect(&filter_, &TokenFilter::changed, this, repaint);
    connect(&theme_, &Theme::changed, this, &ChatView::resetFonts);
}

void ChatView::resetFonts() {
    for (auto& item : items_) {
        item->layout.setStyle(MessageStyle(theme_));
        item->layout.setLead(numberRoom());
    }
    jump_->setFont(theme_.font(FontRole::Small));
    replyPalette_ = TintPalette(theme_, theme_.color(ColorRole::Window));
    ownPalette_ = TintPalette(theme_, theme_.color(ColorRole::UserBubble));
    tintChanged();
    arrange();
}

// A reply's end is read anew at most twenty times a second: more could not be read by anybody.
void ChatView::scheduleSync() {
    if (syncTimer_.isActive()) return;
    const auto since = std::chrono::milliseconds(lastSync_.isValid() ? lastSync_.elapsed() : 1000);
    const bool streaming = !items_.empty() && items_.back()->streaming;
    syncTimer_.start(streaming ? std::max(kBetweenReadings - since, 0ms) : 0ms);
}

// ---------------------------------------------------------------- messages -> items

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
    parts << (generated == 1 ? tr("1 token") : tr("%1 tokens").arg(generated));
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

// ---------------------------------------------------------------- items -> pixels

int ChatView::columnWidth() const {
    const int margin = theme_.space(6);
    return std::clamp(viewport()->width() - 2 * margin, 120, qRound(kMaxColumn * theme_.scale()));
}

int ChatView::columnLeft() const {
    return (viewport()->width() - columnWidth()) / 2;
}

int ChatView::textWidth(const Item& item) const {
    if (item.role == Role::Assistant) return columnWidth();
    return columnWidth() * 4 / 5 - 2 * theme_.space(4);
}

QPointF ChatView::textOrigin(const Item& item) const {
    const int y = item.top - verticalScrollBar()->value();
    if (item.role == Role::Assistant) return QPointF(columnLeft(), y);
    const qreal width = std::ceil(item.layout.naturalWidth());
    return QPointF(columnLeft() + columnWidth() - theme_.space(4) - width, y + theme_.space(2) + 2);
}

void ChatView::layOut(int index) {
    Item& item = *items_[static_cast<std::size_t>(index)];
    read(index);
    item.layout.layOut(textWidth(item));
    item.textHeight = item.layout.height();
}

void ChatView::placeItems() {
    int y = theme_.space(6);
    for (auto& item : items_) {
        item->top = y;
        if (!item->layout.upToDate(textWidth(*item)) && item->estimatedFor != textWidth(*item)) {
            item->estimatedFor = textWidth(*item);
            item->textHeight = item->layout.estimateHeight(textWidth(*item));
        }
        int height = static_cast<int>(std::ceil(item->textHeight));
        if (item->role == Role::User)
            height += 2 * (theme_.space(2) + 2);
        else if (item->source.isEmpty())
            height = 0;
        item->bodyHeight = height;
        item->height = height + theme_.space(8);  // the row below holds footer and actions
        // A reply belongs to the question above it: more room goes between turns.
        y += item->height + (item->role == Role::Assistant ? theme_.space(5) : 0);
    }
    contentHeight_ = y + theme_.space(2);
}

int ChatView::itemAt(int y) const {
    const auto found = std::partition_point(items_.begin(), items_.end(), [y](const auto& item) {
        return item->top + item->height <= y;
    });
    return static_cast<int>(found - items_.begin());
}

// Lays out what is in sight. True when a height turned out different from what was assumed.
bool ChatView::layOutVisible() {
    bool changed = false;
    const int top = verticalScrollBar()->value();
    const int bottom = top + viewport()->height();
    for (int i = itemAt(top); i < messageCount(); ++i) {
        Item& item = *items_[static_cast<std::size_t>(i)];
        if (item.top > bottom) break;
        if (item.layout.upToDate(textWidth(item))) continue;
        const qreal assumed = item.textHeight;
        layOut(i);
        changed = changed || assumed != item.textHeight;
    }
    return changed;
}

void ChatView::arrange() {
    if (arranging_) return;
    arranging_ = true;
    const int oldValue = verticalScrollBar()->value();
    const int anchorItem = std::min(itemAt(oldValue), messageCount() - 1);
    const int anchorOffset =
        anchorItem >= 0 ? oldValue - items_[static_cast<std::size_t>(anchorItem)]->top : 0;
    for (int round = 0; round < 8; ++round) {  // each round lays out at least one more item
        placeItems();
        const int max = std::max(0, contentHeight_ - viewport()->height());
        const int kept =
            anchorItem >= 0 ? items_[static_cast<std::size_t>(anchorItem)]->top + anchorOffset : 0;
        updateScrollBar(following_ ? max : std::min(kept, max));
        if (!layOutVisible()) break;
    }
    if (messageCount() > kMaxLaidOutItems) {
        const int top = itemAt(verticalScrollBar()->value());
        for (int i = 0; i < messageCount(); ++i)
            if (std::abs(i - top) > kMaxLaidOutItems / 2)
                items_[static_cast<std::size_t>(i)]->layout.release();
    }
    arranging_ = false;
    placeOverlays();
    viewport()->update();
}

void ChatView::updateScrollBar(int value) {
    QScrollBar* bar = verticalScrollBar();
    bar->setPageStep(viewport()->height());
    bar->setSingleStep(theme_.space(10));
    bar->setRange(0, std::max(0, contentHeight_ - viewport()->height()));
    bar->setValue(value);
}

void ChatView::placeOverlays() {
    jump_->adjustSize();
    jump_->move((viewport()->width() - jump_->width()) / 2,
                viewport()->height() - jump_->height() - theme_.space(3));
    jump_->setVisible(!following_ && verticalScrollBar()->maximum() > 0);
    placeCodeButton();

    const int last = messageCount() - 1;
    const int at = hoveredItem_ >= 0 && hoveredItem_ <= last ? hoveredItem_ : last;
    const bool busy = bridge_.session().generating();
    if (at < 0 || (at == last && busy)) {
        actions_->hide();
        return;
    }
    const Item& item = *items_[static_cast<std::size_t>(at)];
    const bool own = item.role == Role::User;
    actions_->setVersion(item.version, busy);
    actions_->showFor(at, own, !own && at == last, busy || bridge_.session().isReplay());
    const int y = item.top + item.bodyHeight + (theme_.space(8) - actions_->height()) / 2 -
                  verticalScrollBar()->value();
    const int right = columnLeft() + columnWidth();
    actions_->move(own ? right - actions_->width() : columnLeft() - theme_.space(1), y);
}

void ChatView::scrollContentsBy(int /*dx*/, int /*dy*/) {
    if (arranging_) return;
    QScrollBar* bar = verticalScrollBar();
    following_ = bar->value() >= bar->maximum() - theme_.space(1);
    arrange();
}

void ChatView::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    arrange();
}

void ChatView::stepVersion(int by) {
    const ChatSession& session = bridge_.session();
    for (int i = static_cast<int>(session.messages().size()) - 1; i >= 0; --i)
        if (session.version(i).count > 1) return Q_EMIT versionRequested(i, by);
}

void ChatView::jumpToLatest() {
    following_ = true;
    arrange();
}

}  // namespace gatescope

#include "ui/chat/chat_view.h"

#include <QCoreApplication>
#include <QEvent>
#include <QPushButton>
#include <QScrollBar>
#include <algorithm>
#include <cmath>

#include "ui/chat/chat_accessible.h"
#include "ui/chat/chat_item.h"
#include "ui/chat/code_colorist.h"
#include "ui/chat/message_actions.h"
#include "ui/chat/visible_text.h"
#include "ui/routing/token_filter.h"
#include "ui/theme/theme.h"

namespace gatescope {

namespace {

constexpr int kMaxColumn = 760;
constexpr int kKeptItems = 100;  ///< to both sides, whose lines are kept
constexpr int kKeptScreens = 20;

QEvent::Type arrangeEvent() {
    static const int type = QEvent::registerEventType();
    return static_cast<QEvent::Type>(type);
}

}  // namespace

ChatView::ChatView(
    EngineBridge& bridge, Selection& selection, TokenFilter& filter, Theme& theme, QWidget* parent)
    : QAbstractScrollArea(parent),
      bridge_(bridge),
      selection_(selection),
      filter_(filter),
      theme_(theme) {
    installChatAccessibility();
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Conversation"));
    keys_ = new ViewKeys(this, tr("In the conversation"));
    keys_->add(
        "chat-alternatives", tr("Alternatives of the token picked"), {QStringLiteral("A")}, [this] {
            askForAlternatives();
        });
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
    buildShowAll();
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
        newFrom_ = std::min(newFrom_, index);
        dirty(std::max(0, index - 1));  // the one before is no longer the last
    });
    connect(&bridge_, &EngineBridge::messageUpdated, this, dirty);
    connect(&bridge_, &EngineBridge::traceGrew, this, [this, dirty](int firstToken) {
        const ChatSession& session = bridge_.session();
        if (firstToken >= session.traceSize()) return;
        dropTokensFrom(firstToken);
        dirty(session.messageOfToken(firstToken));
    });
    connect(&bridge_, &EngineBridge::prefillProgress, this, [this, dirty](int done, int total) {
        prefill_.add(done, total);
        dirty(std::max(0, messageCount() - 1));
    });
    connect(&bridge_, &EngineBridge::generationBegan, this, [this, dirty] {
        prefill_.clear();
        dirty(std::max(0, messageCount() - 1));
    });
    connect(&bridge_, &EngineBridge::generationEnded, this, [this, dirty] {
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
    style_ = std::make_shared<const MeasuredStyle>(MessageStyle(theme_));
    for (auto& item : items_) {
        item->layout.setStyle(style_);
        item->layout.setLead(numberRoom());
    }
    jump_->setFont(theme_.font(FontRole::Small));
    replyPalette_ = TintPalette(theme_, theme_.color(ColorRole::Window));
    ownPalette_ = TintPalette(theme_, theme_.color(ColorRole::UserBubble));
    tintChanged();
    arrange();
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

int ChatView::textTop(const Item& item) const {
    return item.top + (item.role == Role::User ? theme_.space(2) + 2 : 0);
}

QPointF ChatView::textOrigin(const Item& item) const {
    const int y = textTop(item) - verticalScrollBar()->value();
    if (item.role == Role::Assistant) return QPointF(columnLeft(), y);
    const qreal width = std::ceil(item.layout.naturalWidth());
    return QPointF(columnLeft() + columnWidth() - theme_.space(4) - width, y);
}

void ChatView::prepare(int index) {
    Item& item = *items_[static_cast<std::size_t>(index)];
    read(index);
    item.layout.prepare(textWidth(item));
    item.textHeight = item.layout.height();
}

const TokenSpans& ChatView::spansOf(int index) const {
    Item& item = *items_[static_cast<std::size_t>(index)];
    item.spans.update(bridge_.session().messages()[static_cast<std::size_t>(index)]);
    return item.spans;
}

void ChatView::placeItems() {
    int y = theme_.space(6);
    for (auto& item : items_) {
        item->top = y;
        if (!item->layout.upToDate(textWidth(*item)) && item->estimatedFor != textWidth(*item)) {
            item->estimatedFor = textWidth(*item);
            item->textHeight = item->layout.estimateHeight(
                textWidth(*item), std::min(item->bytes, item->shown), item->feeds);
        }
        int height = static_cast<int>(std::ceil(item->textHeight)) + foldRoom(*item);
        if (item->role == Role::User)
            height += 2 * (theme_.space(2) + 2);
        else if (item->blank && reading_ != Reading::Tokens)
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

// ---------------------------------------------------------------- what is in sight

/// Reads and parts what is in sight. True when something was: then heights are others.
bool ChatView::prepareVisible() {
    bool any = false;
    const int top = verticalScrollBar()->value();
    const int bottom = top + viewport()->height();
    for (int i = itemAt(top); i < messageCount(); ++i) {
        Item& item = *items_[static_cast<std::size_t>(i)];
        if (item.top > bottom) break;
        if (item.read && item.layout.upToDate(textWidth(item))) continue;
        prepare(i);
        any = true;
    }
    return any;
}

/// True when a height turned out different from what was assumed.
bool ChatView::layOutVisible() {
    bool changed = false;
    const int top = verticalScrollBar()->value();
    const int bottom = top + viewport()->height();
    const int there =
        std::min(messageCount(), static_cast<int>(bridge_.session().messages().size()));
    for (int i = itemAt(top); i < there; ++i) {
        Item& item = *items_[static_cast<std::size_t>(i)];
        if (item.top > bottom) break;
        spansOf(i);
        // It counts the message's tokens, which of a long conversation takes milliseconds.
        if (!item.footer) item.footer = footerOf(i);
        const int from = textTop(item);
        const std::int64_t before = item.layout.work();
        changed = item.layout.layOutBetween(top - from, bottom - from) || changed;
        work_.stretches += item.layout.work() - before;
        item.textHeight = item.layout.height();
    }
    return changed;
}

ChatView::Anchor ChatView::anchorAt(int value) const {
    const int height = viewport()->height();
    const int first = std::min(itemAt(value), messageCount() - 1);
    if (first < 0) return {};
    for (int i = first; i < messageCount(); ++i) {
        const Item& item = *items_[static_cast<std::size_t>(i)];
        const int top = textTop(item);
        if (top > value + height) break;
        if (!item.read || !item.layout.isBegun()) continue;
        if (const auto offset = item.layout.firstLaidOut(value - top, value + height - top))
            return {i, offset, 0, top + qRound(item.layout.topOf(*offset)) - value};
    }
    const Item& item = *items_[static_cast<std::size_t>(first)];
    const int top = textTop(item);
    if (item.read && item.layout.isBegun() && value > top) {
        const int offset = item.layout.stretchBegin(value - top);
        return {first, offset, 0, top + qRound(item.layout.topOf(offset)) - value};
    }
    if (value <= item.top) return {first, std::nullopt, 0, item.top - value};
    return {first, std::nullopt, static_cast<double>(value - item.top) / item.height, 0};
}

int ChatView::valueFor(const Anchor& anchor) const {
    if (anchor.item < 0) return 0;
    const Item& item = *items_[static_cast<std::size_t>(anchor.item)];
    if (!anchor.offset) return item.top + qRound(anchor.share * item.height) - anchor.y;
    return textTop(item) + qRound(item.layout.topOf(*anchor.offset)) - anchor.y;
}

// Heights are estimated until something is seen. Each round knows more of them; what is in sight
// stays where it is meanwhile.
void ChatView::arrange() {
    if (arranging_) return;
    arranging_ = true;
    arrangeDue_ = false;
    constexpr int kMostRounds = 16;
    Anchor anchor = anchorAt(verticalScrollBar()->value());
    for (int round = 0; round < kMostRounds; ++round) {
        placeItems();
        const int max = std::max(0, contentHeight_ - viewport()->height());
        updateScrollBar(following_ ? max : std::clamp(valueFor(anchor), 0, max));
        if (prepareVisible()) continue;
        if (!anchor.offset) anchor = anchorAt(verticalScrollBar()->value());
        if (!layOutVisible()) break;
    }
    releaseFar();
    arranging_ = false;
    placeOverlays();
    viewport()->update();
}

void ChatView::releaseFar() {
    const int top = verticalScrollBar()->value();
    const int middle = itemAt(top);
    for (int i = 0; i < messageCount(); ++i) {
        Item& item = *items_[static_cast<std::size_t>(i)];
        const int far = kKeptScreens * viewport()->height();
        if (item.top > top + far || item.top + item.height < top - far) {
            if (std::abs(i - middle) > kKeptItems) item.layout.releaseLines();
        } else if (item.height > 2 * far) {
            item.layout.releaseOutside(top - far - textTop(item), top + far - textTop(item));
        }
    }
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
    placeShowAll();

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

// A window that is resized gives its parts several sizes in one turn: lines are broken for the last
// of them. What is posted comes in front of painting.
void ChatView::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    if (arrangeDue_) return;
    arrangeDue_ = true;
    QCoreApplication::postEvent(this, new QEvent(arrangeEvent()));
}

bool ChatView::event(QEvent* event) {
    if (event->type() != arrangeEvent()) return QAbstractScrollArea::event(event);
    arrangeIfDue();
    return true;
}

void ChatView::arrangeIfDue() {
    if (arrangeDue_) arrange();
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

#include "ui/chat/chat_view.h"

#include <QPushButton>
#include <QScrollBar>
#include <algorithm>
#include <cmath>

#include "ui/chat/chat_item.h"
#include "ui/chat/code_colorist.h"
#include "ui/chat/message_actions.h"
#include "ui/chat/visible_text.h"
#include "ui/routing/token_filter.h"
#include "ui/theme/theme.h"

namespace gatescope {

namespace {

constexpr int kMaxColumn = 760;
constexpr int kMaxLaidOutItems = 200;

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

#include "ui/chat/chat_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/chat/banner.h"
#include "ui/chat/chat_find.h"
#include "ui/chat/chat_view.h"
#include "ui/chat/eliding_label.h"
#include "ui/chat/empty_state.h"
#include "ui/chat/filter_bar.h"
#include "ui/chat/find_bar.h"
#include "ui/chat/reading_choice.h"
#include "ui/chat/tint_bar.h"
#include "ui/chat/visible_text.h"
#include "ui/composing/composer.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr int kMaxComposer = 800;
constexpr int kRoomForReading = 460;  ///< of the panel, for the box beside title and tint

}  // namespace

ChatPanel::ChatPanel(EngineBridge& bridge,
                     Selection& selection,
                     TokenFilter& filter,
                     OwnSettings& own,
                     Theme& theme,
                     bool hasDemo,
                     QWidget* parent)
    : QWidget(parent), bridge_(bridge), selection_(selection), filter_(filter), theme_(theme) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(buildHeader());
    column->addWidget(tintBar_);
    filterBar_ = new FilterBar(selection, filter, theme);
    column->addWidget(filterBar_);
    view_ = new ChatView(bridge, selection, filter, theme);
    view_->setObjectName(QStringLiteral("chatView"));
    auto* find = new ChatFind(*view_, bridge, view_);
    view_->setFind(find);
    findBar_ = new FindBar(*find, theme);
    column->addWidget(findBar_);

    auto* banners = new QVBoxLayout;
    banners->setContentsMargins(20, 0, 20, 0);
    banners->setSpacing(8);
    banner_ = new Banner(theme);
    load_ = new LoadBanner;
    banners->addWidget(banner_);
    banners->addWidget(load_);
    column->addLayout(banners);

    pages_ = new QStackedWidget;
    buildEmptyStates(hasDemo);
    reading_ = new ReadingChoice(*view_);
    headerRow_->insertWidget(1, reading_);
    pages_->addWidget(noModel_);
    pages_->addWidget(noConversation_);
    pages_->addWidget(view_);
    column->addWidget(pages_, 1);

    auto* below = new QHBoxLayout;
    below->setContentsMargins(20, 0, 20, 10);
    lower_ = new QVBoxLayout;
    lower_->setSpacing(8);
    caption_ = new QLabel;
    caption_->setProperty("kind", QStringLiteral("caption-overlay"));
    caption_->setTextFormat(Qt::PlainText);
    caption_->setWordWrap(true);
    caption_->setAlignment(Qt::AlignCenter);
    caption_->hide();
    lower_->addWidget(caption_);
    composer_ = new Composer(bridge, own, theme);
    lower_->addWidget(composer_);
    below->addStretch(1);
    below->addLayout(lower_, 1000);
    below->addStretch(1);
    column->addLayout(below);

    connectSources();
    applyTheme();
    refresh();
}

QWidget* ChatPanel::buildHeader() {
    auto* header = new QWidget;
    auto* row = headerRow_ = new QHBoxLayout(header);
    row->setContentsMargins(24, 10, 16, 10);
    title_ = new ElidingLabel;
    row->addWidget(title_, 1);
    tintBar_ = new TintBar(bridge_, theme_);
    row->addWidget(tintBar_->choice());
    connect(tintBar_, &TintBar::settingChanged, this, &ChatPanel::showTint);
    connect(tintBar_, &TintBar::sizesChanged, this, &ChatPanel::showTint);
    auto* filter = new QToolButton;
    filter->setIcon(theme_.icon(QStringLiteral("filter")));
    filter->setToolTip(tr("Filter tokens by routing and text (Ctrl+Shift+L)"));
    filter->setAccessibleName(tr("Filter tokens"));
    row->addWidget(filter);
    connect(filter, &QToolButton::clicked, this, [this] { filterBar_->toggleBar(); });
    return header;
}

void ChatPanel::showTint() {
    if (tintBar_->setting().quantity == TintQuantity::Gate) pickAnExpert();
    if (view_ != nullptr) view_->setTint(tintBar_->setting(), tintBar_->sizes());
}

// The gate of which expert? Until one is picked: of the newest token's first choice.
void ChatPanel::pickAnExpert() {
    const ChatSession& session = bridge_.session();
    if (selection_.site()) return;
    for (int token = session.traceSize() - 1; token >= 0; --token) {
        const RoutingRecordPtr& routing = session.traceToken(token).routing;
        if (!routing) continue;
        const int layer = routing->numLayers - 1;
        return selection_.selectSite(ExpertSite{{layer}, {routing->layerSelected(layer)[0]}});
    }
}

void ChatPanel::buildEmptyStates(bool hasDemo) {
    noModel_ = new EmptyState(theme_, QStringLiteral("gatescope"));
    noModel_->setText(
        tr("No model yet"),
        hasDemo ? tr("Open one to talk to it and watch which experts answer, or try the small "
                     "model that comes with Gatescope.")
                : tr("Open one to talk to it and watch which experts answer."));
    QPushButton* open =
        noModel_->addButton(tr("Open a model…"), QStringLiteral("folder"), !hasDemo);
    connect(open, &QPushButton::clicked, this, &ChatPanel::openModelRequested);
    if (hasDemo) {
        QPushButton* demo =
            noModel_->addButton(tr("Open the demo model"), QStringLiteral("demo"), true);
        connect(demo, &QPushButton::clicked, this, &ChatPanel::openDemoRequested);
    }
    noConversation_ = new EmptyState(theme_, QStringLiteral("chat"));
    noConversation_->setText(
        tr("No conversation yet"),
        tr("Write something below. The model continues it, and every token shows which experts "
           "it went through."));
}

void ChatPanel::connectSources() {
    connect(&bridge_, &EngineBridge::errorOccurred, this, [this](const QString& sentence) {
        if (!bridge_.session().loading()) load_->end();
        banner_->showSentence(Banner::Kind::Error, sentence);
        refresh();
    });
    connect(&bridge_, &EngineBridge::engineWasLost, this, [this] {
        banner_->offer(tr("Start Gatescope again"), [this] { Q_EMIT restartRequested(); });
    });
    connect(&bridge_, &EngineBridge::modelGone, this, &ChatPanel::refresh);
    connect(&bridge_, &EngineBridge::modelLoadProgress, load_, &LoadBanner::showProgress);
    connect(&bridge_, &EngineBridge::modelUsableAlready, this, [this] {
        load_->showUsable();
        banner_->dismissUnlessAsking();
        composer_->focusText();
        refresh();
    });
    connect(&bridge_, &EngineBridge::modelReady, load_, &LoadBanner::end);
    connect(&bridge_, &EngineBridge::modelLoadWasCancelled, this, [this] {
        load_->end();
        refresh();
    });
    connect(&bridge_, &EngineBridge::generationBegan, banner_, &Banner::dismissUnlessAsking);
    connect(&bridge_, &EngineBridge::branchOpened, this, &ChatPanel::refresh);
    for (auto signal : {&EngineBridge::branchOpened, &EngineBridge::modelReady})
        connect(&bridge_, signal, this, &ChatPanel::showTint);
    connect(&bridge_, &EngineBridge::generationEnded, this, &ChatPanel::showTint);
    connect(&bridge_, &EngineBridge::messageAdded, this, &ChatPanel::refresh);
    connect(&bridge_, &EngineBridge::conversationListUpdated, this, &ChatPanel::refresh);
    connect(load_, &LoadBanner::cancelClicked, this, [this] {
        bridge_.run([](ChatSession& session) { session.cancelLoad(); });
    });
    connect(view_, &ChatView::editRequested, composer_, &Composer::beginEdit);
    connect(view_, &ChatView::regenerateRequested, this, [this] {
        bridge_.run([](ChatSession& session) { session.regenerate(); });
    });
    connect(view_, &ChatView::versionRequested, this, [this](int message, int step) {
        bridge_.run([&](ChatSession& session) { session.showVersion(message, step); });
    });
    connect(view_, &ChatView::removalRequested, this, [this](int message) {
        bridge_.run([message](ChatSession& session) { session.removeMessage(message); });
    });
    connect(view_, &ChatView::continueRequested, this, [this] {
        bridge_.run([](ChatSession& session) { session.continueReply(); });
    });
    connect(&theme_, &Theme::changed, this, &ChatPanel::applyTheme);
}

void ChatPanel::applyTheme() {
    title_->setFont(theme_.font(FontRole::Strong));
    caption_->setFont(theme_.font(FontRole::Title));
    composer_->setMaximumWidth(qRound(kMaxComposer * theme_.scale()));
}

// A long message may take a third of the height, so that what it answers stays in sight.
void ChatPanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    composer_->setTextRoom(height() / 3);
    // Where there is no room for both, the title stays: the View menu and a key choose as well.
    reading_->setVisible(width() >= qRound(kRoomForReading * theme_.scale()));
}

void ChatPanel::showCaption(const QString& text) {
    caption_->setText(visibleText(text));
    caption_->setVisible(!text.isEmpty());
}

void ChatPanel::addAboveComposer(QWidget* widget) {
    lower_->insertWidget(0, widget);
}

void ChatPanel::beginLoad(const QString& model) {
    banner_->dismissUnlessAsking();
    load_->begin(model);
    refresh();
}

void ChatPanel::refresh() {
    const ChatSession& session = bridge_.session();
    if (!session.messages().empty())
        pages_->setCurrentWidget(view_);
    else if (session.model() || session.loading())
        pages_->setCurrentWidget(noConversation_);
    else
        pages_->setCurrentWidget(noModel_);
    QString title = session.messages().empty() ? tr("New chat") : QString();
    for (const ConversationSummary& summary : session.conversations())
        if (session.currentConversation() == summary.id)
            title = QString::fromStdString(summary.title);
    if (session.isReplay()) title = tr("Recording");
    title_->setText(visibleLine(title));
    suggest();
    composer_->refresh();
}

// One opening for each thing a base model can be asked to go on with.
void ChatPanel::suggest() {
    const bool wanted = pages_->currentWidget() == noConversation_ && bridge_.session().model();
    if (noConversation_->property("suggesting").toBool() == wanted) return;
    noConversation_->setProperty("suggesting", wanted);
    noConversation_->clearSuggestions();
    if (!wanted) return;
    // In English whatever the window speaks: the models at hand have read little else.
    for (const QString& text : {QStringLiteral("What is a river?"),
                                QStringLiteral("What is 12 + 30?"),
                                QStringLiteral("In the beginning")}) {
        QPushButton* button = noConversation_->addSuggestion(text);
        connect(button, &QPushButton::clicked, this, [this, text] {
            composer_->setText(text);
            composer_->focusText();
        });
    }
}

QString ChatPanel::shownPage() const {
    if (pages_->currentWidget() == view_) return QStringLiteral("conversation");
    return pages_->currentWidget() == noModel_ ? QStringLiteral("no-model")
                                               : QStringLiteral("no-conversation");
}

}  // namespace gatescope

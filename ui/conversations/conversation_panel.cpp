#include "ui/conversations/conversation_panel.h"

#include <QCompleter>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPushButton>
#include <QStringListModel>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/chat/eliding_label.h"
#include "ui/chat/visible_text.h"
#include "ui/clear_button.h"
#include "ui/conversations/conversation_delegate.h"
#include "ui/conversations/routing_search.h"
#include "ui/models/conversation_list_model.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kUndoTime{8000};
constexpr std::chrono::milliseconds kSearchPause{120};
constexpr int kHeaderRest = 60;     ///< px beside the heading: margins and the button of a new chat
constexpr int kSmallestTitle = 11;  ///< px

}  // namespace

ConversationPanel::ConversationPanel(EngineBridge& bridge, Theme& theme, QWidget* parent)
    : QWidget(parent),
      bridge_(bridge),
      theme_(theme),
      model_(new ConversationListModel(this)),
      routingSearch_(new RoutingSearch(bridge, this)) {
    setMinimumWidth(190);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(buildHeader());
    buildList();
    column->addWidget(list_, 1);
    empty_ = new QLabel;
    empty_->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    empty_->setWordWrap(true);
    empty_->setProperty("kind", QStringLiteral("faint"));
    empty_->setMargin(20);
    column->addWidget(empty_, 1);
    column->addWidget(buildUndo());

    searchTimer_.setSingleShot(true);
    undoTimer_.setSingleShot(true);
    connect(&searchTimer_, &QTimer::timeout, this, &ConversationPanel::runSearch);
    connect(&undoTimer_, &QTimer::timeout, this, &ConversationPanel::commitRemoval);
    connect(search_, &QLineEdit::textChanged, this, [this] { searchTimer_.start(kSearchPause); });
    connect(routingSearch_, &RoutingSearch::progressed, this, &ConversationPanel::showRoutingHits);
    connectList();
    connect(&bridge_, &EngineBridge::conversationListUpdated, this, &ConversationPanel::refresh);
    connect(&bridge_, &EngineBridge::branchOpened, this, &ConversationPanel::refresh);
    connect(&theme_, &Theme::changed, this, &ConversationPanel::applyTheme);
    applyTheme();
    refresh();
    // The first search of a connection reads which conversation each message is in: not while
    // somebody waits for it.
    bridge_.store().read([](const ConversationStore& library) { library.find("a", 1); });
}

void ConversationPanel::buildList() {
    list_ = new QListView;
    list_->setModel(model_);
    list_->setItemDelegate(new ConversationDelegate(theme_, list_));
    list_->setMouseTracking(true);
    list_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    list_->setEditTriggers(QAbstractItemView::EditKeyPressed);
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list_->setContextMenuPolicy(Qt::CustomContextMenu);
    list_->setAccessibleName(tr("Conversations"));
    list_->setObjectName(QStringLiteral("conversationList"));
    list_->installEventFilter(this);
    // Onto a row, not between two: the order is the library's.
    list_->setDragDropMode(QAbstractItemView::DragDrop);
    list_->setDefaultDropAction(Qt::MoveAction);
    list_->setDragDropOverwriteMode(true);
}

void ConversationPanel::connectList() {
    connect(list_, &QListView::clicked, this, &ConversationPanel::openRow);
    connect(list_, &QListView::activated, this, &ConversationPanel::openRow);
    connect(list_, &QWidget::customContextMenuRequested, this, &ConversationPanel::showMenu);
    connect(
        model_, &ConversationListModel::renameRequested, this, [this](qint64 id, const QString& t) {
            bridge_.run([&](ChatSession& s) { s.renameConversation(id, t.toStdString()); });
        });
    connect(model_,
            &ConversationListModel::folderRenameRequested,
            this,
            [this](const QString& from, const QString& to) {
                keep([a = from.toStdString(), b = to.toStdString()](ConversationStore& store) {
                    store.renameFolder(a, b);
                });
            });
    connect(model_, &ConversationListModel::moveRequested, this, &ConversationPanel::moveTo);
    connect(model_, &ConversationListModel::archiveRequested, this, [this](qint64 id) {
        keep([id](ConversationStore& store) { store.setArchived(id, true); });
    });
    connect(model_,
            &ConversationListModel::closedFoldersChanged,
            this,
            &ConversationPanel::closedFoldersChanged);
}

QWidget* ConversationPanel::buildHeader() {
    auto* header = new QWidget;
    auto* column = new QVBoxLayout(header);
    column->setContentsMargins(12, 10, 10, 8);
    column->setSpacing(8);
    auto* row = new QHBoxLayout;
    title_ = new QLabel(tr("Conversations"));
    row->addWidget(title_, 1);
    auto* add = new QToolButton;
    add->setIcon(theme_.icon(QStringLiteral("new-chat")));
    add->setIconSize(QSize(18, 18));
    add->setToolTip(tr("New chat (Ctrl+N)"));
    add->setAccessibleName(tr("New chat"));
    connect(add, &QToolButton::clicked, this, &ConversationPanel::newChatRequested);
    row->addWidget(add);
    column->addLayout(row);
    search_ = new QLineEdit;
    search_->setPlaceholderText(tr("Search"));
    search_->setAccessibleName(tr("Search conversations"));
    search_->setObjectName(QStringLiteral("conversationSearch"));
    addClearButton(*search_);
    search_->addAction(theme_.icon(QStringLiteral("search")), QLineEdit::LeadingPosition)
        ->setText(tr("Search"));
    search_->installEventFilter(this);
    search_->setToolTip(
        tr("Words, and where it is kept: tag:name in:folder is:pinned is:archived is:draft\n"
           "Or routing: and a filter, like routing: layer=17 & expert=3 & text~\"self\""));
    completions_ = new QStringListModel(this);
    completer_ = new QCompleter(completions_, this);
    // What is offered is worked out anew with every letter: completionsOf().
    completer_->setCompletionMode(QCompleter::UnfilteredPopupCompletion);
    search_->setCompleter(completer_);
    connect(search_, &QLineEdit::textEdited, this, &ConversationPanel::completeSearch);
    column->addWidget(search_);
    searchLine_ = new QLabel;
    searchLine_->setObjectName(QStringLiteral("conversationSearchLine"));
    searchLine_->setTextFormat(Qt::PlainText);
    searchLine_->setWordWrap(true);
    searchLine_->setProperty("kind", QStringLiteral("muted"));
    searchLine_->hide();
    column->addWidget(searchLine_);
    return header;
}

QWidget* ConversationPanel::buildUndo() {
    undo_ = new QFrame;
    undo_->setProperty("kind", QStringLiteral("toast"));
    auto* row = new QHBoxLayout(undo_);
    row->setContentsMargins(12, 6, 6, 6);
    undoText_ = new ElidingLabel;
    row->addWidget(undoText_, 1);
    auto* button = new QPushButton(tr("Undo"));
    button->setProperty("kind", QStringLiteral("flat"));
    button->setAccessibleName(tr("Undo delete"));
    connect(button, &QPushButton::clicked, this, &ConversationPanel::undoRemove);
    row->addWidget(button);
    undo_->hide();
    return undo_;
}

// Of large type the list has not the width: the heading gives way, so that it stays whole.
void ConversationPanel::fitTitle() {
    QFont font = theme_.font(FontRole::Strong);
    const int room = width() - theme_.space(3) - kHeaderRest;
    while (font.pixelSize() > kSmallestTitle &&
           QFontMetrics(font).horizontalAdvance(title_->text()) > room)
        font.setPixelSize(font.pixelSize() - 1);
    if (font != title_->font()) title_->setFont(font);
}

void ConversationPanel::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fitTitle();
}

void ConversationPanel::applyTheme() {
    fitTitle();
    empty_->setFont(theme_.font(FontRole::Small));
    searchLine_->setFont(theme_.font(FontRole::Small));
    list_->doItemsLayout();
}

void ConversationPanel::refresh() {
    const ChatSession& session = bridge_.session();
    model_->setConversations(session.conversations(), session.folders());
    model_->setCurrent(session.currentConversation());
    const bool any = model_->rowCount() > 0;
    list_->setVisible(any);
    empty_->setVisible(!any);
    empty_->setText(search_->text().trimmed().isEmpty()
                        ? tr("Conversations you have are kept here.")
                        : tr("Nothing found for “%1”").arg(visibleLine(search_->text())));
    if (const auto current = session.currentConversation()) {
        if (const auto row = model_->rowOf(*current); row && !list_->hasFocus())
            list_->setCurrentIndex(model_->index(*row));
    }
    if (!newFolder_.empty()) editWhenThere(newFolder_);
}

// ---------------------------------------------------------------- rows

void ConversationPanel::openRow(const QModelIndex& index) {
    if (!index.isValid()) return;
    if (!model_->isConversation(index.row())) {
        model_->setOpen(index.row(), !model_->row(index.row()).open);
        list_->setCurrentIndex(model_->index(index.row()));
        return;
    }
    const ConversationId id = model_->at(index.row()).id;
    const FoundText* text = model_->textOf(id);
    Q_EMIT conversationChosen(id, text != nullptr ? text->message : 0);
    if (!routingFilter_.isEmpty()) Q_EMIT filterWanted(routingFilter_);
    if (!words_.isEmpty()) Q_EMIT wordsWanted(words_);
}

void ConversationPanel::renameCurrent() {
    const QModelIndex index = list_->currentIndex();
    if (!index.isValid()) return;
    list_->setFocus();
    list_->edit(index);
}

void ConversationPanel::removeCurrent() {
    const QModelIndex index = list_->currentIndex();
    if (!index.isValid()) return;
    if (!model_->isConversation(index.row())) return removeFolder(model_->row(index.row()).folder);
    commitRemoval();  // of the one before
    const ConversationSummary conversation = model_->at(index.row());
    removing_ = conversation.id;
    if (bridge_.session().currentConversation() == conversation.id) Q_EMIT newChatRequested();
    model_->setHidden(removing_);
    undoText_->setText(
        tr("Deleted “%1”").arg(visibleLine(QString::fromStdString(conversation.title))));
    undo_->show();
    undoTimer_.start(kUndoTime);
    refresh();
    Q_EMIT removalChanged();
}

void ConversationPanel::undoRemove() {
    undoTimer_.stop();
    undo_->hide();
    const auto restored = std::exchange(removing_, std::nullopt);
    model_->setHidden(std::nullopt);
    refresh();
    Q_EMIT removalChanged();
    if (restored) Q_EMIT conversationChosen(*restored, 0);
}

void ConversationPanel::commitRemoval() {
    undoTimer_.stop();
    undo_->hide();
    const auto id = std::exchange(removing_, std::nullopt);
    if (!id) return;
    Q_EMIT removalChanged();
    bridge_.run([&](ChatSession& session) { session.removeConversation(*id); });
}

bool ConversationPanel::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::KeyPress) return QWidget::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    if (watched == list_ && key->key() == Qt::Key_Delete) {
        removeCurrent();
        return true;
    }
    const QModelIndex current = list_->currentIndex();
    const bool opens = key->key() == Qt::Key_Right;
    if (watched == list_ && current.isValid() && (opens || key->key() == Qt::Key_Left) &&
        !model_->isConversation(current.row())) {
        model_->setOpen(current.row(), opens);
        list_->setCurrentIndex(model_->index(current.row()));
        return true;
    }
    if (watched == search_ && key->key() == Qt::Key_Escape && !search_->text().isEmpty()) {
        search_->clear();
        return true;
    }
    if (watched == search_ && key->key() == Qt::Key_Down) {
        list_->setFocus();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace gatescope

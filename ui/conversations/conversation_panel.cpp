#include "ui/conversations/conversation_panel.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QLocale>
#include <QMenu>
#include <QPointer>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/chat/eliding_label.h"
#include "ui/chat/visible_text.h"
#include "ui/conversations/conversation_delegate.h"
#include "ui/conversations/routing_search.h"
#include "ui/models/conversation_list_model.h"
#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr std::chrono::milliseconds kUndoTime{8000};
constexpr std::chrono::milliseconds kSearchPause{120};
constexpr char kRoutingPrefix[] = "routing:";

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
    list_ = new QListView;
    list_->setModel(model_);
    list_->setItemDelegate(new ConversationDelegate(theme, list_));
    list_->setMouseTracking(true);
    list_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    list_->setEditTriggers(QAbstractItemView::EditKeyPressed);
    list_->setUniformItemSizes(true);
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list_->setContextMenuPolicy(Qt::CustomContextMenu);
    list_->setAccessibleName(tr("Conversations"));
    list_->setObjectName(QStringLiteral("conversationList"));
    list_->installEventFilter(this);
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
    connect(list_, &QListView::clicked, this, &ConversationPanel::openRow);
    connect(list_, &QListView::activated, this, &ConversationPanel::openRow);
    connect(list_, &QWidget::customContextMenuRequested, this, &ConversationPanel::showMenu);
    connect(
        model_, &ConversationListModel::renameRequested, this, [this](qint64 id, const QString& t) {
            bridge_.run([&](ChatSession& s) { s.renameConversation(id, t.toStdString()); });
        });
    connect(&bridge_, &EngineBridge::conversationListUpdated, this, &ConversationPanel::refresh);
    connect(&bridge_, &EngineBridge::branchOpened, this, &ConversationPanel::refresh);
    connect(&theme_, &Theme::changed, this, &ConversationPanel::applyTheme);
    applyTheme();
    refresh();
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
    search_->setClearButtonEnabled(true);
    search_->addAction(theme_.icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
    search_->installEventFilter(this);
    search_->setToolTip(
        tr("Words, or routing: and a filter, like\nrouting: layer=17 & expert=3 & "
           "text~\"self\""));
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

void ConversationPanel::applyTheme() {
    title_->setFont(theme_.font(FontRole::Strong));
    empty_->setFont(theme_.font(FontRole::Small));
    searchLine_->setFont(theme_.font(FontRole::Small));
    list_->doItemsLayout();
}

void ConversationPanel::refresh() {
    const ChatSession& session = bridge_.session();
    model_->setConversations(session.conversations());
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
}

// ---------------------------------------------------------------- search

void ConversationPanel::searchFor(const QString& text) {
    search_->setText(text);
    searchTimer_.stop();
    runSearch();
}

void ConversationPanel::focusSearch() {
    search_->setFocus(Qt::ShortcutFocusReason);
    search_->selectAll();
}

void ConversationPanel::runSearch() {
    const QString query = search_->text().trimmed();
    ++searchNumber_;
    routingSearch_->cancel();
    routingFilter_.clear();
    searchLine_->hide();
    model_->setHits({});
    if (query.startsWith(QLatin1String(kRoutingPrefix), Qt::CaseInsensitive))
        return runRoutingSearch(query.mid(static_cast<int>(sizeof(kRoutingPrefix)) - 1).trimmed());
    if (!query.isEmpty()) return runTextSearch(query.toStdString());
    model_->setFound(std::nullopt);
    refresh();
}

void ConversationPanel::runRoutingSearch(const QString& filter) {
    const auto parsed = RoutingFilter::parse(filter.toStdString());
    if (!parsed.filter) {
        searchLine_->setText(
            filter.isEmpty() ? tr("Behind routing: write a filter, like expert=3 & text~\"self\"")
                             : visibleLine(QString::fromStdString(parsed.problem.sentence)));
        searchLine_->show();
        model_->setFound(std::nullopt);
        return refresh();
    }
    routingFilter_ = filter;
    std::vector<ConversationId> all;
    for (const ConversationSummary& summary : bridge_.session().conversations())
        all.push_back(summary.id);
    routingSearch_->start(*parsed.filter, std::move(all));
    showRoutingHits();
}

void ConversationPanel::showRoutingHits() {
    if (routingFilter_.isEmpty()) return;
    std::set<ConversationId> found;
    qint64 matches = 0;
    for (const auto& [id, hits] : routingSearch_->hits()) {
        found.insert(id);
        matches += hits.matches;
    }
    model_->setFound(std::move(found));
    model_->setHits(routingSearch_->hits());
    const QLocale locale;
    QString line = routingSearch_->running()
                       ? tr("Looking: %1 of %2 conversations (Esc ends it)")
                             .arg(locale.toString(routingSearch_->looked()),
                                  locale.toString(routingSearch_->total()))
                       : tr("%1 tokens in %2 of %3 conversations")
                             .arg(locale.toString(matches),
                                  locale.toString(static_cast<int>(routingSearch_->hits().size())),
                                  locale.toString(routingSearch_->total()));
    if (routingSearch_->unreadable() > 0)
        line += tr("; %1 could not be read: %2")
                    .arg(routingSearch_->unreadable())
                    .arg(visibleLine(routingSearch_->firstFault()));
    searchLine_->setText(line);
    searchLine_->show();
    refresh();
}

// The library searches on its own thread; an answer that a newer question has overtaken is dropped.
void ConversationPanel::runTextSearch(const std::string& query) {
    const quint64 number = searchNumber_;
    auto found = std::make_shared<std::set<ConversationId>>();
    bridge_.store().post(
        [query, found](ConversationStore& store) {
            for (const ConversationSummary& summary : store.search(query))
                found->insert(summary.id);
        },
        [panel = QPointer(this), number, found] {
            if (!panel || number != panel->searchNumber_) return;
            panel->model_->setFound(*found);
            panel->refresh();
        });
}

// ---------------------------------------------------------------- rows

void ConversationPanel::openRow(const QModelIndex& index) {
    if (!index.isValid()) return;
    Q_EMIT conversationChosen(model_->at(index.row()).id);
    if (!routingFilter_.isEmpty()) Q_EMIT filterWanted(routingFilter_);
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
    if (restored) Q_EMIT conversationChosen(*restored);
}

void ConversationPanel::commitRemoval() {
    undoTimer_.stop();
    undo_->hide();
    const auto id = std::exchange(removing_, std::nullopt);
    if (!id) return;
    Q_EMIT removalChanged();
    bridge_.run([&](ChatSession& session) { session.removeConversation(*id); });
}

void ConversationPanel::showMenu(const QPoint& at) {
    const QModelIndex index = list_->indexAt(at);
    if (!index.isValid()) return;
    list_->setCurrentIndex(index);
    QMenu menu(this);
    menu.addAction(
        theme_.icon(QStringLiteral("edit")), tr("Rename"), this, &ConversationPanel::renameCurrent);
    menu.addAction(theme_.icon(QStringLiteral("delete")),
                   tr("Delete"),
                   this,
                   &ConversationPanel::removeCurrent);
    menu.exec(list_->viewport()->mapToGlobal(at));
}

bool ConversationPanel::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::KeyPress) return QWidget::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    if (watched == list_ && key->key() == Qt::Key_Delete) {
        removeCurrent();
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

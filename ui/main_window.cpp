#include "ui/main_window.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QSettings>
#include <QStatusBar>
#include <QToolButton>

#include "ui/charts/chart_panel.h"
#include "ui/chat/banner.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/chat/composer.h"
#include "ui/chat/open_model_dialog.h"
#include "ui/chat/reply_settings.h"
#include "ui/chat/visible_text.h"
#include "ui/conversations/conversation_panel.h"
#include "ui/docks/intervention_bar.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/window/help_pages.h"
#include "ui/window/load_guard.h"
#include "ui/window/model_name.h"
#include "ui/window/profile_settings.h"
#include "ui/window/stall_watch.h"
#include "ui/window/status_line.h"
#include "ui/window/window_actions.h"
#include "ui/window/workspaces.h"

namespace gatescope {

class MainWindow::Impl {
  public:
    Impl(MainWindow& windowIn, Options optionsIn);

    void buildDocks();
    QDockWidget* addDock(Qt::DockWidgetArea area,
                         const QString& name,
                         const QString& title,
                         QWidget* content);
    void buildCorner();
    QToolButton* addSegment(QWidget* parent, QAction* action, const QString& text);
    void connectFileActions();
    void connectMessageActions();
    void connectViewActions();
    void connectBridge();
    void command(QAction* action, void (ChatSession::*method)());
    void updateActions();
    void updateTitle();
    void askForModel();
    void askForRecording();
    void askWhereToSave();
    void newChat();

    MainWindow& window;
    Options options;
    ProfileSettings settings;
    LoadGuard loadGuard;
    Theme theme;
    Selection selection;
    EngineBridge bridge;
    StallWatch stallWatch;
    WindowActions* actions = nullptr;
    Workspaces* workspaces = nullptr;
    ConversationPanel* conversations = nullptr;
    ChatPanel* chat = nullptr;
    HeatmapPanel* heatmap = nullptr;
    StatusLine* status = nullptr;
    QList<QDockWidget*> docks;
};

MainWindow::Impl::Impl(MainWindow& windowIn, Options optionsIn)
    : window(windowIn),
      options(std::move(optionsIn)),
      settings(options.profileDir),
      loadGuard(options.profileDir),
      theme(settings.themeMode()),
      bridge({.library = options.profileDir / "library.sqlite", .engine = options.engine}) {
    theme.apply();
    actions = new WindowActions(window, theme);
    chat = new ChatPanel(bridge, selection, theme, !options.defaultModel.isEmpty());
    window.setCentralWidget(chat);
    chat->addAboveComposer(new InterventionBar(bridge, chat));
    buildDocks();
    buildCorner();
    status = new StatusLine(bridge, selection, theme, options.engine.maxContext);
    window.statusBar()->addWidget(status, 1);
    window.statusBar()->setSizeGripEnabled(false);
    settings.restoreReplySettings(bridge);
    connectFileActions();
    connectMessageActions();
    connectViewActions();
    connectBridge();
    updateActions();
    updateTitle();
}

// ---------------------------------------------------------------- composition

QDockWidget* MainWindow::Impl::addDock(Qt::DockWidgetArea area,
                                       const QString& name,
                                       const QString& title,
                                       QWidget* content) {
    auto* dock = new QDockWidget(title, &window);
    dock->setObjectName(name);
    dock->setWidget(content);
    dock->setAccessibleName(title);
    // A label of our own as title: the native one keeps the type size it was made with.
    auto* head = new QLabel(title);
    head->setProperty("kind", QStringLiteral("dock-title"));
    head->setFont(theme.font(FontRole::Body));
    dock->setTitleBarWidget(head);
    dock->setFeatures(QDockWidget::DockWidgetMovable | QDockWidget::DockWidgetClosable);
    window.addDockWidget(area, dock);
    actions->addDock(dock->toggleViewAction());
    docks.append(dock);
    return dock;
}

void MainWindow::Impl::buildDocks() {
    const QStringList talk{QStringLiteral("chat"), QStringLiteral("inspect")};
    const QStringList watch{QStringLiteral("inspect"), QStringLiteral("present")};
    workspaces = new Workspaces(window, theme, settings.store());
    conversations = new ConversationPanel(bridge, theme);
    auto* left = addDock(Qt::LeftDockWidgetArea,
                         QStringLiteral("conversations"),
                         MainWindow::tr("Conversations"),
                         conversations);
    left->setTitleBarWidget(new QWidget);  // the panel has its own head
    workspaces->add(left, talk);

    heatmap = new HeatmapPanel(bridge, selection, theme);
    auto* routing = addDock(
        Qt::RightDockWidgetArea, QStringLiteral("routing"), MainWindow::tr("Routing"), heatmap);
    workspaces->add(routing, watch);
    QDockWidget* above = nullptr;
    if (options.makeCharts) {
        for (auto& chart : options.makeCharts(bridge, selection, theme)) {
            const QString name = chart->dockName();
            const QString title = chart->dockTitle();
            QDockWidget* dock = addDock(Qt::RightDockWidgetArea, name, title, chart.release());
            if (above != nullptr) window.tabifyDockWidget(above, dock);
            workspaces->add(dock, {QStringLiteral("inspect")});
            if (above == nullptr) above = dock;
        }
    }
    if (above != nullptr) above->raise();
    window.resizeDocks({left, routing}, {240, 440}, Qt::Horizontal);
    if (above != nullptr) window.resizeDocks({routing, above}, {480, 240}, Qt::Vertical);
    window.setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    window.setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
}

QToolButton* MainWindow::Impl::addSegment(QWidget* parent, QAction* action, const QString& text) {
    auto* button = new QToolButton(parent);
    button->setProperty("kind", QStringLiteral("segment"));
    button->setDefaultAction(action);
    button->setText(text);
    button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    button->setAccessibleName(MainWindow::tr("Workspace %1").arg(text));
    parent->layout()->addWidget(button);
    return button;
}

void MainWindow::Impl::buildCorner() {
    auto* corner = new QWidget;
    auto* row = new QHBoxLayout(corner);
    row->setContentsMargins(0, 3, 8, 3);
    row->setSpacing(8);
    auto* segments = new QFrame;
    segments->setProperty("kind", QStringLiteral("segments"));
    auto* inner = new QHBoxLayout(segments);
    inner->setContentsMargins(2, 2, 2, 2);
    inner->setSpacing(2);
    addSegment(segments, actions->chatWorkspace, MainWindow::tr("Chat"));
    addSegment(segments, actions->inspectWorkspace, MainWindow::tr("Inspect"));
    addSegment(segments, actions->presentWorkspace, MainWindow::tr("Present"));
    row->addWidget(segments);
    auto* mode = new QToolButton;
    mode->setDefaultAction(actions->toggleTheme);
    mode->setToolButtonStyle(Qt::ToolButtonIconOnly);
    mode->setAccessibleName(MainWindow::tr("Switch between light and dark"));
    row->addWidget(mode);
    window.menuBar()->setCornerWidget(corner, Qt::TopRightCorner);
}

// ---------------------------------------------------------------- wiring

void MainWindow::Impl::command(QAction* action, void (ChatSession::*method)()) {
    QObject::connect(action, &QAction::triggered, &window, [this, method] {
        bridge.run([method](ChatSession& session) { (session.*method)(); });
    });
}

void MainWindow::Impl::connectFileActions() {
    const auto on = [this](QAction* action, auto slot) {
        QObject::connect(action, &QAction::triggered, &window, slot);
    };
    on(actions->openModel, [this] { askForModel(); });
    on(actions->openDemo, [this] { window.openModel({}); });
    on(actions->openRecording, [this] { askForRecording(); });
    on(actions->saveRecording, [this] { askWhereToSave(); });
    on(actions->quit, [this] { window.close(); });
    on(actions->newChat, [this] { newChat(); });
    on(actions->search, [this] {
        window.showView(QStringLiteral("conversations"));
        conversations->focusSearch();
    });
    on(actions->rename, [this] { conversations->renameCurrent(); });
    on(actions->remove, [this] { conversations->removeCurrent(); });
    on(actions->undoRemove, [this] { conversations->undoRemove(); });
    command(actions->cancelLoad, &ChatSession::cancelLoad);
    QObject::connect(
        conversations, &ConversationPanel::newChatRequested, &window, [this] { newChat(); });
    QObject::connect(
        conversations, &ConversationPanel::conversationChosen, &window, [this](qint64 id) {
            bridge.run([id](ChatSession& session) { session.openConversation(id); });
        });
    QObject::connect(
        conversations, &ConversationPanel::removalChanged, &window, [this] { updateActions(); });
    QObject::connect(chat, &ChatPanel::openModelRequested, &window, [this] { askForModel(); });
    QObject::connect(
        chat, &ChatPanel::openDemoRequested, &window, [this] { window.openModel({}); });
}

void MainWindow::Impl::connectMessageActions() {
    const auto on = [this](QAction* action, auto slot) {
        QObject::connect(action, &QAction::triggered, &window, slot);
    };
    Composer& composer = chat->composer();
    ChatView& view = chat->view();
    on(actions->send, [&composer] { composer.submit(); });
    command(actions->stop, &ChatSession::stop);
    command(actions->regenerate, &ChatSession::regenerate);
    command(actions->continueReply, &ChatSession::continueReply);
    on(actions->editLast, [&composer] { composer.beginEditOfLast(); });
    on(actions->olderVersion, [&view] { view.stepVersion(-1); });
    on(actions->newerVersion, [&view] { view.stepVersion(1); });
    on(actions->copyLast, [&view] { view.copyMessage(view.messageCount() - 1); });
    on(actions->replySettings, [&composer] { composer.showSettings(); });
    on(actions->previousToken, [&view] { view.stepToken(-1); });
    on(actions->nextToken, [&view] { view.stepToken(1); });
    on(actions->newestToken, [this] { selection.selectToken(std::nullopt); });
    on(actions->clearInterventions,
       [this] { bridge.run([](ChatSession& session) { session.setInterventions({}); }); });
    QObject::connect(&composer.settings(), &ReplySettings::settingsChanged, &window, [this] {
        settings.saveReplySettings(bridge);
    });
}

void MainWindow::Impl::connectViewActions() {
    const auto on = [this](QAction* action, auto slot) {
        QObject::connect(action, &QAction::triggered, &window, slot);
    };
    on(actions->chatWorkspace, [this] { workspaces->show(QStringLiteral("chat")); });
    on(actions->inspectWorkspace, [this] { workspaces->show(QStringLiteral("inspect")); });
    on(actions->presentWorkspace, [this] { workspaces->show(QStringLiteral("present")); });
    on(actions->fullScreen,
       [this](bool full) { full ? window.showFullScreen() : window.showNormal(); });
    on(actions->toggleTheme,
       [this] { theme.setMode(theme.isDark() ? Theme::Mode::Light : Theme::Mode::Dark); });
    on(actions->resetLayout, [this] { workspaces->reset(); });
    on(actions->focusComposer, [this] { chat->composer().focusText(); });
    on(actions->focusConversation, [this] { chat->view().setFocus(Qt::ShortcutFocusReason); });
    on(actions->dismissError, [this] { chat->banner().dismiss(); });
    on(actions->shortcuts, [this] { showShortcuts(&window, theme, actions->shortcutTable()); });
    on(actions->about, [this] { showAbout(&window, theme); });
    QObject::connect(workspaces, &Workspaces::shown, &window, [this] { updateActions(); });
    QObject::connect(&theme, &Theme::changed, &window, [this] {
        settings.saveTheme(theme);
        updateActions();
        for (QDockWidget* dock : docks) dock->titleBarWidget()->setFont(theme.font(FontRole::Body));
    });
}

void MainWindow::Impl::connectBridge() {
    const auto loadEnded = [this] {
        if (bridge.session().loading()) return;
        loadGuard.end();
        updateTitle();
        updateActions();
    };
    for (auto signal : {&EngineBridge::modelReady, &EngineBridge::modelLoadWasCancelled})
        QObject::connect(&bridge, signal, &window, loadEnded);
    QObject::connect(&bridge, &EngineBridge::errorOccurred, &window, loadEnded);
    QObject::connect(&bridge, &EngineBridge::modelReady, &window, [this] {
        settings.addRecentModel(QString::fromStdString(bridge.session().model()->model));
    });
    QObject::connect(&bridge, &EngineBridge::branchOpened, &window, [this] {
        selection.clear();
        updateActions();
        updateTitle();
    });
    const auto update = [this] { updateActions(); };
    QObject::connect(&bridge, &EngineBridge::generationBegan, &window, update);
    QObject::connect(&bridge, &EngineBridge::generationEnded, &window, update);
    QObject::connect(&bridge, &EngineBridge::conversationListUpdated, &window, update);
    QObject::connect(&bridge, &EngineBridge::interventionsUpdated, &window, update);
}

void MainWindow::Impl::updateActions() {
    const ChatSession& session = bridge.session();
    const bool busy = session.generating();
    const bool talk = session.model() && !session.loading() && !busy && !session.isReplay();
    const bool any = !session.messages().empty();
    actions->openDemo->setEnabled(!options.defaultModel.isEmpty());
    actions->cancelLoad->setEnabled(session.loading());
    actions->saveRecording->setEnabled(session.currentConversation().has_value());
    actions->stop->setEnabled(busy);
    actions->regenerate->setEnabled(talk && any);
    actions->continueReply->setEnabled(talk && any);
    actions->editLast->setEnabled(talk && any);
    actions->copyLast->setEnabled(any);
    actions->olderVersion->setEnabled(any && !busy);
    actions->newerVersion->setEnabled(any && !busy);
    actions->undoRemove->setEnabled(conversations->canUndo());
    actions->clearInterventions->setEnabled(!session.interventions().empty());
    actions->chatWorkspace->setChecked(workspaces->current() == QLatin1String("chat"));
    actions->inspectWorkspace->setChecked(workspaces->current() == QLatin1String("inspect"));
    actions->presentWorkspace->setChecked(workspaces->current() == QLatin1String("present"));
    actions->toggleTheme->setIcon(
        theme.icon(theme.isDark() ? QStringLiteral("light") : QStringLiteral("dark")));
}

void MainWindow::Impl::updateTitle() {
    const auto model = bridge.session().model();
    window.setWindowTitle(
        bridge.session().isReplay() ? MainWindow::tr("Recording — Gatescope")
        : model ? MainWindow::tr("%1 — Gatescope").arg(visibleLine(displayName(*model)))
                : MainWindow::tr("Gatescope"));
}

void MainWindow::Impl::newChat() {
    bridge.run([](ChatSession& session) { session.newConversation(); });
    chat->composer().focusText();
}

// ---------------------------------------------------------------- dialogs

void MainWindow::Impl::askForModel() {
    auto* dialog =
        new OpenModelDialog(theme, options.defaultModel, settings.recentModels(), &window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    QObject::connect(dialog, &OpenModelDialog::modelChosen, &window, &MainWindow::openModel);
    dialog->open();
}

void MainWindow::Impl::askForRecording() {
    const QString file =
        QFileDialog::getOpenFileName(&window,
                                     MainWindow::tr("Open a recording"),
                                     settings.lastFolder(),
                                     MainWindow::tr("Gatescope recordings (*.gscope)"));
    if (file.isEmpty()) return;
    settings.setLastFolder(QFileInfo(file).path());
    window.openRecording(file);
}

void MainWindow::Impl::askWhereToSave() {
    const QString file =
        QFileDialog::getSaveFileName(&window,
                                     MainWindow::tr("Save this conversation as a recording"),
                                     settings.lastFolder() + QStringLiteral("/conversation.gscope"),
                                     MainWindow::tr("Gatescope recordings (*.gscope)"));
    if (file.isEmpty()) return;
    settings.setLastFolder(QFileInfo(file).path());
    bridge.run([&](ChatSession& session) {
        session.saveRecording(file.toStdString(), [this, file](const auto& error) {
            if (error)
                Q_EMIT bridge.errorOccurred(QString::fromStdString(*error));
            else
                status->showNote(MainWindow::tr("saved %1").arg(visibleLine(file)));
        });
    });
}

// ---------------------------------------------------------------- the public face

MainWindow::MainWindow(Options options) {
    setObjectName(QStringLiteral("mainWindow"));
    setDockOptions(AnimatedDocks | AllowTabbedDocks | AllowNestedDocks);
    resize(1280, 800);
    impl_ = std::make_unique<Impl>(*this, std::move(options));
    impl_->settings.restoreGeometry(*this);
    impl_->workspaces->restore();
    impl_->chat->composer().focusText();
}

// Widgets hold references to what Impl owns, so they go first.
MainWindow::~MainWindow() {
    const auto children = findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly);
    for (QWidget* child : children) delete child;
}

EngineBridge& MainWindow::bridge() {
    return impl_->bridge;
}
Selection& MainWindow::selection() {
    return impl_->selection;
}
Theme& MainWindow::theme() {
    return impl_->theme;
}
HeatmapPanel& MainWindow::heatmap() {
    return *impl_->heatmap;
}
ChatPanel& MainWindow::chat() {
    return *impl_->chat;
}
StallWatch& MainWindow::stallWatch() {
    return impl_->stallWatch;
}

void MainWindow::openModel(const QString& model) {
    const QString wanted = model.isEmpty() ? impl_->options.defaultModel : model;
    if (wanted.isEmpty()) {
        Q_EMIT impl_->bridge.errorOccurred(
            tr("there is no demo model in this installation: open a model of your own"));
        return;
    }
    const std::string path = wanted.toStdString();
    bool accepted = false;
    impl_->loadGuard.begin(wanted);
    impl_->bridge.run([&](ChatSession& session) {
        session.openModel(path);
        accepted = true;
    });
    if (accepted)
        impl_->chat->beginLoad(QFileInfo(wanted).fileName());
    else
        impl_->loadGuard.end();
    impl_->updateActions();
}

void MainWindow::openRecording(const QString& file) {
    impl_->bridge.run([&](ChatSession& session) { session.openRecording(file.toStdString()); });
}

void MainWindow::openDefaultModelAtStart() {
    if (const auto& model = impl_->loadGuard.interrupted()) {
        impl_->chat->banner().showSentence(Banner::Kind::Info,
                                           tr("Gatescope ended last time while it was loading %1, "
                                              "so it was not loaded again. Open "
                                              "it yourself to try once more.")
                                               .arg(*model));
        impl_->loadGuard.end();
        return;
    }
    if (!impl_->options.defaultModel.isEmpty()) openModel({});
}

bool MainWindow::showView(const QString& name) {
    if (impl_->workspaces->show(name)) return true;
    auto* dock = findChild<QDockWidget*>(name, Qt::FindDirectChildrenOnly);
    if (dock == nullptr) return false;
    dock->show();
    dock->raise();
    return true;
}

QStringList MainWindow::viewNames() const {
    QStringList names = Workspaces::names();
    for (const QDockWidget* dock : impl_->docks) names << dock->objectName();
    return names;
}

QString MainWindow::workspace() const {
    return impl_->workspaces->current();
}

bool MainWindow::setTheme(const QString& name) {
    return impl_->theme.setName(name);
}

void MainWindow::showCaption(const QString& text) {
    impl_->chat->showCaption(text);
}

bool MainWindow::setTemplate(const QString& name) {
    bool accepted = false;
    impl_->bridge.run([&](ChatSession& session) {
        session.setTemplate(name.toStdString());
        accepted = true;
    });
    impl_->chat->composer().refresh();
    return accepted;
}

bool MainWindow::setSystemText(const QString& text) {
    bool accepted = false;
    impl_->bridge.run([&](ChatSession& session) {
        session.setSystemText(text.toStdString());
        accepted = true;
    });
    impl_->chat->composer().refresh();
    return accepted;
}

void MainWindow::setComposerText(const QString& text) {
    impl_->chat->composer().setText(text);
}
QString MainWindow::composerText() const {
    return impl_->chat->composer().text();
}
bool MainWindow::sendComposer() {
    return impl_->chat->composer().submit();
}

void MainWindow::searchFor(const QString& text) {
    showView(QStringLiteral("conversations"));
    impl_->conversations->searchFor(text);
}

QString MainWindow::currentError() const {
    const Banner& banner = impl_->chat->banner();
    return banner.kind() == Banner::Kind::Error ? banner.sentence() : QString();
}

QString MainWindow::statusText() const {
    return impl_->status->text();
}
void MainWindow::clearError() {
    impl_->chat->banner().dismiss();
}

void MainWindow::closeEvent(QCloseEvent* event) {
    impl_->workspaces->save();
    impl_->settings.saveGeometry(*this);
    impl_->conversations->commitRemoval();
    QMainWindow::closeEvent(event);
}

// Keys that no view with the focus wanted. A text field takes these two as text.
void MainWindow::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Comma)
        impl_->chat->view().stepToken(-1);
    else if (event->key() == Qt::Key_Period)
        impl_->chat->view().stepToken(1);
    else
        QMainWindow::keyPressEvent(event);
}

}  // namespace gatescope

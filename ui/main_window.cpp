#include "ui/main_window.h"

#include <QCloseEvent>
#include <QDockWidget>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMenuBar>
#include <QStatusBar>
#include <QToolButton>

#include "ui/chat/banner.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/composing/composer.h"
#include "ui/composing/preset_row.h"
#include "ui/composing/reply_settings.h"
#include "ui/conversations/conversation_panel.h"
#include "ui/conversations/draft_keeper.h"
#include "ui/docks/intervention_bar.h"
#include "ui/main_window_impl.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/versions/removal_toast.h"
#include "ui/versions/versions_dialog.h"
#include "ui/view_keys.h"
#include "ui/window/conversation_export.h"
#include "ui/window/library_rescue.h"
#include "ui/window/reply_notice.h"
#include "ui/window/status_line.h"
#include "ui/window/window_actions.h"
#include "ui/window/workspaces.h"

namespace gatescope {

MainWindow::Impl::Impl(MainWindow& windowIn, Options optionsIn)
    : window(windowIn),
      options(std::move(optionsIn)),
      settings(options.profileDir),
      loadGuard(options.profileDir),
      bridge({.library = options.profileDir / "library.sqlite",
              .engine = options.engine,
              .heat = options.profileDir / "heat"}),
      ownSettings(bridge, options.profileDir),
      routing(bridge, selection),
      decoder(options.decoder.isEmpty() ? settings.decoder() : options.decoder) {
    theme.setTextSize(settings.textSize());
    theme.setReducedMotion(settings.reducedMotion());
    themeChoice.choose(settings.themeName());
    theme.apply();
    actions = new WindowActions(window, theme);
    chat = new ChatPanel(
        bridge, selection, filter, ownSettings, theme, !options.defaultModel.isEmpty());
    QObject::connect(
        &ownSettings, &OwnSettings::problemFound, &bridge, &EngineBridge::errorOccurred);
    window.setCentralWidget(chat);
    auto* interventions = new InterventionBar(bridge, chat);
    chat->addAboveComposer(interventions);
    chat->addAboveComposer(new RemovalToast(bridge, theme));
    versions = new VersionsDialog(bridge, theme, &window);
    buildDocks();
    actions->addTo(*interventions);
    QObject::connect(
        heatmap, &HeatmapPanel::scopeRequested, interventions, &InterventionBar::editScope);
    buildCorner();
    status = new StatusLine(bridge, selection, theme);
    window.statusBar()->addWidget(status, 1);
    window.statusBar()->setSizeGripEnabled(false);
    exporter = new ConversationExport(bridge, &window);
    drafts = new DraftKeeper(bridge, chat->composer(), &chat->composer());
    new LibraryRescue(
        bridge,
        chat->banner(),
        options.profileDir / "library.sqlite",
        [this] { startAgain(); },
        chat);
    settings.restoreReplySettings(bridge);
    bridge.heat()->setLearning(settings.learnsHeat());
    connectFileActions();
    connectKeeping();
    connectExports();
    connectMessageActions();
    connectViewActions();
    connectAppearance();
    connectPalette();
    connectKeys();
    connectDrops();
    connectSpeech();
    new ReplyNotice(bridge, settings, window);
    connectColors();
    connectTokenActions();
    connectBridge();
    updateActions();
    updateTitle();
}

// ---------------------------------------------------------------- composition

QToolButton* MainWindow::Impl::addSegment(QWidget* parent, QAction* action, const QString& text) {
    auto* button = new QToolButton(parent);
    button->setProperty("kind", QStringLiteral("segment"));
    action->setIconText(text);  // without the key that a menu shows
    button->setDefaultAction(action);
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
BranchRouting& MainWindow::routing() {
    return impl_->routing;
}
HeatmapPanel& MainWindow::heatmap() {
    return *impl_->heatmap;
}
TokenPanel& MainWindow::token() {
    return *impl_->token;
}
WaterfallPanel& MainWindow::waterfall() {
    return *impl_->waterfall;
}
ChatPanel& MainWindow::chat() {
    return *impl_->chat;
}
TokenFilter& MainWindow::tokenFilter() {
    return impl_->filter;
}
ComparePanel& MainWindow::compare() {
    return *impl_->compare;
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
        session.openModel(
            path,
            {.kind = impl_->decoder.toStdString(), .startCopies = impl_->options.startCopies});
        accepted = true;
    });
    if (accepted) {
        impl_->lastModel = wanted;
        impl_->chat->beginLoad(QFileInfo(wanted).fileName());
    } else {
        impl_->loadGuard.end();
    }
    impl_->updateActions();
}

void MainWindow::openRecording(const QString& file) {
    impl_->lastRecording = QFileInfo(file).absoluteFilePath();
    impl_->bridge.run([&](ChatSession& session) { session.openRecording(file.toStdString()); });
}

void MainWindow::openDefaultModelAtStart() {
    const auto before = impl_->settings.takeOpenWork();
    if (before) impl_->decoder = before->decoder;
    const QString model = before ? before->model : impl_->options.defaultModel;
    if (const auto& killer = impl_->loadGuard.interrupted()) {
        impl_->chat->banner().showSentence(Banner::Kind::Info,
                                           tr("Gatescope ended last time while it was loading %1, "
                                              "so it was not loaded again. Open "
                                              "it yourself to try once more.")
                                               .arg(*killer));
        impl_->loadGuard.end();
    } else if (!model.isEmpty()) {
        openModel(model);
    }
    if (!before) return;
    if (before->conversation)
        impl_->bridge.run(
            [&](ChatSession& session) { session.openConversation(*before->conversation); });
    if (!before->recording.isEmpty()) openRecording(before->recording);
    if (!before->conversation) setComposerText(before->composerText);  // else it is its draft
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
    return impl_->themeChoice.choose(name);
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

bool MainWindow::choosePreset(const QString& name) {
    return impl_->chat->composer().settings().presets().choose(name);
}

QStringList MainWindow::presetNames() const {
    return impl_->chat->composer().settings().presets().names();
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
    impl_->drafts->save();
    impl_->conversations->commitRemoval();
    QMainWindow::closeEvent(event);
}

// Keys that no view with the focus wanted. A text field takes single ones as text.
void MainWindow::keyPressEvent(QKeyEvent* event) {
    if (!impl_->everywhere->handle(*event)) QMainWindow::keyPressEvent(event);
}

}  // namespace gatescope

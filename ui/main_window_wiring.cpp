// How the parts of the window hear of each other: actions, the bridge's signals, dialogs.
#include <QAction>
#include <QDockWidget>
#include <QFileDialog>
#include <QFileInfo>
#include <QTabBar>
#include <QTimer>

#include "ui/chat/banner.h"
#include "ui/chat/chat_panel.h"
#include "ui/chat/chat_view.h"
#include "ui/chat/filter_bar.h"
#include "ui/chat/find_bar.h"
#include "ui/chat/open_model_dialog.h"
#include "ui/chat/reading_choice.h"
#include "ui/chat/tint_bar.h"
#include "ui/chat/visible_text.h"
#include "ui/composing/composer.h"
#include "ui/composing/reply_settings.h"
#include "ui/conversations/conversation_panel.h"
#include "ui/conversations/draft_keeper.h"
#include "ui/inspection/alternatives_card.h"
#include "ui/inspection/attention_panel.h"
#include "ui/main_window_impl.h"
#include "ui/models/conversation_list_model.h"
#include "ui/routing/heatmap_controls.h"
#include "ui/routing/heatmap_panel.h"
#include "ui/routing/intervention_edits.h"
#include "ui/routing/intervention_words.h"
#include "ui/routing/waterfall_panel.h"
#include "ui/versions/versions_dialog.h"
#include "ui/window/conversation_export.h"
#include "ui/window/help_pages.h"
#include "ui/window/model_name.h"
#include "ui/window/status_line.h"
#include "ui/window/window_actions.h"
#include "ui/window/workspaces.h"

namespace gatescope {

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
    on(actions->importConversations, [this] { askForImports(); });
    on(actions->startAgain, [this] { startAgain(); });
    on(actions->quit, [this] { window.close(); });
    on(actions->newChat, [this] { newChat(); });
    on(actions->rename, [this] { conversations->renameCurrent(); });
    on(actions->remove, [this] { conversations->removeCurrent(); });
    on(actions->undoRemove, [this] { conversations->undoRemove(); });
    command(actions->cancelLoad, &ChatSession::cancelLoad);
    QObject::connect(
        conversations, &ConversationPanel::newChatRequested, &window, [this] { newChat(); });
    QObject::connect(conversations,
                     &ConversationPanel::conversationChosen,
                     &window,
                     [this](qint64 id, qint64 message) {
                         bridge.run([id, message](ChatSession& session) {
                             session.openConversation(id, message);
                         });
                     });
    QObject::connect(
        conversations, &ConversationPanel::removalChanged, &window, [this] { updateActions(); });
    QObject::connect(chat, &ChatPanel::openModelRequested, &window, [this] { askForModel(); });
    QObject::connect(
        chat, &ChatPanel::openDemoRequested, &window, [this] { window.openModel({}); });
    QObject::connect(chat, &ChatPanel::restartRequested, &window, [this] { startAgain(); });
}

// Finding conversations again, and where they are kept.
void MainWindow::Impl::connectKeeping() {
    const auto onRow = [this](QAction* action, void (ConversationPanel::*method)()) {
        QObject::connect(action, &QAction::triggered, &window, [this, method] {
            window.showView(QStringLiteral("conversations"));
            (conversations->*method)();
        });
    };
    onRow(actions->search, &ConversationPanel::focusSearch);
    onRow(actions->pin, &ConversationPanel::togglePinned);
    onRow(actions->archive, &ConversationPanel::toggleArchived);
    onRow(actions->moveToFolder, &ConversationPanel::chooseFolder);
    onRow(actions->editTags, &ConversationPanel::chooseTags);
    onRow(actions->newFolder, &ConversationPanel::addFolder);
    conversations->model().setClosedFolders(settings.closedFolders());
    QObject::connect(conversations, &ConversationPanel::closedFoldersChanged, &window, [this] {
        settings.saveClosedFolders(conversations->model().closedFolders());
    });
    FindBar& bar = chat->findBar();
    const auto on = [this](QAction* action, auto slot) {
        QObject::connect(action, &QAction::triggered, &window, slot);
    };
    on(actions->find, [&bar] { bar.openBar(); });
    on(actions->findNext, [&bar] { bar.step(1); });
    on(actions->findPrevious, [&bar] { bar.step(-1); });
    QObject::connect(
        conversations, &ConversationPanel::wordsWanted, &window, [&bar](const QString& words) {
            bar.showWords(words);
        });
}

void MainWindow::Impl::connectExports() {
    const auto on = [this](QAction* action, ExportFormat format, const char* suffix) {
        QObject::connect(
            action, &QAction::triggered, &window, [this, format, suffix = QLatin1String(suffix)] {
                askWhereToExport(format, suffix);
            });
    };
    on(actions->exportNumPy, ExportFormat::Npz, "npz");
    on(actions->exportCsv, ExportFormat::Csv, "csv");
    on(actions->exportJson, ExportFormat::Json, "json");
    on(actions->exportPage, ExportFormat::Html, "html");
    on(actions->exportMarkdown, ExportFormat::Markdown, "md");
    on(actions->exportChatPage, ExportFormat::ChatPage, "html");
    QObject::connect(exporter, &ConversationExport::written, &window, [this](const QString& file) {
        status->showNote(MainWindow::tr("exported %1").arg(visibleLine(file)));
    });
    QObject::connect(exporter, &ConversationExport::failed, &bridge, &EngineBridge::errorOccurred);
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
    on(actions->allVersions, [this] { versions->show(); });
    QObject::connect(&view, &ChatView::allVersionsRequested, versions, &QDialog::show);
    on(actions->copyLast, [&view] { view.copyMessage(view.messageCount() - 1); });
    on(actions->replySettings, [&composer] { composer.showSettings(); });
    on(actions->templates, [&composer] { composer.showTemplates(); });
    on(actions->previousToken, [&view] { view.stepToken(-1); });
    on(actions->nextToken, [&view] { view.stepToken(1); });
    on(actions->alternatives, [&view] { view.askForAlternatives(); });
    QObject::connect(
        &view, &ChatView::alternativesRequested, alternatives, &AlternativesCard::showFor);
    QObject::connect(alternatives, &AlternativesCard::noted, status, &StatusLine::showNote);
    on(actions->newestToken, [this] { selection.selectToken(std::nullopt); });
    on(actions->pinRoutes, [this] {
        bridge.run([](ChatSession& session) {
            session.setInterventions(withPin(session.interventions(), session));
        });
    });
    on(actions->playReplay, [this] { waterfall->replay().toggle(); });
    on(actions->clearRange, [this] { selection.selectRange(std::nullopt); });
    command(actions->undoInterventions, &ChatSession::undoInterventions);
    command(actions->redoInterventions, &ChatSession::redoInterventions);
    on(actions->clearInterventions,
       [this] { bridge.run([](ChatSession& session) { session.setInterventions({}); }); });
    QObject::connect(&composer.settings(), &ReplySettings::settingsChanged, &window, [this] {
        settings.saveReplySettings(bridge);
    });
}

// One choice of colours for what all three draw: shares of a whole.
void MainWindow::Impl::connectColors() {
    auto* attention = window.findChild<AttentionPanel*>();
    QObject::connect(
        &heatmap->controls(), &HeatmapControls::colorsChosen, waterfall, [this, attention] {
            waterfall->setColorMap(heatmap->controls().mapKind());
            attention->setColorMap(heatmap->controls().mapKind());
        });
}

// Tint and filter of the tokens, and what the profile remembers of them.
void MainWindow::Impl::connectTokenActions() {
    FilterBar& bar = chat->filterBar();
    TintBar& tint = chat->tintBar();
    const auto on = [this](QAction* action, auto slot) {
        QObject::connect(action, &QAction::triggered, &window, slot);
    };
    on(actions->filterTokens, [&bar] { bar.openBar(); });
    on(actions->nextMatch, [&bar] { bar.step(1); });
    on(actions->previousMatch, [&bar] { bar.step(-1); });
    ReadingChoice& reading = chat->readingChoice();
    on(actions->nextReading, [&reading] { reading.step(); });
    chat->view().showAs(
        readingNamed(settings.store().value(QStringLiteral("replies/shown")).toString()));
    QObject::connect(
        &chat->view(), &ChatView::readingChanged, &window, [this](ChatView::Reading now) {
            settings.store().setValue(QStringLiteral("replies/shown"), readingName(now));
        });
    tint.setSetting(settings.tint());
    bar.setHistory(settings.filterHistory());
    QObject::connect(&tint, &TintBar::settingChanged, &window, [this](const TintSetting& setting) {
        settings.saveTint(setting);
    });
    QObject::connect(&bar, &FilterBar::historyChanged, &window, [this](const QStringList& history) {
        settings.saveFilterHistory(history);
    });
    QObject::connect(conversations,
                     &ConversationPanel::filterWanted,
                     &window,
                     [&bar](const QString& expression) { bar.showExpression(expression); });
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
    on(actions->resetLayout, [this] { workspaces->reset(); });
    on(actions->focusComposer, [this] { chat->composer().focusText(); });
    on(actions->focusConversation, [this] { chat->view().setFocus(Qt::ShortcutFocusReason); });
    on(actions->dismissError, [this] { chat->banner().dismiss(); });
    on(actions->about, [this] { showAbout(&window, theme); });
    QObject::connect(workspaces, &Workspaces::shown, &window, [this] { updateActions(); });
    QObject::connect(&theme, &Theme::changed, &window, [this] {
        updateActions();
        for (QDockWidget* dock : docks) dock->titleBarWidget()->setFont(theme.font(FontRole::Body));
        // Qt 6.4 forgets the tabs of a bar it made after the first style sheet: it lays them out
        // anew when it is told how wide they may be.
        QTimer::singleShot(0, &window, [this] {
            for (auto* bar : window.findChildren<QTabBar*>(QString(), Qt::FindDirectChildrenOnly))
                bar->setExpanding(bar->expanding());
        });
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
    for (auto signal : {&EngineBridge::modelUsableAlready, &EngineBridge::modelGone})
        QObject::connect(&bridge, signal, &window, [this] {
            updateTitle();
            updateActions();
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
    const bool talk = session.canTalk() && !busy;
    const bool any = !session.messages().empty();
    actions->openDemo->setEnabled(!options.defaultModel.isEmpty());
    actions->cancelLoad->setEnabled(session.loading());
    actions->saveRecording->setEnabled(session.currentConversation().has_value());
    const bool routed = any && (session.isReplay() || session.currentConversation().has_value());
    for (QAction* exportAction : {actions->exportNumPy,
                                  actions->exportCsv,
                                  actions->exportJson,
                                  actions->exportPage,
                                  actions->exportMarkdown,
                                  actions->exportChatPage})
        exportAction->setEnabled(routed);
    actions->stop->setEnabled(busy);
    actions->regenerate->setEnabled(talk && any);
    actions->continueReply->setEnabled(talk && any);
    actions->editLast->setEnabled(talk && any);
    actions->copyLast->setEnabled(any);
    actions->alternatives->setEnabled(session.traceSize() > 0);
    actions->olderVersion->setEnabled(any && !busy);
    actions->newerVersion->setEnabled(any && !busy);
    actions->undoRemove->setEnabled(conversations->canUndo());
    actions->pinRoutes->setEnabled(session.traceSize() > 0 && !busy);
    actions->clearInterventions->setEnabled(!session.interventions().empty());
    const auto showStep = [](QAction* action, const InterventionStep* step, QString says) {
        action->setEnabled(step != nullptr);
        action->setText(says.replace(QLatin1Char('&'), QStringLiteral("&&")));
    };
    showStep(actions->undoInterventions, session.undoStep(), undoText(session.undoStep()));
    showStep(actions->redoInterventions, session.redoStep(), redoText(session.redoStep()));
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

void MainWindow::Impl::startAgain() {
    drafts->save();
    const ChatSession& session = bridge.session();
    settings.saveOpenWork(
        {.model = lastModel,
         .decoder = decoder,
         // What is in memory only has ids that mean others in a library.
         .conversation = bridge.store().inMemory() ? std::nullopt : session.currentConversation(),
         .recording = session.isReplay() ? lastRecording : QString(),
         .composerText = chat->composer().text()});
    Q_EMIT window.restartRequested();
}

// ---------------------------------------------------------------- dialogs

void MainWindow::Impl::askForModel() {
    auto* dialog =
        new OpenModelDialog(theme, options.defaultModel, settings.recentModels(), &window);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setDecoder(decoder);
    QObject::connect(dialog,
                     &OpenModelDialog::modelChosen,
                     &window,
                     [this](const QString& model, const QString& chosen) {
                         decoder = chosen;
                         settings.setDecoder(chosen);
                         window.openModel(model);
                     });
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

void MainWindow::Impl::askWhereToExport(ExportFormat format, const QString& suffix) {
    const QString name =
        QStringLiteral("%1/%2.%3").arg(settings.lastFolder(), exporter->suggestedName(), suffix);
    QString file = QFileDialog::getSaveFileName(&window,
                                                MainWindow::tr("Export this conversation"),
                                                name,
                                                QStringLiteral("*.%1").arg(suffix));
    if (file.isEmpty()) return;
    if (QFileInfo(file).suffix().isEmpty()) file += QLatin1Char('.') + suffix;
    settings.setLastFolder(QFileInfo(file).path());
    exporter->write(
        file, format, actions->exportAllVersions->isChecked() ? Versions::All : Versions::Shown);
}

}  // namespace gatescope

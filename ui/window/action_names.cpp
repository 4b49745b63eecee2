// What actions are called in files, and what they need: settings and tests know an action by its
// id.
#include <QAction>
#include <QCoreApplication>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QRegularExpression>
#include <array>

#include "ui/window/window_actions.h"

namespace gatescope {
namespace {

constexpr const char* kNeeds = "gatescopeNeeds";

struct ActionName {
    QAction* WindowActions::*action;
    const char* id;               ///< never changes: keys.ini of every profile speaks of it
    const char* needs = nullptr;  ///< a sentence, said while the action is disabled
};

constexpr const char* kReply = QT_TRANSLATE_NOOP("gatescope::WindowActions",
                                                 "Needs a model, a reply, and none being written.");
constexpr const char* kOpen =
    QT_TRANSLATE_NOOP("gatescope::WindowActions", "Needs an open conversation.");
constexpr const char* kRouted =
    QT_TRANSLATE_NOOP("gatescope::WindowActions", "Needs an open conversation with routing.");

constexpr std::array kNames = {
    ActionName{&WindowActions::openModel, "open-model"},
    ActionName{&WindowActions::openDemo,
               "open-demo",
               QT_TRANSLATE_NOOP("gatescope::WindowActions", "No demo model is installed.")},
    ActionName{&WindowActions::openRecording, "open-recording"},
    ActionName{&WindowActions::saveRecording, "save-recording", kOpen},
    ActionName{&WindowActions::exportNumPy, "export-numpy", kRouted},
    ActionName{&WindowActions::exportCsv, "export-csv", kRouted},
    ActionName{&WindowActions::exportJson, "export-json", kRouted},
    ActionName{&WindowActions::exportPage, "export-page", kRouted},
    ActionName{&WindowActions::exportMarkdown, "export-markdown", kOpen},
    ActionName{&WindowActions::exportChatPage, "export-chat-page", kOpen},
    ActionName{&WindowActions::exportAllVersions, "export-all-versions"},
    ActionName{&WindowActions::importConversations, "import-conversations"},
    ActionName{&WindowActions::cancelLoad,
               "cancel-load",
               QT_TRANSLATE_NOOP("gatescope::WindowActions", "No model is being loaded.")},
    ActionName{&WindowActions::settings, "settings"},
    ActionName{&WindowActions::startAgain, "start-again"},
    ActionName{&WindowActions::quit, "quit"},
    ActionName{&WindowActions::newChat, "new-chat"},
    ActionName{&WindowActions::find, "find"},
    ActionName{&WindowActions::findNext, "find-next"},
    ActionName{&WindowActions::findPrevious, "find-previous"},
    ActionName{&WindowActions::search, "search"},
    ActionName{&WindowActions::rename, "rename"},
    ActionName{&WindowActions::pin, "pin"},
    ActionName{&WindowActions::moveToFolder, "move-to-folder"},
    ActionName{&WindowActions::editTags, "edit-tags"},
    ActionName{&WindowActions::archive, "archive"},
    ActionName{&WindowActions::newFolder, "new-folder"},
    ActionName{&WindowActions::remove, "delete"},
    ActionName{&WindowActions::undoRemove,
               "undo-delete",
               QT_TRANSLATE_NOOP("gatescope::WindowActions", "Nothing was deleted just now.")},
    ActionName{&WindowActions::send, "send"},
    ActionName{&WindowActions::stop,
               "stop",
               QT_TRANSLATE_NOOP("gatescope::WindowActions", "No reply is being written.")},
    ActionName{&WindowActions::regenerate, "regenerate", kReply},
    ActionName{&WindowActions::continueReply, "continue-reply", kReply},
    ActionName{&WindowActions::editLast, "edit-last", kReply},
    ActionName{&WindowActions::olderVersion,
               "older-version",
               QT_TRANSLATE_NOOP("gatescope::WindowActions",
                                 "Needs a conversation, and no reply being written.")},
    ActionName{&WindowActions::newerVersion,
               "newer-version",
               QT_TRANSLATE_NOOP("gatescope::WindowActions",
                                 "Needs a conversation, and no reply being written.")},
    ActionName{&WindowActions::allVersions, "all-versions"},
    ActionName{&WindowActions::copyLast,
               "copy-last",
               QT_TRANSLATE_NOOP("gatescope::WindowActions", "There is no reply yet.")},
    ActionName{&WindowActions::templates, "prompt-templates"},
    ActionName{&WindowActions::replySettings, "reply-settings"},
    ActionName{&WindowActions::previousToken, "previous-token"},
    ActionName{&WindowActions::nextToken, "next-token"},
    ActionName{&WindowActions::newestToken, "newest-token"},
    ActionName{&WindowActions::alternatives,
               "alternatives",
               QT_TRANSLATE_NOOP("gatescope::WindowActions", "There are no tokens yet.")},
    ActionName{
        &WindowActions::pinRoutes,
        "pin-routes",
        QT_TRANSLATE_NOOP("gatescope::WindowActions", "Needs tokens, and no reply being written.")},
    ActionName{&WindowActions::filterTokens, "filter-tokens"},
    ActionName{&WindowActions::nextMatch, "next-match"},
    ActionName{&WindowActions::previousMatch, "previous-match"},
    ActionName{&WindowActions::playReplay, "play-replay"},
    ActionName{&WindowActions::clearRange, "clear-range"},
    ActionName{&WindowActions::undoInterventions,
               "undo-intervention",
               QT_TRANSLATE_NOOP("gatescope::WindowActions", "There is no intervention to undo.")},
    ActionName{&WindowActions::redoInterventions,
               "redo-intervention",
               QT_TRANSLATE_NOOP("gatescope::WindowActions", "There is no intervention to redo.")},
    ActionName{&WindowActions::clearInterventions,
               "clear-interventions",
               QT_TRANSLATE_NOOP("gatescope::WindowActions", "No intervention is in force.")},
    ActionName{&WindowActions::chatWorkspace, "workspace-chat"},
    ActionName{&WindowActions::inspectWorkspace, "workspace-inspect"},
    ActionName{&WindowActions::presentWorkspace, "workspace-present"},
    ActionName{&WindowActions::fullScreen, "full-screen"},
    ActionName{&WindowActions::resetLayout, "reset-layout"},
    ActionName{&WindowActions::focusComposer, "focus-message"},
    ActionName{&WindowActions::focusConversation, "focus-conversation"},
    ActionName{&WindowActions::dismissError, "dismiss-message"},
    ActionName{&WindowActions::nextReading, "next-reading"},
    ActionName{&WindowActions::commandPalette, "command-palette"},
    ActionName{&WindowActions::toggleTheme, "theme-toggle"},
    ActionName{&WindowActions::darkTheme, "theme-dark"},
    ActionName{&WindowActions::lightTheme, "theme-light"},
    ActionName{&WindowActions::highContrastTheme, "theme-high-contrast"},
    ActionName{&WindowActions::systemTheme, "theme-system"},
    ActionName{&WindowActions::largerText,
               "text-larger",
               QT_TRANSLATE_NOOP("gatescope::WindowActions", "The text is as large as it gets.")},
    ActionName{&WindowActions::smallerText,
               "text-smaller",
               QT_TRANSLATE_NOOP("gatescope::WindowActions", "The text is as small as it gets.")},
    ActionName{&WindowActions::normalText,
               "text-normal",
               QT_TRANSLATE_NOOP("gatescope::WindowActions", "The text has its normal size.")},
    ActionName{&WindowActions::shortcuts, "keyboard-shortcuts"},
    ActionName{&WindowActions::about, "about"},
};
#undef GS_SAYS

void collect(const QMenu& menu, QList<QAction*>& into) {
    for (QAction* action : menu.actions()) {
        if (action->menu() != nullptr)
            collect(*action->menu(), into);
        else if (!action->isSeparator())
            into << action;
    }
}

bool findPlace(const QList<QAction*>& actions, const QAction* wanted, QStringList& path) {
    for (const QAction* action : actions) {
        if (action == wanted) return true;
        if (action->menu() == nullptr) continue;
        path << WindowActions::nameOf(action);
        if (findPlace(action->menu()->actions(), wanted, path)) return true;
        path.removeLast();
    }
    return false;
}

}  // namespace

void WindowActions::nameActions() {
    for (const ActionName& name : kNames) {
        QAction* action = this->*name.action;
        action->setObjectName(QString::fromLatin1(name.id));
        if (name.needs != nullptr) action->setProperty(kNeeds, tr(name.needs));
    }
}

QList<QAction*> WindowActions::all() const {
    QList<QAction*> found;
    for (const QAction* menu : window_.menuBar()->actions())
        if (menu->menu() != nullptr) collect(*menu->menu(), found);
    return found;
}

QString WindowActions::placeOf(const QAction* action) const {
    QStringList path;
    findPlace(window_.menuBar()->actions(), action, path);
    return path.join(QStringLiteral(" › "));
}

QString WindowActions::nameOf(const QAction* action) {
    QString name = action->text();
    // Where words have no letters, the key stands in brackets behind them: it is no part of them.
    static const QRegularExpression kBracket(QStringLiteral("\\(&\\w\\)"));
    name.remove(kBracket);
    for (int at = 0; (at = static_cast<int>(name.indexOf(QLatin1Char('&'), at))) >= 0; ++at)
        name.remove(at, 1);  // of two, the second stays
    return name;
}

QString WindowActions::needsOf(const QAction* action) {
    return action->property(kNeeds).toString();
}

}  // namespace gatescope

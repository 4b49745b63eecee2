#pragma once

#include <QObject>

class QAction;
class QMainWindow;
class QMenu;

namespace gatescope {

class Theme;

/// Every command of the window with its key, icon and place in the menus. What a command does is
/// connected by MainWindow; each works while the menu bar is hidden, too. UI thread only.
class WindowActions : public QObject {
    Q_OBJECT
  public:
    WindowActions(QMainWindow& window, const Theme& theme);

    // File
    QAction* openModel;
    QAction* openDemo;
    QAction* openRecording;
    QAction* saveRecording;
    QAction* exportNumPy;
    QAction* exportCsv;
    QAction* exportJson;
    QAction* exportPage;
    QAction* exportMarkdown;
    QAction* exportChatPage;
    QAction* exportAllVersions;
    QAction* importConversations;
    QAction* cancelLoad;
    QAction* startAgain;
    QAction* quit;
    // Conversation
    QAction* newChat;
    QAction* search;
    QAction* rename;
    QAction* remove;
    QAction* undoRemove;
    // Message
    QAction* send;
    QAction* stop;
    QAction* regenerate;
    QAction* continueReply;
    QAction* editLast;
    QAction* olderVersion;
    QAction* newerVersion;
    QAction* copyLast;
    QAction* replySettings;
    // Inspect
    QAction* previousToken;
    QAction* nextToken;
    QAction* newestToken;
    QAction* alternatives;
    QAction* pinRoutes;
    QAction* filterTokens;
    QAction* nextMatch;
    QAction* previousMatch;
    QAction* playReplay;
    QAction* clearRange;
    QAction* undoInterventions;
    QAction* redoInterventions;
    QAction* clearInterventions;
    // View
    QAction* chatWorkspace;
    QAction* inspectWorkspace;
    QAction* presentWorkspace;
    QAction* fullScreen;
    QAction* toggleTheme;
    QAction* resetLayout;
    QAction* focusComposer;
    QAction* focusConversation;
    QAction* dismissError;
    QMenu* docks;
    // Help
    QAction* shortcuts;
    QAction* about;

    /// Shows and hides a dock, from the menu and by Ctrl+Alt and the dock's number.
    void addDock(QAction* toggle);
    /// Gives `view` the keys that only inspector views have: in a text field they are the field's.
    void addTo(QWidget& view) const;
    /// Name and key of every action that has one, for the help page.
    QString shortcutTable() const;

  private:
    QAction* add(QMenu* menu, const QString& text, const QString& keys, const QString& icon = {});
    QAction* addForViews(QMenu* menu, const QString& text, const QString& keys);

    QMainWindow& window_;
    const Theme& theme_;
};

}  // namespace gatescope

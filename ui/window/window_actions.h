#pragma once

#include <QList>
#include <QObject>

class QAction;
class QMainWindow;
class QMenu;

namespace gatescope {

class Theme;

/// Every command of the window with its name, key, icon and place in the menus. An action's object
/// name is its id: it stays the same in all versions and languages. What a command does is
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
    QAction* settings;
    QAction* startAgain;
    QAction* quit;
    // Conversation
    QAction* newChat;
    QAction* find;
    QAction* findNext;
    QAction* findPrevious;
    QAction* search;
    QAction* pin;
    QAction* moveToFolder;
    QAction* editTags;
    QAction* archive;
    QAction* newFolder;
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
    QAction* allVersions;
    QAction* copyLast;
    QAction* templates;
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
    QAction* commandPalette;
    QAction* toggleTheme;
    QAction* nextReading;
    QAction* darkTheme;
    QAction* lightTheme;
    QAction* highContrastTheme;
    QAction* systemTheme;
    QAction* largerText;
    QAction* smallerText;
    QAction* normalText;
    QAction* resetLayout;
    QAction* focusComposer;
    QAction* focusConversation;
    QAction* dismissError;
    QMenu* docks;
    // Help
    QAction* shortcuts;
    QAction* about;

    /// Every action of the menus, in their order, docks included.
    QList<QAction*> all() const;
    /// The menus an action is in: "View › Docks"; without the marks of their keys.
    QString placeOf(const QAction* action) const;
    /// What an action says, without the mark of its key.
    static QString nameOf(const QAction* action);
    /// What is missing while an action cannot be done, as a sentence; empty where that is not
    /// known.
    static QString needsOf(const QAction* action);

    /// Shows and hides a dock, from the menu and by Ctrl+Alt and the dock's number.
    void addDock(QAction* toggle);
    /// Gives `view` the keys that only inspector views have: in a text field they are the field's.
    void addTo(QWidget& view) const;

  private:
    QAction* add(QMenu* menu, const QString& text, const QString& keys, const QString& icon = {});
    void nameActions();  ///< in action_names.cpp
    QAction* addForViews(QMenu* menu, const QString& text, const QString& keys);

    QMainWindow& window_;
    const Theme& theme_;
};

}  // namespace gatescope

#pragma once

#include <QTimer>
#include <QWidget>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/store/conversation_store.h"
#include "ui/engine_bridge.h"

class QCompleter;
class QFrame;
class QLabel;
class QLineEdit;
class QListView;
class QMenu;
class QStringListModel;

namespace gatescope {

class ConversationListModel;
class RoutingSearch;
class WordFinder;
struct LibraryQuery;
class Theme;

/// The list on the left: folders, pins, tags and the archive; search by words and by where a
/// conversation is kept (LibraryQuery), or with `routing:` in front by a filter over routing and
/// text (docs/filter.md); open, rename in place (F2), delete with undo (Del). A deleted
/// conversation leaves the list at once and the library a few seconds later, so that undo restores
/// it whole and a crash in between keeps it. What is done here is done to the row that is current.
/// docs/keeping.md is about it. UI thread only.
class ConversationPanel : public QWidget {
    Q_OBJECT
  public:
    ConversationPanel(EngineBridge& bridge, Theme& theme, QWidget* parent = nullptr);

    ConversationListModel& model() { return *model_; }
    void searchFor(const QString& text);
    void focusSearch();
    void renameCurrent();
    void removeCurrent();  ///< of a folder: what it holds moves out
    void undoRemove();
    void togglePinned();
    void toggleArchived();
    /// A menu beside the row, for the keyboard: folders to move it to, tags to give it.
    void chooseFolder();
    void chooseTags();
    void addFolder();  ///< in the folder that is current; its name is asked for in place
    /// As typed, cut at commas; all that the conversation has from now on.
    void setTags(ConversationId id, const QString& tags);
    /// Ask for its new name, and whether it is to go; of all conversations that have it.
    void renameTag(const QString& tag);
    void removeTag(const QString& tag);
    void moveTo(ConversationId id, const QString& folder);
    /// Makes a row current; false when it is not in the list.
    bool select(ConversationId id);
    /// Carries out a removal that can still be undone; for the end of the program.
    void commitRemoval();
    bool canUndo() const { return removing_.has_value(); }
    /// Deleted, and still to be had back: nothing else should offer it.
    std::optional<ConversationId> removing() const { return removing_; }

  Q_SIGNALS:
    void newChatRequested();
    /// `message`: that the words of a search are in, 0: none.
    void conversationChosen(qint64 id, qint64 message);
    /// A conversation that words found was opened: show where they are.
    void wordsWanted(const QString& words);
    void closedFoldersChanged();  ///< model().closedFolders()
    /// A conversation that a filter found was opened: show its matches.
    void filterWanted(const QString& filter);
    void removalChanged();  ///< canUndo() says something else now

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    QWidget* buildHeader();
    QWidget* buildUndo();
    void buildList();
    void connectList();
    void applyTheme();
    void fitTitle();
    void refresh();
    void runSearch();
    void runTextSearch(const QString& words);
    void readTexts(const QString& words, const std::vector<SearchHit>& hits);
    void completeSearch(const QString& text);
    void leaveSearch();
    void keep(std::function<void(ConversationStore&)> change);
    const ConversationSummary* currentConversation() const;
    std::string currentFolder() const;
    void removeFolder(const std::string& folder);
    void editWhenThere(const std::string& folder);
    void fillFolderMenu(QMenu& menu, const ConversationSummary& conversation);
    void fillTagMenu(QMenu& menu, const ConversationSummary& conversation);
    void fillRowMenu(QMenu& menu, const QModelIndex& index);
    void askForTags(const ConversationSummary& conversation);
    void popUp(QMenu& menu);
    void runRoutingSearch(const QString& filter);
    void showRoutingHits();
    void openRow(const QModelIndex& index);
    void showMenu(const QPoint& at);

    EngineBridge& bridge_;
    Theme& theme_;
    ConversationListModel* model_;
    QLabel* title_ = nullptr;
    QLineEdit* search_ = nullptr;
    QListView* list_ = nullptr;
    QCompleter* completer_ = nullptr;
    QStringListModel* completions_ = nullptr;
    QLabel* searchLine_ = nullptr;  ///< how far a search by routing is, or what is wrong with it
    QLabel* empty_ = nullptr;
    QFrame* undo_ = nullptr;
    QLabel* undoText_ = nullptr;
    QTimer searchTimer_;
    QTimer undoTimer_;
    quint64 searchNumber_ = 0;
    RoutingSearch* routingSearch_;
    QString routingFilter_;  ///< what is searched by; empty: no such search
    QString words_;          ///< the same
    std::string newFolder_;  ///< asked for: its name is edited when it is in the list
    std::optional<ConversationId> removing_;
};

}  // namespace gatescope

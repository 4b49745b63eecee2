#pragma once

#include <QTimer>
#include <QWidget>
#include <optional>

#include "ui/engine_bridge.h"

class QFrame;
class QLabel;
class QLineEdit;
class QListView;

namespace gatescope {

class ConversationListModel;
class RoutingSearch;
class Theme;

/// The list on the left: search (by text, or with `routing:` in front by a filter over routing and
/// text, docs/filter.md), open, rename in place (F2), delete with undo (Del). A deleted
/// conversation leaves the list at once and the library a few seconds later, so that undo restores
/// it whole and a crash in between keeps it. UI thread only.
class ConversationPanel : public QWidget {
    Q_OBJECT
  public:
    ConversationPanel(EngineBridge& bridge, Theme& theme, QWidget* parent = nullptr);

    ConversationListModel& model() { return *model_; }
    void searchFor(const QString& text);
    void focusSearch();
    void renameCurrent();
    void removeCurrent();
    void undoRemove();
    /// Carries out a removal that can still be undone; for the end of the program.
    void commitRemoval();
    bool canUndo() const { return removing_.has_value(); }

  Q_SIGNALS:
    void newChatRequested();
    void conversationChosen(qint64 id);
    /// A conversation that a filter found was opened: show its matches.
    void filterWanted(const QString& filter);
    void removalChanged();  ///< canUndo() says something else now

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    QWidget* buildHeader();
    QWidget* buildUndo();
    void applyTheme();
    void refresh();
    void runSearch();
    void runTextSearch(const std::string& query);
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
    QLabel* searchLine_ = nullptr;  ///< how far a search by routing is, or what is wrong with it
    QLabel* empty_ = nullptr;
    QFrame* undo_ = nullptr;
    QLabel* undoText_ = nullptr;
    QTimer searchTimer_;
    QTimer undoTimer_;
    quint64 searchNumber_ = 0;
    RoutingSearch* routingSearch_;
    QString routingFilter_;  ///< what is searched by; empty: no such search
    std::optional<ConversationId> removing_;
};

}  // namespace gatescope

#pragma once

#include <QDialog>
#include <QTimer>
#include <functional>

#include "ui/engine_bridge.h"

class QLabel;
class QListView;
class QPushButton;

namespace gatescope {

class Theme;
class VersionListModel;

/// The conversation's tree: every message and every version of it. Enter shows the branch through a
/// message; Del takes it and all below it away, which can be undone for some seconds. Up and Down
/// walk the rows, Left and Right the versions of a message. Reads the tree only while it is open.
/// UI thread only.
class VersionsDialog : public QDialog {
    Q_OBJECT
  public:
    VersionsDialog(EngineBridge& bridge, Theme& theme, QWidget* parent = nullptr);

    VersionListModel& model() { return *model_; }
    QListView& list() { return *list_; }
    /// Reads the tree now; `then` runs when it is there.
    void refresh(std::function<void()> then = {});

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void showEvent(QShowEvent* event) override;

  private:
    void connectSources();
    void showCurrent();
    void removeCurrent();
    void stepVersion(int by);
    void updateButtons();
    int currentRow() const;

    EngineBridge& bridge_;
    Theme& theme_;
    VersionListModel* model_ = nullptr;
    QListView* list_ = nullptr;
    QLabel* count_ = nullptr;
    QPushButton* show_ = nullptr;
    QPushButton* remove_ = nullptr;
    QTimer refreshTimer_;
};

}  // namespace gatescope

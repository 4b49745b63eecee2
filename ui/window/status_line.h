#pragma once

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include "ui/engine_bridge.h"
#include "ui/selection.h"

class QHBoxLayout;
class QLabel;

namespace gatescope {

class ProvenanceBadge;
class Theme;

/// The lower edge of the window: what is going on, model, picked token, measured speed, context
/// used with the memory that other branches take, that nothing is kept where there is no library on
/// disk, and the badge that says where the numbers come
/// from. UI thread only.
class StatusLine : public QWidget {
    Q_OBJECT
  public:
    StatusLine(EngineBridge& bridge, Selection& selection, Theme& theme, QWidget* parent = nullptr);

    /// The parts shown, joined by " · ".
    QString text() const;
    /// A remark that stays for some seconds.
    void showNote(const QString& note);

  Q_SIGNALS:
    void noted(const QString& note);

  private:
    QLabel* addLabel();
    void applyTheme();
    void refresh();
    QString speedText() const;
    QString contextText() const;
    QString branchesText() const;
    QString tokenText() const;

    EngineBridge& bridge_;
    Selection& selection_;
    Theme& theme_;
    QLabel* state_;
    QLabel* unsaved_;  ///< there is no disk to keep conversations on
    QLabel* model_;
    QLabel* token_;
    QLabel* speed_;
    QLabel* context_;
    ProvenanceBadge* badge_;
    QTimer refreshTimer_;
    QTimer noteTimer_;
    QString note_;
    QElapsedTimer sinceFirstToken_;
    int tokensAtFirst_ = 0;
    BranchMemoryUse branches_;  ///< as the last reply left it
    bool lastSpeculated_ = false;
    double lastSpeed_ = 0;  ///< tokens/s of the last finished reply, measured by the engine
};

}  // namespace gatescope

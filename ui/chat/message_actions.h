#pragma once

#include <QFrame>

#include "engine/chat/versions.h"

class QLabel;
class QToolButton;

namespace gatescope {

class Theme;

/// The buttons below a message: copy, and edit for a question, or regenerate and continue for a
/// reply; where there are several versions, which one is shown and the way to the others. One row
/// that the view moves to the message under the mouse. UI thread only.
class MessageActions : public QFrame {
    Q_OBJECT
  public:
    MessageActions(const Theme& theme, QWidget* parent);

    /// Shows what can be done with message `index`.
    void showFor(int index, bool ownMessage, bool lastReply, bool busy);
    void setVersion(const Version& version, bool busy);
    int message() const { return message_; }

  Q_SIGNALS:
    void copyClicked(int message);
    void editClicked(int message);
    void versionClicked(int message, int step);
    void regenerateClicked();
    void continueClicked();

  private:
    QToolButton* add(const Theme& theme, const QString& icon, const QString& text);

    int message_ = -1;
    QToolButton* older_;
    QLabel* version_;
    QToolButton* newer_;
    QToolButton* copy_;
    QToolButton* edit_;
    QToolButton* regenerate_;
    QToolButton* continue_;
};

}  // namespace gatescope

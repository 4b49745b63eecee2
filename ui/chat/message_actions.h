#pragma once

#include <QFrame>

class QToolButton;

namespace gatescope {

class Theme;

/// The buttons below a message: copy, and edit for a question, or regenerate and continue for a
/// reply. One row that the view moves to the message under the mouse. UI thread only.
class MessageActions : public QFrame {
    Q_OBJECT
  public:
    MessageActions(const Theme& theme, QWidget* parent);

    /// Shows what can be done with message `index`.
    void showFor(int index, bool ownMessage, bool lastReply, bool busy);
    int message() const { return message_; }

  Q_SIGNALS:
    void copyClicked(int message);
    void editClicked(int message);
    void regenerateClicked();
    void continueClicked();

  private:
    QToolButton* add(const Theme& theme, const QString& icon, const QString& text);

    int message_ = -1;
    QToolButton* copy_;
    QToolButton* edit_;
    QToolButton* regenerate_;
    QToolButton* continue_;
};

}  // namespace gatescope

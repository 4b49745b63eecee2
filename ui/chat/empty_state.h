#pragma once

#include <QWidget>

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace gatescope {

class Theme;

/// What stands where a conversation will be: one title, one sentence, and what can be done now.
/// UI thread only.
class EmptyState : public QWidget {
    Q_OBJECT
  public:
    EmptyState(Theme& theme, const QString& icon, QWidget* parent = nullptr);

    void setText(const QString& title, const QString& sentence);
    QString title() const;
    QPushButton* addButton(const QString& text, const QString& icon, bool primary);
    /// A line the user can click instead of typing it.
    QPushButton* addSuggestion(const QString& text);
    void clearSuggestions();
    QSize minimumSizeHint() const override;
    /// What has no room is hidden, so no width asks for a height.
    bool hasHeightForWidth() const override { return false; }

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    void applyTheme();
    void fit();  ///< hides what has no room, the least needed first

    Theme& theme_;
    QString iconName_;
    QLabel* icon_;
    QLabel* title_;
    QLabel* sentence_;
    QWidget* buttons_;
    QWidget* suggestionBox_;
    QVBoxLayout* suggestions_;
};

}  // namespace gatescope

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

  private:
    void applyTheme();

    Theme& theme_;
    QString iconName_;
    QLabel* icon_;
    QLabel* title_;
    QLabel* sentence_;
    QWidget* buttons_;
    QVBoxLayout* suggestions_;
};

}  // namespace gatescope

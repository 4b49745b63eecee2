#pragma once

#include <QStringList>
#include <QTimer>
#include <QWidget>

#include "ui/selection.h"

class QAction;
class QLabel;
class QLineEdit;
class QToolButton;

namespace gatescope {

class Theme;
class TokenFilter;

/// The box above the conversation in which a filter over routing and text is written
/// (docs/filter.md): what matches is marked in the views, counted here and walked with Enter, F3
/// and Shift+F3; what is wrong stands below. Up and Down bring back what was asked before. Closed,
/// there is no filter. UI thread only.
class FilterBar : public QWidget {
    Q_OBJECT
  public:
    FilterBar(Selection& selection, TokenFilter& filter, Theme& theme, QWidget* parent = nullptr);

    /// Opens the bar, with the text selected, and gives it the focus.
    void openBar();
    void closeBar();
    void toggleBar();
    /// Opens the bar on `expression`, at once.
    void showExpression(const QString& expression);
    /// Picks the next (1) or previous (-1) match; opens the bar while there is no filter.
    void step(int by);

    /// Newest first.
    const QStringList& history() const { return history_; }
    void setHistory(const QStringList& history);
    QString countText() const;
    QString problemText() const;

  Q_SIGNALS:
    void historyChanged(const QStringList& history);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void buildRow();
    QToolButton* makeButton(const QString& icon, const QString& name, int by);
    void apply();
    void refresh();
    void remember();
    void recall(int older);
    void showHistory();

    Selection& selection_;
    TokenFilter& filter_;
    Theme& theme_;
    QLineEdit* text_ = nullptr;
    QAction* older_ = nullptr;
    QLabel* count_ = nullptr;
    QToolButton* previous_ = nullptr;
    QToolButton* next_ = nullptr;
    QLabel* problem_ = nullptr;
    QTimer pause_;
    QStringList history_;
    int recalled_ = -1;  ///< of history_; -1: what is written
};

}  // namespace gatescope

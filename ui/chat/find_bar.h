#pragma once

#include <QWidget>

class QLabel;
class QLineEdit;
class QToolButton;

namespace gatescope {

class ChatFind;
class Theme;

/// The box above the conversation in which is written what to find in it: what is found is marked
/// and counted, and walked with Enter and Shift+Enter (from anywhere Ctrl+G and Ctrl+Shift+G). Esc
/// closes it, and nothing is marked then. UI thread only.
class FindBar : public QWidget {
    Q_OBJECT
  public:
    FindBar(ChatFind& find, Theme& theme, QWidget* parent = nullptr);

    /// Opens the bar, with the text selected, and gives it the focus.
    void openBar();
    void closeBar();
    /// Opens the bar on `text`, at once.
    void findText(const QString& text);
    /// Opens the bar on the words of a search, each of which is marked, and goes to the first of
    /// them in the conversation that is being opened; the keyboard stays where it is.
    void showWords(const QString& words);
    /// Goes to the next (1) or previous (-1) place; opens the bar while it is closed.
    void step(int by);
    QString countText() const;

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    QToolButton* makeButton(const QString& icon, const QString& name, int by);
    void apply();
    void refresh();

    ChatFind& find_;
    Theme& theme_;
    QLineEdit* text_ = nullptr;
    QLabel* count_ = nullptr;
    QToolButton* previous_ = nullptr;
    QToolButton* next_ = nullptr;
    bool words_ = false;  ///< what stands in the box are the words of a search
};

}  // namespace gatescope

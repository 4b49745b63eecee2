#pragma once

#include <QDialog>

class QAction;
class QKeySequenceEdit;
class QLabel;
class QLineEdit;
class QPushButton;
class QTreeWidget;
class QTreeWidgetItem;

namespace gatescope {

class KeyBindings;
class Theme;
class WindowActions;

/// Every key of the window and its views, grouped by menu and view, with a filter over names and
/// keys. A row picked can be given other keys by pressing them; keys that another command has are
/// told in a sentence, and taken from it only by a click that says so. UI thread only.
class ShortcutsDialog : public QDialog {
    Q_OBJECT
  public:
    ShortcutsDialog(KeyBindings& bindings,
                    const WindowActions& actions,
                    const Theme& theme,
                    QWidget* parent);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void build();
    QWidget* buildEditor();
    void fill(const WindowActions& actions);
    void addFixedKeys();
    void refresh();
    void filter(const QString& text);
    void showCurrent();
    void judge();
    void apply();
    QAction* current() const;
    QString nameAndPlace(const QAction* action) const;

    KeyBindings& bindings_;
    const Theme& theme_;
    QLineEdit* filter_ = nullptr;
    QTreeWidget* tree_ = nullptr;
    QLabel* editing_ = nullptr;
    QKeySequenceEdit* keys_ = nullptr;
    QPushButton* set_ = nullptr;
    QPushButton* none_ = nullptr;
    QPushButton* reset_ = nullptr;
    QPushButton* resetAll_ = nullptr;
    QLabel* verdict_ = nullptr;
    QHash<QTreeWidgetItem*, QAction*> actionOf_;
};

}  // namespace gatescope

#pragma once

#include <QFrame>
#include <QPointer>
#include <functional>
#include <vector>

#include "ui/window/palette_model.h"

class QLabel;
class QLineEdit;
class QListView;
class QSettings;

namespace gatescope {

class Theme;

/// A field and a list over the upper part of the window: type a few letters of any command, Enter
/// runs it. What can be done is asked for each time it opens. What was used is kept in `settings`,
/// newest first. Esc, a click elsewhere and running something close it and give the keys back to
/// who had them. UI thread only.
class CommandPalette : public QFrame {
    Q_OBJECT
  public:
    using EntrySource = std::function<std::vector<PaletteEntry>()>;
    CommandPalette(QWidget& window, const Theme& theme, QSettings& settings, EntrySource entries);

    /// Opens with `query` typed; when it is open already, closes.
    void toggle();
    void openWith(const QString& query);
    void close();
    PaletteModel& model() { return *model_; }
    int currentRow() const;
    QString query() const;
    /// As Enter does. False when there is nothing to run, or it cannot be done now.
    bool runCurrent();

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

  private:
    void build();
    void applyTheme();
    void place();
    void filter(const QString& query);
    bool key(int key);
    void step(int rows, bool around);
    bool runRow(int row);
    void note(const QString& id);

    QWidget& window_;
    const Theme& theme_;
    QSettings& settings_;
    EntrySource entries_;
    PaletteModel* model_;
    QLineEdit* field_ = nullptr;
    QListView* list_ = nullptr;
    QLabel* hint_ = nullptr;
    QPointer<QWidget> hadFocus_;
};

}  // namespace gatescope

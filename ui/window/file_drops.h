#pragma once

#include <QWidget>

#include "ui/window/dropped_files.h"

namespace gatescope {

class Theme;

/// Files that are dragged over the window: a sheet over it says what letting go will do, and the
/// signals do it. The sheet takes no mouse; the drag goes on to what is below. UI thread only.
class FileDrops : public QWidget {
    Q_OBJECT
  public:
    FileDrops(QWidget& window, const Theme& theme);

    /// A text field takes a file's address as text: with this, `field` leaves files to the window.
    void takeFilesFrom(QWidget& field);
    /// As dropping them does.
    void take(const DropPlan& plan);

  Q_SIGNALS:
    void modelDropped(const QString& model);
    void recordingDropped(const QString& file);
    void conversationsDropped(const QStringList& paths);
    void textDropped(const QString& text, const QString& summary);
    void refused(const QString& sentence);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

  private:
    QWidget& window_;
    const Theme& theme_;
    DropPlan plan_;
};

}  // namespace gatescope

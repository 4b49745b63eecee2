#pragma once

#include <QWidget>

#include "ui/routing/replay.h"
#include "ui/view_context.h"

class QComboBox;
class QLabel;
class QSlider;
class QToolButton;

namespace gatescope {

class Theme;

/// The row that scrubs and plays: first, back, play, on, live; where it is; how fast. UI thread
/// only.
class ReplayBar : public QWidget {
    Q_OBJECT
  public:
    /// `replay` must outlive it.
    ReplayBar(const ViewContext& context, Replay& replay, QWidget* parent = nullptr);

  Q_SIGNALS:
    void liveRequested();

  protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    QToolButton* addButton(const char* icon, const QString& name, const char* objectName);
    void addSpeeds();
    void wire();
    void refresh();
    void refreshPlaying();

    EngineBridge& bridge_;
    Selection& selection_;
    Theme& theme_;
    Replay& replay_;
    QToolButton* first_ = nullptr;
    QToolButton* back_ = nullptr;
    QToolButton* play_ = nullptr;
    QToolButton* on_ = nullptr;
    QToolButton* live_ = nullptr;
    QSlider* slider_ = nullptr;
    QLabel* place_ = nullptr;
    QComboBox* speeds_ = nullptr;
};

}  // namespace gatescope

#pragma once

#include <QFrame>
#include <QTimer>

#include "ui/engine_bridge.h"

class QLabel;

namespace gatescope {

class Theme;

/// Offers to bring back a version that was just deleted, for some seconds; then it leaves the
/// library. Stands above the message field. UI thread only.
class RemovalToast : public QFrame {
    Q_OBJECT
  public:
    RemovalToast(EngineBridge& bridge, Theme& theme, QWidget* parent = nullptr);

  public Q_SLOTS:
    void undo();

  private:
    void refresh();
    void commit();

    EngineBridge& bridge_;
    QLabel* text_ = nullptr;
    QTimer timer_;
};

}  // namespace gatescope

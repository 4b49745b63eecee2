#pragma once

#include <QFrame>

#include "ui/engine_bridge.h"

class QCheckBox;
class QDoubleSpinBox;
class QFormLayout;
class QPlainTextEdit;
class QSpinBox;

namespace gatescope {

class Theme;

/// How replies are drawn: the sampler's numbers, the length limit and the system text, in a panel
/// that opens from the composer. Every change goes to the session at once. UI thread only.
class ReplySettings : public QFrame {
    Q_OBJECT
  public:
    ReplySettings(EngineBridge& bridge, const Theme& theme, QWidget* parent);

    /// Shows what the session holds.
    void refresh();

  Q_SIGNALS:
    void settingsChanged();

  private:
    QDoubleSpinBox* addReal(
        const QString& label, const QString& help, double from, double to, double step);
    QSpinBox* addWhole(const QString& label, const QString& help, int from, int to);
    void apply();

    EngineBridge& bridge_;
    QFormLayout* form_ = nullptr;
    QDoubleSpinBox* temperature_ = nullptr;
    QDoubleSpinBox* topP_ = nullptr;
    QSpinBox* topK_ = nullptr;
    QDoubleSpinBox* minP_ = nullptr;
    QDoubleSpinBox* penalty_ = nullptr;
    QSpinBox* seed_ = nullptr;
    QSpinBox* maxTokens_ = nullptr;
    QCheckBox* speculation_ = nullptr;
    QPlainTextEdit* system_ = nullptr;
    bool refreshing_ = false;
};

}  // namespace gatescope

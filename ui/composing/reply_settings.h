#pragma once

#include <QFrame>
#include <functional>
#include <vector>

#include "ui/engine_bridge.h"

class QCheckBox;
class QFormLayout;
class QLabel;
class QPlainTextEdit;

namespace gatescope {

class OwnSettings;
class PresetRow;
class SamplingView;
class SeedField;
class Theme;

/// How replies are written: presets, the sampler's numbers, where a reply ends, and the system
/// text, in a panel that opens from the composer. Every change goes to the session at once. UI
/// thread only.
class ReplySettings : public QFrame {
    Q_OBJECT
  public:
    ReplySettings(EngineBridge& bridge, OwnSettings& own, const Theme& theme, QWidget* parent);

    /// Shows what the session holds.
    void refresh();
    PresetRow& presets() { return *presets_; }
    /// What stands below the presets: the one chosen, or why a name was refused.
    QString note() const;
    /// What they would leave of the newest token.
    const SamplingView& sampling() const { return *sampling_; }
    /// Opens it above `corner` (on the screen), as high as there is room for.
    void openAbove(const QPoint& corner);

  Q_SIGNALS:
    void settingsChanged();

  private:
    void buildPresets(const Theme& theme);
    void buildSampler(const Theme& theme);
    void buildEnds(const Theme& theme);
    void addReal(const QString& label,
                 const QString& help,
                 double from,
                 double to,
                 double step,
                 float SamplerConfig::*value);
    void addWhole(const QString& label,
                  const QString& help,
                  int from,
                  int to,
                  const std::function<int&(ReplyOptions&)>& value,
                  const QString& unit = {});
    QPlainTextEdit* addText(const Theme& theme, const QString& label, int lines);
    /// Puts what `change` makes of the session's options in force.
    void set(const std::function<void(ReplyOptions&)>& change);
    void showNote(const QString& text);

    EngineBridge& bridge_;
    OwnSettings& own_;
    QWidget* content_ = nullptr;
    QFormLayout* form_ = nullptr;
    PresetRow* presets_ = nullptr;
    QLabel* note_ = nullptr;
    SeedField* seed_ = nullptr;
    SamplingView* sampling_ = nullptr;
    QPlainTextEdit* stops_ = nullptr;
    QLabel* templateStops_ = nullptr;
    QCheckBox* speculation_ = nullptr;
    QPlainTextEdit* system_ = nullptr;
    std::vector<std::function<void(const ReplyOptions&)>> showValues_;  ///< one a number field
    bool refreshing_ = false;
};

}  // namespace gatescope

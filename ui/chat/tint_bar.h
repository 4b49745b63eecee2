#pragma once

#include <QWidget>

#include "ui/chat/token_tint.h"
#include "ui/engine_bridge.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QSpinBox;

namespace gatescope {

class ProvenanceBadge;
class Theme;
class TintLegend;

/// How the tokens of the chat are tinted: layers, numbers, and the legend with its chance level.
/// The choice of the quantity is a box of its own, which stands in the chat's title row; while it
/// says "plain text" there is no bar. UI thread only.
class TintBar : public QWidget {
    Q_OBJECT
  public:
    TintBar(EngineBridge& bridge, Theme& theme, QWidget* parent = nullptr);

    /// Belongs to whoever puts it into a layout.
    QComboBox* choice() { return quantity_; }
    const TintSetting& setting() const { return setting_; }
    void setSetting(const TintSetting& setting);
    /// Sizes of the model whose tokens are shown, or of the one that is open.
    const RouterSizes& sizes() const { return sizes_; }

  Q_SIGNALS:
    void settingChanged(const gatescope::TintSetting& setting);
    void sizesChanged();

  private:
    void buildRow();
    QSpinBox* makeLayerBox(const QString& name);
    void takeFromControls();
    void showInControls();
    void refresh();
    void refreshSizes();
    void applyTheme();

    EngineBridge& bridge_;
    Theme& theme_;
    TintSetting setting_;
    RouterSizes sizes_;
    bool showing_ = false;  ///< the controls change because the setting did
    QComboBox* quantity_ = nullptr;
    QComboBox* layers_ = nullptr;
    QSpinBox* first_ = nullptr;
    QLabel* to_ = nullptr;
    QSpinBox* last_ = nullptr;
    QCheckBox* numbers_ = nullptr;
    TintLegend* legend_ = nullptr;
    ProvenanceBadge* badge_ = nullptr;
};

}  // namespace gatescope

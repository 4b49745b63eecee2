#pragma once

#include <QWidget>

#include "engine/routing/routing_trace.h"
#include "ui/routing/color_map.h"
#include "ui/routing/heatmap_mode.h"

class QComboBox;
class QToolButton;

namespace gatescope {

class Theme;

/// What the heatmap is asked for: mode, what goes with the mode (half-life, or which tokens count
/// and the pin for a baseline) and colours. Wraps onto further lines in a narrow dock. Says what
/// was chosen and decides nothing. UI thread only.
class HeatmapControls : public QWidget {
    Q_OBJECT
  public:
    explicit HeatmapControls(const Theme& theme, QWidget* parent = nullptr);

    HeatmapMode mode() const { return mode_; }
    void setMode(HeatmapMode mode);
    void stepMode(int step);
    int halfLife() const;  ///< tokens
    void setHalfLife(int tokens);
    void showPopulation(Population population);
    /// Of the mode chosen: differences have a map of their own.
    const ColorMap& colorMap() const;
    /// Of probabilities, whatever the mode.
    ColorMapKind mapKind() const;

  Q_SIGNALS:
    void modeChosen(gatescope::HeatmapMode mode);
    void halfLifeChosen(int tokens);
    void populationChosen(gatescope::Population population);
    void pinRequested();
    void colorsChosen();

  private:
    QComboBox* makeBox(const QString& name, const char* objectName, const QStringList& items);
    void showWhatGoesWithMode();

    const Theme& theme_;
    HeatmapMode mode_ = HeatmapMode::Now;
    QComboBox* modes_ = nullptr;
    QComboBox* halfLives_ = nullptr;
    QComboBox* populations_ = nullptr;
    QToolButton* pin_ = nullptr;
    QComboBox* maps_ = nullptr;
    QComboBox* powers_ = nullptr;
    mutable ColorMap map_;  ///< asked for with every picture, and thousands of powers to make
};

}  // namespace gatescope

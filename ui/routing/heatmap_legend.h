#pragma once

#include <QWidget>
#include <optional>

#include "ui/routing/color_map.h"
#include "ui/theme/theme.h"

namespace gatescope {

/// The scale of a heatmap with its numbers, what chance would give, and the key to the shapes. UI
/// thread only.
class HeatmapLegend : public QWidget {
    Q_OBJECT
  public:
    explicit HeatmapLegend(Theme& theme, QWidget* parent = nullptr);

    void setColorMap(const ColorMap& map);
    /// What the colour says, for people: "router probability".
    void setQuantity(const QString& quantity);
    /// The value that blind routing would give; marked on the scale.
    void setChance(std::optional<double> chance);
    /// The key to shapes says nothing about an average, except for what a person changed.
    void setShowsChoices(bool shows);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;  ///< all of its signs are shown

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    void paintScale(QPainter& painter) const;
    void paintKeys(QPainter& painter) const;
    void describe();

    Theme& theme_;
    ColorMap map_;
    QString quantity_;
    std::optional<double> chance_;
    bool showsChoices_ = true;
};

}  // namespace gatescope

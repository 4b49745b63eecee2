#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "engine/comparison/routing_difference.h"
#include "engine/ids.h"
#include "ui/routing/color_map.h"
#include "ui/routing/heatmap_geometry.h"

namespace gatescope {

class Theme;

/// Layers x experts, each cell the mean router probability in B less that in A: blue where A has
/// more, orange where B has, hatched within the noise band. The range never follows the
/// data, so that two pictures can be compared. Beside each layer a bar of how alike it selects
/// (saturation) with a tick at what chance gives. UI thread only.
class DifferenceMap : public QWidget {
    Q_OBJECT
  public:
    /// Colour ends here: points of probability.
    static constexpr double kFullScale = 25;

    explicit DifferenceMap(const Theme& theme, QWidget* parent = nullptr);

    /// The heatmap's scale of differences, over points.
    const ColorMap& colorMap() const { return colors_; }

    /// Null, or without tokens on both sides: an empty map.
    void setDifference(const RoutingDifference* difference);
    bool isEmpty() const { return cells_.empty(); }
    /// [numLayers, numExperts] as drawn.
    const std::vector<CellDifference>& cells() const { return cells_; }
    int standing() const;  ///< cells outside their noise band
    void setPicked(std::optional<ExpertSite> site);
    QRect cellRect(ExpertSite site) const { return geometry_.cellRect(site); }
    /// What a cell says, in a sentence with its numbers.
    QString describe(ExpertSite site) const;

    QSize minimumSizeHint() const override;
    QSize sizeHint() const override { return {300, 320}; }

  Q_SIGNALS:
    void cellClicked(gatescope::ExpertSite site);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

  private:
    struct Alike {
        double value = 0;
        double chance = 0;
    };
    const CellDifference& cell(ExpertSite site) const;
    void layOut();
    void paintCell(QPainter& painter, ExpertSite site) const;
    void paintLabels(QPainter& painter) const;
    void paintAlike(QPainter& painter, int layer) const;
    QMargins margins() const;

    const Theme& theme_;
    const ColorMap colors_{ColorMapKind::Difference, 1.0, kFullScale};
    int numLayers_ = 0;
    int numExperts_ = 0;
    std::vector<CellDifference> cells_;
    std::vector<Alike> alike_;  ///< [numLayers]; empty: no token is on both sides
    HeatmapGeometry geometry_;
    std::optional<ExpertSite> picked_;
};

}  // namespace gatescope

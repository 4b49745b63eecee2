#pragma once

#include <QMargins>
#include <QRect>
#include <optional>

#include "engine/ids.h"

namespace gatescope {

/// Where the cells of a heatmap lie: rows are layers, columns experts, a gap behind every eighth
/// layer. Cells are never smaller than 12 x 8 px, never stretched out of shape, and the grid is
/// centred in what is left. Pure arithmetic in widget pixels; a value type.
class HeatmapGeometry {
  public:
    static constexpr int kGroupSize = 8;  ///< layers that stand together
    static constexpr int kGroupGap = 4;   ///< px between groups
    static constexpr int kMinCellWidth = 12;
    static constexpr int kMinCellHeight = 8;
    static constexpr int kMaxCellWidth = 64;
    static constexpr int kMaxCellHeight = 44;

    HeatmapGeometry() = default;
    /// `margins`: what the labels around the grid take. Too small an area gives cells of minimum
    /// size that reach beyond it.
    HeatmapGeometry(int numLayers, int numExperts, QSize area, QMargins margins);
    static QSize minimumArea(int numLayers, int numExperts, QMargins margins);

    int numLayers() const { return numLayers_; }
    int numExperts() const { return numExperts_; }
    QSize cellSize() const { return cell_; }
    QRect grid() const;  ///< all cells and the gaps between groups
    QRect cellRect(ExpertSite site) const;
    /// The cell under a pixel; none in a gap or outside the grid.
    std::optional<ExpertSite> siteAt(QPoint pixel) const;

    int numGroups() const { return (numLayers_ + kGroupSize - 1) / kGroupSize; }
    int layersInGroup(int group) const;
    QRect groupRect(int group) const;

  private:
    int numLayers_ = 0;
    int numExperts_ = 0;
    QSize cell_;
    QPoint origin_;  ///< top left of layer 0, expert 0
};

}  // namespace gatescope

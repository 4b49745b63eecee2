#include "ui/routing/heatmap_geometry.h"

#include <algorithm>

namespace gatescope {
namespace {

// A cell wider than this many heights reads as a bar chart, a taller one as stripes.
constexpr int kWidestShape = 4;
constexpr double kTallestShape = 1.5;

int gapHeight(int numLayers) {
    return (numLayers - 1) / HeatmapGeometry::kGroupSize * HeatmapGeometry::kGroupGap;
}

}  // namespace

HeatmapGeometry::HeatmapGeometry(int numLayers, int numExperts, QSize area, QMargins margins)
    : numLayers_(numLayers), numExperts_(numExperts) {
    if (numLayers <= 0 || numExperts <= 0) {
        numLayers_ = numExperts_ = 0;
        return;
    }
    const int freeWidth = area.width() - margins.left() - margins.right();
    const int freeHeight = area.height() - margins.top() - margins.bottom() - gapHeight(numLayers);
    int width = std::clamp(freeWidth / numExperts, kMinCellWidth, kMaxCellWidth);
    int height = std::clamp(freeHeight / numLayers, kMinCellHeight, kMaxCellHeight);
    width = std::min(width, kWidestShape * height);
    height = std::clamp(static_cast<int>(kTallestShape * width), kMinCellHeight, height);
    cell_ = QSize(width, height);
    const int spareX = std::max(0, freeWidth - width * numExperts);
    const int spareY = std::max(0, freeHeight - height * numLayers);
    origin_ = QPoint(margins.left() + spareX / 2, margins.top() + spareY / 2);
}

QSize HeatmapGeometry::minimumArea(int numLayers, int numExperts, QMargins margins) {
    if (numLayers <= 0 || numExperts <= 0) return {};
    return {margins.left() + margins.right() + numExperts * kMinCellWidth,
            margins.top() + margins.bottom() + numLayers * kMinCellHeight + gapHeight(numLayers)};
}

QRect HeatmapGeometry::grid() const {
    if (numLayers_ == 0) return {};
    return {
        origin_,
        QSize(cell_.width() * numExperts_, cell_.height() * numLayers_ + gapHeight(numLayers_))};
}

QRect HeatmapGeometry::cellRect(ExpertSite site) const {
    const int layer = site.layer.value;
    return {QPoint(origin_.x() + site.expert.value * cell_.width(),
                   origin_.y() + layer * cell_.height() + layer / kGroupSize * kGroupGap),
            cell_};
}

std::optional<ExpertSite> HeatmapGeometry::siteAt(QPoint pixel) const {
    if (!grid().contains(pixel)) return std::nullopt;
    const int groupHeight = kGroupSize * cell_.height() + kGroupGap;
    const int y = pixel.y() - origin_.y();
    const int inGroup = y % groupHeight;
    if (inGroup >= kGroupSize * cell_.height()) return std::nullopt;
    return ExpertSite{{y / groupHeight * kGroupSize + inGroup / cell_.height()},
                      {(pixel.x() - origin_.x()) / cell_.width()}};
}

int HeatmapGeometry::layersInGroup(int group) const {
    return std::min(kGroupSize, numLayers_ - group * kGroupSize);
}

QRect HeatmapGeometry::groupRect(int group) const {
    const QPoint top = cellRect({{group * kGroupSize}, {0}}).topLeft();
    return {top, QSize(cell_.width() * numExperts_, cell_.height() * layersInGroup(group))};
}

}  // namespace gatescope

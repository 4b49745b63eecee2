#pragma once

#include <QPolygonF>
#include <QRect>
#include <optional>
#include <span>
#include <vector>

class QPainter;

namespace gatescope {

class Theme;

/// The lines beside the rows of a heatmap: how a layer's number went over the latest tokens, the
/// newest at the right with a dot, from 0 at the lower edge to `limit` at the upper one, the same
/// for every layer. A faint line at what chance gives, and one at the mean where there is one. Made
/// when the frame or the layout changes, painted in a few batches. UI thread only.
class RowTrails {
  public:
    static constexpr int kWidth = 48;
    struct Scale {
        float limit = 1;
        float chance = 0;
    };

    /// `values`: oldest first, at most RowHistory::kTokens; NaN parts the line.
    void add(const QRect& box,
             std::span<const float> values,
             const Scale& scale,
             std::optional<float> mean);
    void paint(QPainter& painter, const Theme& theme) const;

    /// As drawn, from layer 0 on; a trail with gaps has several.
    const std::vector<QPolygonF>& lines() const { return lines_; }
    const std::vector<QRectF>& dots() const { return dots_; }

    /// Where a value lies; `age` 0 is the newest token.
    static QPointF pointOf(const QRect& box, int age, float value, float limit);

  private:
    std::vector<QRect> grounds_;
    std::vector<QRect> chances_;
    std::vector<QRect> means_;
    std::vector<QPolygonF> lines_;
    std::vector<QRectF> dots_;
};

}  // namespace gatescope

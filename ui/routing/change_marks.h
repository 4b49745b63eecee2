#pragma once

#include <QLineF>
#include <QPainter>
#include <QPolygonF>
#include <QRect>
#include <vector>

#include "ui/routing/cell_change.h"

namespace gatescope {

/// What shows on the heatmap that a cell is changed, as shapes, so that print and colour-blind eyes
/// read them: one stroke through it, routed around (two are an ablated one); arrows to the left and
/// right along its lower edge, swapped; a triangle in its upper right corner, a gate that counts
/// more (up) or less (down); a plus or minus beside it, its logit. Made when the frame changes,
/// drawn in batches.
class ChangeMarks {
  public:
    void clear();
    /// `cell` in the widget's pixels.
    void add(const CellChange& change, const QRect& cell);
    bool empty() const { return strokes_.empty() && filled_.empty() && signs_.empty(); }
    /// `mark` over a line of `edge`: seen on both ends of a colour map. Leaves the brush empty.
    void paint(QPainter& painter, const QColor& mark, const QColor& edge) const;

  private:
    std::vector<QLineF> strokes_;
    std::vector<QPolygonF> filled_;
    std::vector<QLineF> signs_;
};

/// A plate with "k3" in the middle of `area`: so many experts are selected, in all layers or some.
/// 0: any.
void paintTopK(
    QPainter& painter, const QRect& area, const QColor& mark, const QColor& ink, int topK);

}  // namespace gatescope

#pragma once

#include <QList>
#include <QPointF>
#include <vector>

namespace gatescope {

/// At most `maxPoints` points that look like `values` over 0, 1, 2, ...: of each stretch the
/// smallest and the largest value, in their order, so that no peak is lost. NaN values are left
/// out. Requires maxPoints >= 2.
QList<QPointF> decimate(const std::vector<double>& values, int maxPoints);

}  // namespace gatescope

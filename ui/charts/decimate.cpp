#include "ui/charts/decimate.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"

namespace gatescope {

QList<QPointF> decimate(const std::vector<double>& values, int maxPoints) {
    GS_CHECK_LE(2, maxPoints);
    QList<QPointF> points;
    const auto append = [&](std::size_t i) {
        points.append(QPointF(static_cast<double>(i), values[i]));
    };
    if (values.size() <= static_cast<std::size_t>(maxPoints)) {
        for (std::size_t i = 0; i < values.size(); ++i)
            if (!std::isnan(values[i])) append(i);
        return points;
    }
    const auto buckets = static_cast<std::size_t>(maxPoints / 2);
    for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
        const std::size_t end = values.size() * (bucket + 1) / buckets;
        std::size_t low = values.size();
        std::size_t high = values.size();
        for (std::size_t i = values.size() * bucket / buckets; i < end; ++i) {
            if (std::isnan(values[i])) continue;
            if (low == values.size() || values[i] < values[low]) low = i;
            if (high == values.size() || values[i] > values[high]) high = i;
        }
        if (low == values.size()) continue;
        append(std::min(low, high));
        if (low != high) append(std::max(low, high));
    }
    return points;
}

}  // namespace gatescope

#include "ui/statistics/chance_color.h"

#include <algorithm>

#include "ui/routing/color_map.h"

namespace gatescope {

QColor chanceColor(double position) {
    static const ColorMap kMap(ColorMapKind::Difference);
    return QColor::fromRgb(kMap.color(static_cast<float>(position)));
}

double ChanceScale::position(double value) const {
    const double span = value < chance ? chance - low : high - chance;
    return span > 0 ? std::clamp((value - chance) / span, -1.0, 1.0) : 0;
}

}  // namespace gatescope

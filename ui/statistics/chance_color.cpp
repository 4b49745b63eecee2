#include "ui/statistics/chance_color.h"

#include <algorithm>
#include <cmath>

namespace gatescope {
namespace {

struct Ends {
    QColor below;
    QColor middle;
    QColor above;
};

// Light: saturated ends on a pale grey. Dark: light ends on a dark grey, so that "far from chance"
// is always what stands out from the panel.
const Ends kLight{QColor(0x1f, 0x5f, 0xb4), QColor(0xcd, 0xd2, 0xd9), QColor(0xc4, 0x5f, 0x05)};
const Ends kDark{QColor(0x6b, 0xae, 0xff), QColor(0x2a, 0x30, 0x38), QColor(0xff, 0xa6, 0x4d)};

int mixed(int from, int to, double share) {
    return static_cast<int>(std::lround(from + (to - from) * share));
}

}  // namespace

QColor chanceColor(double position, bool dark) {
    const Ends& ends = dark ? kDark : kLight;
    const double p = std::isnan(position) ? 0 : std::clamp(position, -1.0, 1.0);
    const QColor& end = p < 0 ? ends.below : ends.above;
    const double share = std::abs(p);
    return {mixed(ends.middle.red(), end.red(), share),
            mixed(ends.middle.green(), end.green(), share),
            mixed(ends.middle.blue(), end.blue(), share)};
}

double ChanceScale::position(double value) const {
    const double span = value < chance ? chance - low : high - chance;
    return span > 0 ? std::clamp((value - chance) / span, -1.0, 1.0) : 0;
}

}  // namespace gatescope

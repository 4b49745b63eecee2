#include "ui/routing/color_map.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <span>

#include "ui/routing/color_map_tables.h"

namespace gatescope {
namespace {

// Fine enough that the power curve's steep start still reaches every colour of the table; odd, so
// that zero has an entry of its own in the middle of a map of differences.
constexpr int kLookupSize = 4097;

std::span<const std::uint32_t> table(ColorMapKind kind) {
    switch (kind) {
        case ColorMapKind::Cividis:
            return kCividisTable;
        case ColorMapKind::Viridis:
            return kViridisTable;
        case ColorMapKind::Grey:
            return kGreyTable;
        case ColorMapKind::Difference:
            return kDifferenceTable;
    }
    return kCividisTable;
}

double linearised(int channel) {
    const double c = channel / 255.0;
    return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

}  // namespace

ColorMap::ColorMap(ColorMapKind kind, double power, double limit)
    : kind_(kind), power_(power), limit_(limit), lookup_(kLookupSize) {
    const auto colors = table(kind);
    const double last = static_cast<double>(colors.size() - 1);
    const double lowest = hasSign() ? -limit_ : 0;
    for (int i = 0; i < kLookupSize; ++i) {
        const double value =
            lowest + (limit_ - lowest) * static_cast<double>(i) / (kLookupSize - 1);
        lookup_[static_cast<std::size_t>(i)] =
            0xff000000U | colors[static_cast<std::size_t>(std::lround(position(value) * last))];
    }
}

double ColorMap::position(double value) const {
    const double part = std::pow(std::clamp(std::abs(value) / limit_, 0.0, 1.0), power_);
    if (!hasSign()) return value > 0 ? part : 0;
    return 0.5 + std::copysign(part / 2, value);
}

double ColorMap::valueAt(double position) const {
    const double part = hasSign() ? 2 * position - 1 : position;
    return std::copysign(limit_ * std::pow(std::abs(part), 1 / power_), part);
}

QRgb ColorMap::color(float value) const {
    const double part = std::isnan(value) ? 0.0 : static_cast<double>(value) / limit_;
    const double at = hasSign() ? (part + 1) / 2 : part;
    return lookup_[static_cast<std::size_t>(
        std::lround(std::clamp(at, 0.0, 1.0) * (kLookupSize - 1)))];
}

QString colorMapTitle(ColorMapKind kind) {
    switch (kind) {
        case ColorMapKind::Cividis:
            return QCoreApplication::translate("ColorMap", "cividis");
        case ColorMapKind::Viridis:
            return QCoreApplication::translate("ColorMap", "viridis");
        case ColorMapKind::Grey:
            return QCoreApplication::translate("ColorMap", "grey");
        case ColorMapKind::Difference:
            return QCoreApplication::translate("ColorMap", "blue-orange");
    }
    return {};
}

bool needsDarkInk(QRgb color) {
    const double luminance = 0.2126 * linearised(qRed(color)) + 0.7152 * linearised(qGreen(color)) +
                             0.0722 * linearised(qBlue(color));
    // Black and white have the same contrast against luminance 0.179.
    return luminance > 0.179;
}

}  // namespace gatescope

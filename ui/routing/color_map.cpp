#include "ui/routing/color_map.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <span>

#include "ui/routing/color_map_tables.h"

namespace gatescope {
namespace {

// Fine enough that the power curve's steep start still reaches every colour of the table.
constexpr int kLookupSize = 4096;

std::span<const std::uint32_t> table(ColorMapKind kind) {
    switch (kind) {
        case ColorMapKind::Cividis:
            return kCividisTable;
        case ColorMapKind::Viridis:
            return kViridisTable;
        case ColorMapKind::Grey:
            return kGreyTable;
    }
    return kCividisTable;
}

double linearised(int channel) {
    const double c = channel / 255.0;
    return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

}  // namespace

ColorMap::ColorMap(ColorMapKind kind, double power)
    : kind_(kind), power_(power), lookup_(kLookupSize) {
    const auto colors = table(kind);
    const double last = static_cast<double>(colors.size() - 1);
    for (int i = 0; i < kLookupSize; ++i) {
        const double at = position(static_cast<double>(i) / (kLookupSize - 1)) * last;
        lookup_[static_cast<std::size_t>(i)] =
            0xff000000U | colors[static_cast<std::size_t>(std::lround(at))];
    }
}

double ColorMap::position(double value) const {
    return std::pow(std::clamp(value, 0.0, 1.0), power_);
}

QRgb ColorMap::color(float value) const {
    const float inside = value > 0.0F ? std::min(value, 1.0F) : 0.0F;  // NaN compares false: 0
    return lookup_[static_cast<std::size_t>(
        std::lround(static_cast<double>(inside) * (kLookupSize - 1)))];
}

QString colorMapTitle(ColorMapKind kind) {
    switch (kind) {
        case ColorMapKind::Cividis:
            return QCoreApplication::translate("ColorMap", "cividis");
        case ColorMapKind::Viridis:
            return QCoreApplication::translate("ColorMap", "viridis");
        case ColorMapKind::Grey:
            return QCoreApplication::translate("ColorMap", "grey");
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

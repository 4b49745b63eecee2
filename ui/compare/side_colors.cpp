#include "ui/compare/side_colors.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ui/theme/theme.h"

namespace gatescope {
namespace {

/// A colour in Oklab's polar form: hue in radians. Both sides have the same lightness and chroma,
/// so that neither stands out. Source of the space: Ottosson, "A perceptual color space for image
/// processing" (2020).
struct Lch {
    double lightness = 0;
    double chroma = 0;
    double hue = 0;
};

constexpr double kBlueHue = 4.46;
constexpr double kOrangeHue = 1.05;

int channel(double linear) {
    const double c = std::clamp(linear, 0.0, 1.0);
    const double s = c <= 0.0031308 ? 12.92 * c : 1.055 * std::pow(c, 1 / 2.4) - 0.055;
    return static_cast<int>(std::lround(255 * s));
}

QColor toRgb(const Lch& from) {
    const double a = from.chroma * std::cos(from.hue);
    const double b = from.chroma * std::sin(from.hue);
    const double l = std::pow(from.lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
    const double m = std::pow(from.lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
    const double s = std::pow(from.lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
    return {channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
            channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            channel(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

}  // namespace

SideColors sideColors(const Theme& theme, Side side) {
    // Asked for with every token that is painted.
    const auto of = [](double hue) {
        return std::array{SideColors{toRgb({0.47, 0.13, hue}), toRgb({0.94, 0.035, hue})},
                          SideColors{toRgb({0.80, 0.11, hue}), toRgb({0.30, 0.055, hue})}};
    };
    static const std::array kColors{of(kBlueHue), of(kOrangeHue)};
    return kColors[side == Side::A ? 0 : 1][theme.isDark() ? 1 : 0];
}

}  // namespace gatescope

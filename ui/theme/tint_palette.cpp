#include "ui/theme/tint_palette.h"

#include <algorithm>
#include <cmath>

#include "ui/theme/theme.h"

namespace gatescope {
namespace {

constexpr double kLeastContrast = 4.6;  ///< 4.5, and room for rounding to 8 bits
constexpr double kLeastInHighContrast = 7.1;
constexpr double kMostTint = 0.7;

// Okabe and Ito 2008, "Color Universal Design". Their eighth colour is black, which can be no
// ground for dark text: grey stands for it.
constexpr std::array<QRgb, TintPalette::kExpertColors> kOkabeIto{
    0xffe69f00, 0xff56b4e9, 0xff009e73, 0xfff0e442, 0xff0072b2, 0xffd55e00, 0xffcc79a7, 0xff999999};

double luminance(const QColor& color) {
    const auto linear = [](double c) {
        return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) +
           0.0722 * linear(color.blueF());
}

QColor mixed(const QColor& ground, const QColor& color, double part) {
    const auto mix = [part](int from, int to) {
        return static_cast<int>(std::lround(from + (to - from) * part));
    };
    return QColor(mix(ground.red(), color.red()),
                  mix(ground.green(), color.green()),
                  mix(ground.blue(), color.blue()));
}

/// As much of `color` as the text allows.
double mostOf(const QColor& color, const QColor& ground, const Theme& theme) {
    const QColor text = theme.color(ColorRole::Text);
    const double least = theme.isHighContrast() ? kLeastInHighContrast : kLeastContrast;
    double part = kMostTint;
    while (part > 0 && contrastRatio(mixed(ground, color, part), text) < least) part -= 0.01;
    return std::max(0.0, part);
}

}  // namespace

double contrastRatio(const QColor& a, const QColor& b) {
    const double x = luminance(a);
    const double y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

TintPalette::TintPalette(const Theme& theme, const QColor& ground) {
    for (std::size_t i = 0; i < experts_.size(); ++i) {
        const QColor color = QColor::fromRgba(kOkabeIto[i]);
        experts_[i] = mixed(ground, color, mostOf(color, ground, theme));
    }
    const QColor hue = theme.color(ColorRole::Token);
    const double most = mostOf(hue, ground, theme);
    for (int step = 0; step <= kSteps; ++step)
        ramp_[static_cast<std::size_t>(step)] = mixed(ground, hue, most * step / kSteps);
}

const QColor& TintPalette::strength(double strength) const {
    return ramp_[static_cast<std::size_t>(std::lround(std::clamp(strength, 0.0, 1.0) * kSteps))];
}

}  // namespace gatescope

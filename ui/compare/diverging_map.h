#pragma once

#include <QColor>

namespace gatescope {

class Theme;

/// From a number in [-1, 1] to a colour: blue below zero, orange above, grey in the middle, which
/// is near the ground of the theme. Both sides change by the same steps of lightness and
/// colourfulness (interpolated in Oklab), so that equal distances from zero look equally far, also
/// to people who do not see red and green apart. Ends outside take the end's colour, NaN the
/// middle. Source of the space: Ottosson, "A perceptual color space for image processing" (2020).
class DivergingMap {
  public:
    explicit DivergingMap(bool dark) : dark_(dark) {}
    QColor color(double value) const;

  private:
    bool dark_;
};

/// The two sides of a comparison wherever they are named: text and underlines of A and of B, with a
/// contrast of at least 4.5 : 1 on Surface, and their backgrounds.
struct SideColors {
    QColor ink;
    QColor soft;
};
enum class Side { A, B };
SideColors sideColors(const Theme& theme, Side side);

}  // namespace gatescope

#pragma once

#include <QColor>
#include <array>

namespace gatescope {

class Theme;

/// WCAG 2.1 contrast ratio, 1 to 21.
double contrastRatio(const QColor& a, const QColor& b);

/// Grounds for text that is tinted: opaque colours on which the theme's text keeps a contrast of at
/// least 4.5 : 1, light and dark, and of 7 : 1 in high contrast. Made once for a theme and a
/// ground; a value.
class TintPalette {
  public:
    static constexpr int kExpertColors = 8;

    TintPalette() = default;
    /// `ground` is what lies behind untinted text.
    TintPalette(const Theme& theme, const QColor& ground);

    /// The set of Okabe and Ito, which colour-blind eyes keep apart too; from the ninth expert on
    /// colours come again, so their numbers must be shown.
    const QColor& expert(int expert) const {
        return experts_[static_cast<std::size_t>(expert % kExpertColors)];
    }
    /// From the ground itself at 0 to the strongest tint at 1, one hue.
    const QColor& strength(double strength) const;

  private:
    static constexpr int kSteps = 64;
    std::array<QColor, kExpertColors> experts_;
    std::array<QColor, kSteps + 1> ramp_;
};

}  // namespace gatescope

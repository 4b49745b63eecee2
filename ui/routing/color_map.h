#pragma once

#include <QColor>
#include <QString>
#include <vector>

namespace gatescope {

enum class ColorMapKind { Cividis, Viridis, Grey };

/// From a number in [0, 1] to a colour, perceptually even and rising in lightness. The power bends
/// the range (0.5 spreads small values) and is always said in the legend; the range itself never
/// adapts to the data, so that two pictures can be compared. A value type; lookups are one array
/// read. Tables: resources/colormaps/README.md.
class ColorMap {
  public:
    explicit ColorMap(ColorMapKind kind = ColorMapKind::Cividis, double power = 1.0);

    ColorMapKind kind() const { return kind_; }
    double power() const { return power_; }
    /// Values outside [0, 1] take the end's colour, NaN the lower end's.
    QRgb color(float value) const;
    /// Where `value` lies along the map, [0, 1]: value^power.
    double position(double value) const;

  private:
    ColorMapKind kind_;
    double power_;
    std::vector<QRgb> lookup_;  ///< [kLookupSize] colours of evenly spaced values
};

/// For people, translated: "cividis".
QString colorMapTitle(ColorMapKind kind);
/// True where dark marks are easier to see on `color` than light ones (relative luminance, WCAG
/// 2.1).
bool needsDarkInk(QRgb color);

}  // namespace gatescope

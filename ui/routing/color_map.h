#pragma once

#include <QColor>
#include <QString>
#include <vector>

namespace gatescope {

/// Difference is for what has a sign: blue below zero, orange above, zero always mid grey.
enum class ColorMapKind { Cividis, Viridis, Grey, Difference };

/// From a number in [0, limit], or [-limit, limit] for differences, to a colour, perceptually even
/// and rising in lightness. The power bends the range (0.5 spreads small values) and is always said
/// in the legend; the range itself never adapts to the data, so that two pictures can be compared.
/// A value type; lookups are one array read. Tables: resources/colormaps/README.md.
class ColorMap {
  public:
    explicit ColorMap(ColorMapKind kind = ColorMapKind::Cividis,
                      double power = 1.0,
                      double limit = 1.0);

    ColorMapKind kind() const { return kind_; }
    double power() const { return power_; }
    double limit() const { return limit_; }
    bool hasSign() const { return kind_ == ColorMapKind::Difference; }
    /// Values outside the range take the end's colour, NaN that of 0.
    QRgb color(float value) const;
    /// Where `value` lies along the map, [0, 1]: (value / limit)^power, for differences from the
    /// middle to both sides.
    double position(double value) const;
    double valueAt(double position) const;  ///< the other way round

    friend bool operator==(const ColorMap& a, const ColorMap& b) {
        return a.kind_ == b.kind_ && a.power_ == b.power_ && a.limit_ == b.limit_;
    }

  private:
    ColorMapKind kind_;
    double power_;
    double limit_;
    std::vector<QRgb> lookup_;  ///< [kLookupSize] colours of evenly spaced values
};

/// For people, translated: "cividis".
QString colorMapTitle(ColorMapKind kind);
/// True where dark marks are easier to see on `color` than light ones (relative luminance, WCAG
/// 2.1).
bool needsDarkInk(QRgb color);

}  // namespace gatescope

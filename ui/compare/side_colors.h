#pragma once

#include <QColor>

namespace gatescope {

class Theme;

/// The two sides of a comparison wherever they are named: text and underlines of A and of B, with a
/// contrast of at least 4.5 : 1 on Surface, and their backgrounds. Blue and orange, as the ends of
/// ColorMapKind::Difference.
struct SideColors {
    QColor ink;
    QColor soft;
};
enum class Side { A, B };
SideColors sideColors(const Theme& theme, Side side);

}  // namespace gatescope

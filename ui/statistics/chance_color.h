#pragma once

#include <QColor>

namespace gatescope {

/// Where a value stands against chance, as a colour of the heatmap's map of differences: -1 blue (as
/// far below as the scale goes), 0 mid grey, 1 orange, on dark and on light alike. NaN is 0.
QColor chanceColor(double position);

/// A scale that two pictures share: fixed by the statistic, never by the data.
struct ChanceScale {
    double low = 0;
    double chance = 0;
    double high = 1;
    /// -1 to 1, 0 at chance; values beyond the ends take the end's.
    double position(double value) const;
};

}  // namespace gatescope

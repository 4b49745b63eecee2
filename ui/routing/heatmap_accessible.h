#pragma once

namespace gatescope {

/// Makes every HeatmapWidget appear to assistive technology as a table of named cells. Call once or
/// often; UI thread.
void installHeatmapAccessibility();

}  // namespace gatescope

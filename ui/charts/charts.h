#pragma once

#include <memory>
#include <vector>

#include "ui/statistics/chart_panel.h"

namespace gatescope {

/// All docks that Qt Charts draws, in the order the window shows them. Defined by
/// gatescope_ui_charts; the program that links it hands them to MainWindow.
std::vector<std::unique_ptr<ChartPanel>> makeCharts(const ViewContext& context);

}  // namespace gatescope

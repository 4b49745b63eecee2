#include "ui/charts/chart_panel.h"

#include "ui/charts/entropy_chart.h"
#include "ui/charts/load_chart.h"

namespace gatescope {

std::vector<std::unique_ptr<ChartPanel>> makeCharts(EngineBridge& bridge,
                                                    Selection& selection,
                                                    Theme& theme) {
    std::vector<std::unique_ptr<ChartPanel>> charts;
    charts.push_back(std::make_unique<LoadChart>(bridge, selection, theme));
    charts.push_back(std::make_unique<EntropyChart>(bridge, selection, theme));
    return charts;
}

}  // namespace gatescope

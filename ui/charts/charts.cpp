#include "ui/charts/charts.h"

#include "ui/charts/entropy_chart.h"
#include "ui/charts/load_chart.h"

namespace gatescope {

std::vector<std::unique_ptr<ChartPanel>> makeCharts(const ViewContext& context) {
    std::vector<std::unique_ptr<ChartPanel>> charts;
    charts.push_back(std::make_unique<LoadChart>(context));
    charts.push_back(std::make_unique<EntropyChart>(context));
    return charts;
}

}  // namespace gatescope

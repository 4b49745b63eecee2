#include "ui/inspection/attention_panel.h"
#include "ui/statistics/chart_panel.h"
#include "ui/statistics/coactivation_panel.h"
#include "ui/statistics/contrast_panel.h"
#include "ui/statistics/domain_panel.h"
#include "ui/statistics/transition_panel.h"
#include "ui/statistics/vocabulary_panel.h"

namespace gatescope {

std::vector<std::unique_ptr<ChartPanel>> makeStatisticsPanels(const ViewContext& context) {
    std::vector<std::unique_ptr<ChartPanel>> panels;
    panels.push_back(std::make_unique<CoactivationPanel>(context));
    panels.push_back(std::make_unique<TransitionPanel>(context));
    panels.push_back(std::make_unique<DomainPanel>(context));
    panels.push_back(std::make_unique<VocabularyPanel>(context));
    panels.push_back(std::make_unique<ContrastPanel>(context));
    panels.push_back(std::make_unique<AttentionPanel>(context));
    return panels;
}

}  // namespace gatescope

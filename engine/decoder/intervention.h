#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/ids.h"
#include "engine/model/model_config.h"

namespace gatescope {

/// Adds `amount` to one router logit before the softmax.
struct ExpertBias {
    ExpertSite site;
    float amount = 0;
    friend bool operator==(const ExpertBias&, const ExpertBias&) = default;
};

/// What the user changes about routing. Applied inside the router in this order:
/// bias (logits) -> softmax over all experts -> top-k -> force -> gates -> ablate.
///  - bias   changes the router probabilities themselves.
///  - topK   0 keeps the model's own numSelected.
///  - force  a forced expert is always selected; it takes the place of the weakest selected expert
///  that is
///           not forced itself. Its gate is its own router probability.
///  - ablate the expert's contribution is zero: router probabilities and the selection stay as they
///  were,
///           its gate becomes 0, and no other expert takes its place.
///  - renormalise divides the gates of a token by their sum, before ablation (llama.cpp's rule).
struct InterventionSet {
    std::vector<ExpertSite> ablate;
    std::vector<ExpertSite> force;
    std::vector<ExpertBias> bias;
    int topK = 0;
    bool renormalise = false;

    bool empty() const {
        return ablate.empty() && force.empty() && bias.empty() && topK == 0 && !renormalise;
    }
    int numSelected(const ModelConfig& config) const {
        return topK > 0 ? topK : config.numSelected;
    }
    friend bool operator==(const InterventionSet&, const InterventionSet&) = default;
};

/// "L:E" and "L:E:X" as command line and tours write them. Throws Error(BadUsage) saying what was
/// expected.
ExpertSite parseExpertSite(std::string_view text);
ExpertBias parseExpertBias(std::string_view text);
std::string toString(const ExpertSite& site);  ///< "3:5"
std::string toString(const ExpertBias& bias);  ///< "3:5:1.5"

/// Throws Error(BadUsage) if a layer, expert or top-k lies outside the model, or more experts are
/// forced in a layer than are selected.
void validate(const InterventionSet& interventions, const ModelConfig& config);

}  // namespace gatescope

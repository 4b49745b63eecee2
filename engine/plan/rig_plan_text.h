#pragma once

#include <cstdint>
#include <string>

#include "engine/plan/rig_plan.h"

namespace gatescope {

/// "335.4 GB", "12.9 MB": 1 GB = 1e9 bytes, as rates are told.
std::string inGB(std::uint64_t bytes);
/// Three digits: "192 tokens/s", "0.0192 tokens/s", "15432 tokens/s".
std::string rateText(double tokensPerS);

/// The plan as a picture of text for a terminal of 100 columns: what lies where, what a token
/// takes, why, what came second, and what other types would bring. Ends with a line's end.
std::string planPicture(const RigPlan& plan, const ModelConfig& config);

}  // namespace gatescope

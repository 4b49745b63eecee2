#pragma once

#include <string>
#include <vector>

#include "engine/comparison/seed_run.h"

namespace gatescope::cli {

/// Four lines for people.
std::string seedsText(const std::vector<SeedOutcome>& outcomes);
/// {"interventions", "synthetic", "seeds": [...], "summary": {...}}.
std::string seedsJson(const std::vector<SeedOutcome>& outcomes,
                      const std::vector<std::string>& interventions,
                      bool synthetic);

}  // namespace gatescope::cli

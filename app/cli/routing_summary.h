#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/routing/routing_stats.h"

namespace gatescope::cli {

/// Per layer: load shares, mean entropy, margin and routed mass; beside them what chance would
/// give.
nlohmann::ordered_json routingJson(const RoutingStats& stats);

/// One line: the busiest expert and its share against chance, mean entropy and margin over all
/// layers.
std::string routingLine(const RoutingStats& stats);

}  // namespace gatescope::cli

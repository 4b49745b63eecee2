#pragma once

#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>

#include "engine/model/model_source.h"

namespace gatescope::cli {

// What `info` adds: --tensors, --routers, --histogram. For people, or as JSON.

void printTensors(const ModelSource& source);
nlohmann::ordered_json tensorsJson(const ModelSource& source);

/// Of all layers. Returns false when interrupted.
bool printRouters(const ModelSource& source, const std::stop_token& stop);
/// Null when interrupted.
nlohmann::ordered_json routersJson(const ModelSource& source, const std::stop_token& stop);

/// Of the parameter with this path (as --tensors --json lists them under "parameters"). Null when
/// interrupted. Throws Error(BadUsage) for one that there is not.
nlohmann::ordered_json histogramJson(const ModelSource& source,
                                     const std::string& path,
                                     const std::stop_token& stop);
/// Returns false when interrupted.
bool printHistogram(const ModelSource& source,
                    const std::string& path,
                    const std::stop_token& stop);

}  // namespace gatescope::cli

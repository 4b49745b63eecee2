#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/offload/routing_replay.h"
#include "engine/routing/routing_trace.h"
#include "engine/store/conversation.h"

namespace gatescope::cli {

/// Which conversations caches are tried on, or heat is learnt from.
struct ReplayRequest {
    std::vector<std::string> recordings;           ///< .gscope files
    std::optional<std::filesystem::path> library;  ///< library.sqlite: all conversations in it
    Population counted = Population::All;
    bool withInterventions = true;  ///< with the messages that were computed under interventions
};

/// Of each conversation the branch shown last; tokens without routing are left out.
struct Replayed {
    RoutingReplay replay;
    ModelFacts facts;     ///< of the first
    int numSelected = 0;  ///< the most that any layer of any token selects
    int skipped = 0;      ///< conversations of the library of another model, or without routing
};

/// Recordings must be of one model; of a library's conversations those of another are skipped (the
/// model is that of the first recording, else of the first conversation with routing). Throws
/// Error(BadInput) for a file that is no recording, has no routing, or is of another model,
/// Error(BadUsage) where there is nothing to replay.
Replayed readReplay(const ReplayRequest& request);

/// "generated", "prompt", "all"
Population populationNamed(const std::string& name);

/// The folder of a profile: `dir`, or where the window keeps its own if that is empty.
/// Source: freedesktop.org, XDG Base Directory Specification 0.8.
std::filesystem::path profileFolder(const std::string& dir);

}  // namespace gatescope::cli

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/generation/generation.h"
#include "engine/store/conversation.h"

namespace gatescope::cli {

/// A reply of a recorded branch, and all that made it.
struct RecordedReply {
    int message = 0;                    ///< index along the branch
    std::vector<PromptSegment> prompt;  ///< every token before it, a segment a message
    std::vector<TokenId> ids;           ///< what was generated
    SamplerConfig sampler;
    int drawsBefore = 0;
    InterventionSet interventions;
};

/// What a manifest says of the run it stands beside (recording.h, manifest.json).
struct RunManifest {
    std::string application;
    std::string model;  ///< as given to load
    ModelFacts facts;
    std::vector<RecordedReply> replies;
};

/// Of a recording (.gscope; the branch shown last), or of a manifest or JSON export of one.
/// Throws Error(BadInput) naming `file` and what is wrong there.
RunManifest readRunManifest(const std::filesystem::path& file);

}  // namespace gatescope::cli

#pragma once

#include <string>
#include <variant>

#include "engine/comparison/score.h"
#include "engine/decoder/decoder.h"
#include "engine/generation/generation.h"
#include "engine/inspection/attention_map.h"
#include "engine/inspection/token_inspection.h"

namespace gatescope {

// Plain values that cross from the thread that commands to the engine thread. event.h is the way
// back.

struct LoadCommand {
    std::string model;
    DecoderOptions options;
};
struct UnloadCommand {};
struct SubmitCommand {
    GenerationRequest request;
};
struct InspectCommand {
    InspectionRequest request;
};

struct MapAttentionCommand {
    AttentionMapRequest request;
};

struct ScoreCommand {
    ScoreRequest request;
};

using Command = std::variant<LoadCommand,
                             UnloadCommand,
                             SubmitCommand,
                             InspectCommand,
                             MapAttentionCommand,
                             ScoreCommand>;

}  // namespace gatescope

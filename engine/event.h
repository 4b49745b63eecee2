#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/comparison/score.h"
#include "engine/error.h"
#include "engine/error_codes.h"
#include "engine/generation/generation.h"
#include "engine/ids.h"
#include "engine/inspection/attention_map.h"
#include "engine/inspection/token_inspection.h"
#include "engine/model/model_source.h"
#include "engine/plan/memory_plan.h"
#include "engine/routing/routing_record.h"
#include "engine/sampling/token_alternatives.h"

namespace gatescope {

class Tokenizer;

/// Everything a front end wants to know of the model in use. Published once, immutable.
struct ModelInfo {
    std::string model;   ///< as given to load: path or synthetic:...
    std::string name;    ///< short, for a title
    std::string format;  ///< ModelSource::format()
    bool synthetic = false;
    ModelConfig config;
    std::vector<TensorInfo> tensors;
    std::uint64_t totalBytes = 0;
    std::uint64_t weightBytesPerToken = 0;
    std::string decoder;  ///< "cpu", ...
    std::string device;
    std::string precision;  ///< "f32", "bf16", "int8", "mixed"
    int threads = 0;
    int numRanks = 1;            ///< tensor parallel, see DecoderOptions::ranks
    int contextCapacity = 0;     ///< tokens of KV cache: a prompt and its reply fit in this
    MemoryPlan plan;             ///< where everything lies, and why
    bool fromStartCopy = false;  ///< its weights are mapped from its start copy
    std::string note;            ///< a sentence about the load for the user; mostly empty
    std::string fingerprint;  ///< modelFingerprint(), once all is loaded; empty where not to be had
    std::shared_ptr<const Tokenizer> tokenizer;  ///< null: the model has none
};

// Plain values that cross from the engine thread to the one that polls. Each names the load or
// generation it belongs to, so that a late one can be told from the current one.

struct LoadProgressed {
    LoadProgress progress;
};
/// The model can be used. It may still be being read: then generations wait for the layers they
/// need, LoadProgressed goes on, and ModelLoaded comes later.
struct ModelUsable {
    std::shared_ptr<const ModelInfo> model;
};
/// Everything is in place, and `model` knows its fingerprint.
struct ModelLoaded {
    std::shared_ptr<const ModelInfo> model;
    std::chrono::microseconds loadTime{0};
};
struct LoadCancelled {};
/// The model in use is gone, its memory given back: by unload(), because a load begins, or because
/// its own load did not come to an end.
struct ModelUnloaded {};

/// The prompt's ids, one list a segment, known before the first is computed.
struct PromptEncoded {
    GenerationId generation = 0;
    std::vector<std::vector<TokenId>> segments;
    int reusedTokens = 0;
};
/// Prompt tokens known so far, with the routing of those of this chunk. The first chunk holds the
/// tokens found in the KV cache, with the routing they had: all chunks together cover the prompt.
struct PrefillProgressed {
    GenerationId generation = 0;
    int firstPosition = 0;  ///< of `routing`, counted from the start of the prompt
    std::vector<RoutingRecordPtr> routing;
    int done = 0;
    int total = 0;
};
/// One generated token, sent when its own routing is known (it has gone through the model).
struct TokenGenerated {
    GenerationId generation = 0;
    TokenId token = 0;
    std::string text;  ///< UTF-8 that became complete with this token; may be empty
    float logProb = 0;
    TokenAlternativesPtr alternatives;  ///< what might have come; null: not known
    RoutingRecordPtr routing;
    std::chrono::microseconds decodeTime{0};
    bool drafted = false;  ///< guessed and verified with the token before it: no step of its own
};
struct GenerationFinished {
    GenerationId generation = 0;
    FinishReason reason = FinishReason::MaxTokens;
    std::string trailingText;  ///< what an unfinished character left
    GenerationTimings timings;
    BranchMemoryUse branches;  ///< as this generation left it
};
/// A token was looked into. Null: stopped, or it failed.
struct TokenInspected {
    GenerationId id = 0;
    TokenInspectionPtr inspection;
};
/// Where a head looked was computed. Null: stopped, or it failed.
struct AttentionMapped {
    GenerationId id = 0;
    AttentionMapPtr map;
};
/// A chunk of a ScoreRequest.
struct PositionsScored {
    GenerationId id = 0;
    int first = 0;  ///< position of the first one in the sequence
    std::vector<PositionScore> positions;
    int total = 0;  ///< length of the sequence
};
enum class ScoreEnd { Done, Stopped, Failed };
/// The last event of a ScoreRequest; Failed: an EngineFailed event has said why.
struct ScoreFinished {
    GenerationId id = 0;
    ScoreEnd end = ScoreEnd::Done;
};
/// A command failed; the engine goes on. `generation` is 0 when it was a load.
/// A failed generation is followed by its GenerationFinished with FinishReason::Failed (a score by
/// its ScoreFinished, an inspection by its TokenInspected or AttentionMapped), and by
/// ModelUnloaded where `state` says that the model did not survive it.
struct EngineFailed {
    GenerationId generation = 0;
    ErrorKind kind = ErrorKind::BadInput;
    std::string message;
    FaultState state = FaultState::RequestFailed;
};

using Event = std::variant<LoadProgressed,
                           ModelUsable,
                           ModelLoaded,
                           LoadCancelled,
                           ModelUnloaded,
                           PromptEncoded,
                           PrefillProgressed,
                           TokenGenerated,
                           GenerationFinished,
                           TokenInspected,
                           AttentionMapped,
                           PositionsScored,
                           ScoreFinished,
                           EngineFailed>;

}  // namespace gatescope

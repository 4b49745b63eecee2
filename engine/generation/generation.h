#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/decoder/intervention.h"
#include "engine/ids.h"
#include "engine/sampling/sampler.h"

namespace gatescope {

/// Chosen by whoever submits, so that events can be told apart; 0 is never used.
using GenerationId = std::uint64_t;

/// A stretch of the prompt: text to encode, or ids that are already known (an earlier reply keeps
/// exactly the tokens it was generated with). `interventions` are those in force when it was first
/// computed, so that a conversation computed again after a restart routes as it did.
struct PromptSegment {
    std::string text;  ///< used when `tokens` is empty
    std::vector<TokenId> tokens;
    InterventionSet interventions;
};

struct GenerationRequest {
    GenerationId id = 0;
    std::vector<PromptSegment>
        prompt;  ///< the first text is a document's start, later ones continue it
    InterventionSet interventions;  ///< in force for the generated tokens that its scope holds
    SamplerConfig sampler;
    int drawsBefore = 0;  ///< tokens of the prompt's end that the reply began with: its seed goes
                          ///< on behind theirs, as if it had never been cut
    int maxTokens = 256;
    std::vector<std::string> stopStrings;  ///< end the reply; not part of it
    bool stopAtEos = true;
    /// Drafts tokens by prompt lookup and verifies several in one step, where that pays. The reply
    /// is the same token for token.
    bool speculate = false;
    /// What a prompt that leaves no room does: it is refused, never cut silently.
};

enum class FinishReason {
    EndOfText,   ///< the model produced EOS
    StopString,  ///< the reply reached a stop string
    MaxTokens,
    ContextFull,
    Stopped,  ///< the user stopped it
    Failed,   ///< an EngineFailed event says why
};
std::string_view name(FinishReason reason);  ///< "eos", "stop_string", "max_tokens",
                                             ///< "context_full", "stopped", "failed"

/// Memory for branches that are not in the KV cache (BranchMemory).
struct BranchMemoryUse {
    int tokens = 0;                ///< that would not have to be computed again
    std::uint64_t bytes = 0;       ///< taken so far; used again, given back with the model
    std::uint64_t boundBytes = 0;  ///< never more than this
};

/// What speculation did. Tokens that were drafted and wrong appear nowhere else.
struct SpeculationCounts {
    int drafted = 0;
    int accepted = 0;  ///< of these, right: part of the reply
};

/// Where the time went. Measured on the monotonic clock.
struct GenerationTimings {
    int promptTokens = 0;
    int reusedTokens = 0;    ///< of the prompt, not computed again
    int restoredTokens = 0;  ///< of these, brought back from a branch put aside
    int generatedTokens = 0;
    /// With what it takes to change the branch, and the wait for a model that is still being read.
    std::chrono::microseconds prefill{0};
    std::chrono::microseconds timeToFirstToken{0};
    std::chrono::microseconds decode{0};  ///< all steps behind the first token
    /// Of decode, the steps that computed one token each: what speculation does not change.
    std::chrono::microseconds plainDecode{0};
    int plainTokens = 0;
    SpeculationCounts speculation;
};

}  // namespace gatescope

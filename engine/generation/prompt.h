#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/generation/generation.h"
#include "engine/model/model_config.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope {

/// A request's prompt as the decoder will see it.
struct EncodedPrompt {
    std::vector<std::vector<TokenId>> segments;  ///< the ids of each segment of the request
    std::vector<TokenId> tokens;                 ///< all segments joined
    /// [tokens] what was in force at each, without a scope; tokens of one segment share theirs.
    std::vector<std::shared_ptr<const InterventionSet>> interventions;
};

/// Encodes the text segments: with encode() where nothing stands before, else with
/// encodeContinuation(). `tokenizer` may be null as long as no segment needs it.
/// A text of which no cut could fit `capacity` tokens is refused without being encoded: that would
/// take a second a megabyte, in which nothing can be cancelled.
/// Throws Error(BadUsage) for such a text, an empty prompt, an id outside the vocabulary, an
/// intervention outside the model, or text without a tokenizer.
EncodedPrompt encodePrompt(std::span<const PromptSegment> segments,
                           const Tokenizer* tokenizer,
                           const ModelConfig& config,
                           int capacity);

/// Where the next batch of a prompt ends that begins at token `begin`: a batch has one set of
/// interventions, and at most `most` tokens. Requires begin < tokens, most >= 1.
std::size_t endOfBatch(const EncodedPrompt& prompt, std::size_t begin, std::size_t most);

}  // namespace gatescope

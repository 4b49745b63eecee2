#pragma once

#include <cstddef>
#include <span>

#include "engine/decoder/decoder.h"
#include "engine/generation/prompt.h"

namespace gatescope {

// What every look inside the model asks of its request and of the numbers it gets.

/// Throws Error(BadUsage) for a head that the model does not have.
void checkHead(AttentionHead head, const ModelConfig& config);

/// encodePrompt(), which must fit the context: throws Error(BadUsage) where it does not.
EncodedPrompt encodeForInspection(std::span<const PromptSegment> segments,
                                  const Tokenizer* tokenizer,
                                  const ModelConfig& config,
                                  int capacity);

/// Throws Error(DeviceFault) when a batch that began with token `firstToken` gave NaN or infinity.
void requireFinite(const StepOutput& out, const ModelConfig& config, std::size_t firstToken);

}  // namespace gatescope

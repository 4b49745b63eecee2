#pragma once

#include <optional>
#include <stop_token>

#include "engine/decoder/decoder.h"
#include "engine/generation/sequence.h"
#include "engine/inspection/token_inspection.h"

namespace gatescope {

/// Computes the last step of `request.prompt` once more and looks into it. What `sequence` held is
/// put aside, as when a branch is changed, so nothing has to be computed again afterwards. Takes a
/// step, and the products of all parts and layers with the unembedding, some rows at a time: memory
/// grows with the vocabulary, not with the layers. Empty: stopped.
/// Throws Error(BadUsage) for a request that makes no sense or does not fit, Error(DeviceFault)
/// when numbers are not finite, and what the decoder throws.
std::optional<TokenInspection> inspectToken(Decoder& decoder,
                                            Sequence& sequence,
                                            const Tokenizer* tokenizer,
                                            const InspectionRequest& request,
                                            const std::stop_token& stop);

}  // namespace gatescope

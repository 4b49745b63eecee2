#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/draw_token.h"
#include "kernels/cuda/rank_tokens.h"
#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// What a step gives, where the host can read it while later steps run.
struct PublishedStep {
    unsigned number = 0;  ///< of the draw, from 1; written when all the rest is there
    std::int32_t token = 0;
    float logProb = 0;
    float entropy = 0;
    LikelyTokens likely;
    static constexpr std::size_t kResultsAt = 192;  ///< bytes from here to the results
};

/// Puts what state and likely say of the last draw, and `bytes` of the results of the step before
/// it, into slot (numDrawn - 1) mod numSlots of a ring in pinned host memory. Requires results and
/// slots aligned to 16 bytes, bytes and slotBytes multiples of 16.
struct PublishStep {
    const DrawState* state = nullptr;
    const LikelyTokens* likely = nullptr;
    const std::byte* results = nullptr;
    std::size_t bytes = 0;
    std::byte* slots = nullptr;  ///< [numSlots, slotBytes] each a PublishedStep, results behind it
    std::size_t slotBytes = 0;
    int numSlots = 0;
};
int publishStep(const PublishStep& op, Stream stream);

}  // namespace gatescope::kernels::cuda

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/draw_token.h"
#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// What the model itself held likely where a token was drawn, whatever penalty and filters did.
/// Engine: TokenAlternatives.
struct LikelyTokens {
    static constexpr int kMost = 20;
    int count = 0;                    ///< 0: some logit was no number
    int rank = 0;                     ///< of the token that was drawn, 1: the likeliest
    std::int32_t tokens[kMost] = {};  ///< likeliest first, the lower id on a tie
    float logProbs[kMost] = {};       ///< natural logs
};

/// Blocks that each find the best of their tokens.
inline constexpr int kMostRankBlocks = 128;

/// Of the logits that the last token was drawn from, before any others come.
struct RankTokens {
    const float* logits = nullptr;  ///< [vocabSize]
    int vocabSize = 0;
    const DrawState* state = nullptr;  ///< behind that draw
    Weight* candidates = nullptr;      ///< [kMostRankBlocks, LikelyTokens::kMost] scratch
    unsigned* better = nullptr;        ///< scratch: 0 between calls
    LikelyTokens* likely = nullptr;    ///< out
};
int rankTokens(const RankTokens& op, Stream stream);

}  // namespace gatescope::kernels::cuda

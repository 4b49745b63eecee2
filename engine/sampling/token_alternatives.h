#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/ids.h"

namespace gatescope {

/// What the model itself held likely in a token's place: its softmax at temperature 1, before any
/// penalty or filter of the sampler. Immutable once published.
struct TokenAlternatives {
    static constexpr int kMost = 20;

    /// [at most kMost] likeliest first, the lower id on a tie; all of a smaller vocabulary.
    std::vector<TokenId> tokens;
    std::vector<float> logProbs;  ///< [as many] natural logs
    float entropy = 0;            ///< of the whole vocabulary, in bits
    int rank = 0;                 ///< of the token that came, 1: the likeliest

    /// What greedy sampling would have taken.
    TokenId predicted() const { return tokens.front(); }
    friend bool operator==(const TokenAlternatives&, const TokenAlternatives&) = default;
};

/// Never without a token.
using TokenAlternativesPtr = std::shared_ptr<const TokenAlternatives>;

struct SampledToken {
    TokenId token = 0;
    float logProb = 0;  ///< natural log of the model's own probability, before any of the filters
    /// Null where logits are not finite, or nobody has told.
    TokenAlternativesPtr alternatives;
};

/// `token`, with all that logits [vocabSize], which are finite, say of it. Its twin on a GPU:
/// kernels/cuda/rank_tokens.cu.
SampledToken sampledToken(std::span<const float> logits, TokenId token);

}  // namespace gatescope

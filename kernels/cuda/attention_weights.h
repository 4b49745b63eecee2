#pragma once

#include <cstdint>

#include "kernels/cuda/kv_cache.h"
#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// What attention weighs the values with, for one query head: the softmax that decodeAttention()
/// and prefillAttention() have, of each token over all positions up to its own. For people who look
/// at it: it reads the keys once more.
struct AttentionWeights {
    const float* query = nullptr;  ///< [numTokens, numQHeads, headSize], turned by their positions
    KvLayer cache;
    const std::uint8_t* visible = nullptr;  ///< [cache.capacity] 0: padding
    const int* position = nullptr;          ///< of token 0
    int numTokens = 0;
    int numQHeads = 0;
    int head = 0;
    float scale = 1;
    float cap = 30;
    int numKeys = 0;       ///< a row of `out`; at least what the last token sees
    float* out = nullptr;  ///< [numTokens, numKeys] out; 0 behind a token's own position
};
/// Bytes moved: the keys of a KV head for each token. Requires headSize a multiple of 4.
/// Source: xai-org/grok-1 model.py, MultiHeadAttention.
int attentionWeights(const AttentionWeights& op, Stream stream);

}  // namespace gatescope::kernels::cuda

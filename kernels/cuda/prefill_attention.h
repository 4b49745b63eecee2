#pragma once

#include <cstdint>

#include "kernels/cuda/kv_cache.h"
#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// decodeAttention for all tokens of a chunk, whose keys and values are in the cache: token t is at
/// *position + t and sees the keys at 0 ... *position + t. The same formula and the same padding;
/// the sums are taken in another order. What a token gets depends neither on the rest of its chunk
/// nor on where that begins, as long as the values are finite: an infinite one also spoils tokens
/// of its tile that come before it. Requires headSize a multiple of 4 and at most 128, query and
/// out aligned to 16 bytes.
struct PrefillAttention {
    const float* query = nullptr;  ///< [numTokens, numQHeads, headSize], turned by its position
    KvLayer cache;
    const std::uint8_t* visible = nullptr;  ///< [cache.capacity] 0: padding
    const int* position = nullptr;          ///< of the first token
    int numTokens = 0;
    int numQHeads = 0;
    float scale = 1;
    float cap = 30;
    float* out = nullptr;  ///< [numTokens, numQHeads, headSize] out
};
/// Bytes moved: keys and values of the positions, once for each 16 rows of queries that share their
/// KV head (a row: one token, one head); no scratch.
/// Source: xai-org/grok-1 model.py, MultiHeadAttention; the tiles: Dao et al., FlashAttention
/// (2022).
int prefillAttention(const PrefillAttention& op, Stream stream);

}  // namespace gatescope::kernels::cuda

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/kv_head.h"

namespace gatescope::kernels {

/// Positions that one part covers. Fixed, so that results depend on no number of threads.
inline constexpr int kAttentionBlock = 128;

/// Scores are at most this much, so that the sums of their exponentials need no largest score taken
/// off: e^60 times a million keys is far from what f32 holds, and e^-60 from what it loses.
inline constexpr float kLargestCap = 60;

/// What the keys of one block, or of several, give a query; parts are added in the order of their
/// blocks.
///   floats 0 ... valueWidth - 1   sum of e^score * value
///   float valueWidth              sum of e^score
constexpr std::size_t attentionPartFloats(int headSize) {
    return static_cast<std::size_t>(valueWidth(headSize)) + kKeyPanel;  // whole cache lines
}

/// One query head over the keys at positions 0 ... numKeys - 1.
struct AttentionQuery {
    const float* query = nullptr;  ///< [headSize], turned by its position
    int numKeys = 0;
    float* part = nullptr;  ///< [attentionPartFloats] out
};

/// What every query of a call shares.
struct AttentionRules {
    const std::uint8_t* visible = nullptr;  ///< [capacity] 0: padding, weighs nothing
    float scale = 1;                        ///< on q.k, before the cap
    float cap = 30;                         ///< cap * tanh(score / cap); at most kLargestCap
};

/// The part of block `block`, positions block * kAttentionBlock ..., for each of `count` queries,
/// which see at least one of them. Keys and values are read once for up to four queries, so give
/// it all heads of a group. A part does not depend on what other queries there are.
/// Where no key is visible the values are averaged.
/// Bytes moved: the keys and values of the block.
/// Source: xai-org/grok-1 model.py, MultiHeadAttention.
void attendBlock(const KvHead& head,
                 const AttentionRules& rules,
                 int block,
                 const AttentionQuery* queries,
                 int count);

/// Adds the part of the next block to `sum`.
void addPart(const float* part, int headSize, float* sum);

/// output[i] = sum over the keys of softmax * value
///   output  [headSize]
void finishPart(const float* sum, int headSize, float* output);

}  // namespace gatescope::kernels

#pragma once

#include <cstdint>

#include "kernels/cuda/kv_cache.h"
#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// Floats of a head's part of a split: the sums of its values, that of its weights, and room that
/// keeps the next one aligned.
constexpr int attentionPartWidth(int headSize) {
    return headSize + 4;
}

/// Attention of one token over all positions up to its own:
/// out[h] = sum over the keys of softmax(cap * tanh(scale * q.k / cap)) * value.
/// Padding weighs e^-80, as in kernels/cpu/attention.cpp; scores are at most kernels::kLargestCap,
/// so no largest one is taken off. The positions are cut into `numSplits` parts that are added in
/// their order, so results do not depend on which block is done first; where there are few
/// positions, less are used. Requires headSize a multiple of 4 and at most 128.
struct DecodeAttention {
    const float* query = nullptr;  ///< [numQHeads, headSize], turned by its position
    KvLayer cache;
    const std::uint8_t* visible = nullptr;  ///< [cache.capacity] 0: padding
    const int* position = nullptr;
    int token = 0;  ///< is at *position + token: the last key it sees
    int numQHeads = 0;
    int numSplits = 1;
    float scale = 1;
    float cap = 30;
    float* parts = nullptr;       ///< [numQHeads, numSplits, attentionPartWidth(headSize)] scratch
    unsigned* tickets = nullptr;  ///< [numQHeads] zero before, zero again afterwards
    float* out = nullptr;         ///< [numQHeads, headSize] out
};
/// Bytes moved: keys and values of the positions, once.
/// Source: xai-org/grok-1 model.py, MultiHeadAttention; the split: Dao et al., Flash-Decoding
/// (2023).
int decodeAttention(const DecodeAttention& op, Stream stream);

}  // namespace gatescope::kernels::cuda

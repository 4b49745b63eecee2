#pragma once

#include <cstdint>

namespace gatescope::kernels {

/// One query head over the keys it may see.
struct AttentionHead {
    const float* query = nullptr;           ///< [headSize], turned by its position
    const float* keys = nullptr;            ///< [numKeys, headSize], turned by their positions
    const float* values = nullptr;          ///< [numKeys, headSize]
    const std::uint8_t* visible = nullptr;  ///< [numKeys] 0: padding, its score is -1e30
    int numKeys = 0;
    int headSize = 0;
    float scale = 1;  ///< on q.k, before the cap
    float cap = 30;   ///< cap * tanh(score / cap)
};

/// output = softmax(cap * tanh(scale * q.k / cap)) . values
///   scores  [numKeys]   scratch
///   output  [headSize]
/// Where no key is visible all scores are equal and the values are averaged. Requires numKeys >= 1.
/// Source: xai-org/grok-1 model.py, MultiHeadAttention.
void attendHead(const AttentionHead& in, float* scores, float* output);

}  // namespace gatescope::kernels

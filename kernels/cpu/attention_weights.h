#pragma once

#include "kernels/cpu/attention.h"

namespace gatescope::kernels {

/// What attendBlock() weighs the values with, for one query head over the keys at positions 0 ...
/// numKeys - 1: their softmax. For people who look at it, so it is written plainly and reads the
/// keys once more.
///   query    [headSize], turned by its position
///   weights  [numKeys] out; the sum is 1
/// Bytes moved: the keys.
/// Source: xai-org/grok-1 model.py, MultiHeadAttention.
void attentionWeights(const KvHead& head,
                      const AttentionRules& rules,
                      const float* query,
                      int numKeys,
                      float* weights);

}  // namespace gatescope::kernels

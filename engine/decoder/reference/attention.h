#pragma once

#include <span>
#include <stop_token>

#include "engine/decoder/host_kv_cache.h"
#include "engine/decoder/reference/arithmetic.h"
#include "engine/model/weights.h"

namespace gatescope::reference {

/// Grouped-query attention of one layer for the tokens behind cache.length(), whose keys and values
/// it writes into the cache.
///   input   [tokens, dModel]  residual stream after rms norm
///   output  [tokens, dModel]  out: before the norm behind it
/// score = cap * tanh(attentionScale * q.k / cap); a key that is not visible (padding) has the
/// score -1e30. Where no key of a token is visible all its scores are equal, so it attends to every
/// position up to its own alike. (The reference spreads such a row over the positions after it
/// too, which a cache cannot know yet.)
///   tapped  [tokens, keys]    out, if not empty: the weights of query head `tappedHead`, 0 for
///                             keys behind the token
/// Stopped: `output` is unspecified.
/// Source: xai-org/grok-1 model.py, MultiHeadAttention.
StepStatus attention(const ModelConfig& config,
                     const LayerWeights& weights,
                     int layer,
                     const Rows& input,
                     const Arithmetic& arithmetic,
                     HostKvCache& cache,
                     Rows& output,
                     int tappedHead,
                     std::span<float> tapped,
                     const std::stop_token& stop);

}  // namespace gatescope::reference

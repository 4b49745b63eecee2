#pragma once

#include <stop_token>

#include "engine/decoder/cpu/panel_kv_cache.h"
#include "engine/decoder/cpu/scratch.h"
#include "engine/decoder/cpu/worker_pool.h"
#include "engine/model/weights.h"
#include "kernels/cpu/attention.h"

namespace gatescope::cpu {

/// What is common to all heads.
kernels::AttentionRules attentionRules(const ModelConfig& config, PanelKvCache& cache);

/// Grouped-query attention of one layer for `numTokens` tokens from position `position` on, whose
/// keys and values it writes into the cache: scratch.normed -> scratch.change. The same as
/// reference::attention. When `stop` is requested the results are unspecified.
void attention(const ModelConfig& config,
               const LayerWeights& weights,
               int layer,
               int position,
               int numTokens,
               WorkerPool& pool,
               PanelKvCache& cache,
               Scratch& scratch,
               const std::stop_token& stop);

}  // namespace gatescope::cpu

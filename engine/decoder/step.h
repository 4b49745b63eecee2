#pragma once

#include <cstdint>
#include <span>

#include "engine/decoder/decoder.h"
#include "engine/decoder/host_kv_cache.h"

namespace gatescope {

// What every decoder on the host does at the edges of a step.

/// Checks what Decoder::forward requires of `batch` and gives the cache as what it is.
HostKvCache& checkStep(const Batch& batch, KvCache& cache, const ModelConfig& config);

/// Gives every array of `out` its size for this batch. Allocates only when one has to grow.
void prepareOutput(const Batch& batch, int numSelected, const ModelConfig& config, StepOutput& out);

/// Rows of logits a batch asks for; they belong to its last tokens.
int numLogitRows(const Batch& batch);

bool allFinite(std::span<const float> values);

/// Bytes one decoded token reads: attention, router, norms, numSelected experts, one row of the
/// embedding and the whole of it as output matrix.
std::uint64_t weightBytesPerToken(const ModelWeights& weights);

}  // namespace gatescope

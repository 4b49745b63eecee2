#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/check.h"
#include "engine/decoder/decoder.h"

namespace gatescope {

// What every decoder on the host does at the edges of a step.

/// Checks what Decoder::forward requires of `batch`.
void checkStep(const Batch& batch, const KvCache& cache, const ModelConfig& config);

/// The cache as what it is: one belongs to the kind of decoder that made it.
template <class Cache>
Cache& cacheOf(KvCache& cache) {
    auto* own = dynamic_cast<Cache*>(&cache);
    GS_CHECK(own != nullptr);
    return *own;
}

/// Gives every array of `out` its size for this batch, behind the tokens in `cache`. Allocates only
/// when one has to grow.
void prepareOutput(const Batch& batch,
                   const KvCache& cache,
                   int numSelected,
                   const ModelConfig& config,
                   StepOutput& out);

/// Row `row` of an array of rows of `width`.
template <class T>
std::span<T> rowIn(std::vector<T>& all, int row, int width) {
    return std::span(all).subspan(static_cast<std::size_t>(row) * static_cast<std::size_t>(width),
                                  static_cast<std::size_t>(width));
}

/// Part `which` of a token in a layer, [dModel], where parts are tapped: 0 attention's, 1 + s the
/// expert's of choice s.
std::span<float> partOf(StepOutput& out, int layer, int token, int which);

/// What the tapped head gives each key for a token, [numKeys].
std::span<float> attentionOf(StepOutput& out, int token);

/// Checks what Decoder::logitsOf requires.
void checkLens(std::span<const float> rows,
               std::span<const float> whole,
               std::span<const float> logits,
               const ModelConfig& config);

/// Rows of logits a batch asks for; they belong to its last tokens.
int numLogitRows(const Batch& batch);

bool allFinite(std::span<const float> values);

/// Bytes one decoded token reads: attention, router, norms, numSelected experts, one row of the
/// embedding and the whole of it as output matrix.
std::uint64_t weightBytesPerToken(const ModelWeights& weights);

}  // namespace gatescope

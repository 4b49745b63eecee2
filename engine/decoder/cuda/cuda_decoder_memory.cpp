#include <algorithm>

#include "engine/decoder/cuda/arena.h"
#include "engine/decoder/cuda/cuda_decoder.h"

// Where everything lies that a step needs and gives.

namespace gatescope {
namespace {

using cuda::elements;

/// Experts that a step may select at most, whatever an intervention says.
int mostSelected(const ModelConfig& config) {
    return config.numExperts;
}

}  // namespace

CudaDecoder::Inputs CudaDecoder::placeInputs(cuda::Arena& arena, int mostTokens) {
    return Inputs{.position = arena.take<int>(1),
                  .tokens = arena.take<std::int32_t>(static_cast<std::size_t>(mostTokens))};
}

CudaDecoder::Rules CudaDecoder::placeRules(cuda::Arena& arena, const ModelConfig& config) {
    const std::size_t experts = elements(config.numLayers, config.numExperts);
    return Rules{.header = arena.take<kernels::cuda::RouterRules>(1),
                 .bias = arena.take<float>(experts),
                 .forced = arena.take<std::uint8_t>(experts),
                 .ablated = arena.take<std::uint8_t>(experts)};
}

CudaDecoder::Scratch CudaDecoder::placeScratch(cuda::Arena& arena,
                                               const ModelConfig& config,
                                               int mostTokens) {
    const int tokens = std::max(mostTokens, kChunkTokens);
    const auto rows = [&](int width) { return arena.take<float>(elements(tokens, width)); };
    return Scratch{.hidden = rows(config.dModel),
                   .normed = rows(config.dModel),
                   .change = rows(config.dModel),
                   .query = rows(config.qWidth()),
                   .key = rows(config.kvWidth()),
                   .value = rows(config.kvWidth()),
                   .attended = rows(config.qWidth()),
                   .activation = arena.take<float>(
                       elements(kChunkTokens, mostSelected(config) * config.ffnSize))};
}

std::size_t CudaDecoder::workBytes(const ModelConfig& config, int contextTokens) {
    const cuda::PromptLimits limits;
    const Chunk chunk{.count = limits.tokens, .numLogits = 1, .numSelected = config.numSelected};
    cuda::Arena count;
    (void)placeInputs(count, limits.tokens);
    (void)placeRules(count, config);
    (void)placeScratch(count, config, limits.tokens);
    (void)placeResults(count, config, chunk);
    return count.used() +
           std::max(cuda::PromptProducts::deviceBytes(config, Precision::Mixed, limits),
                    cuda::PromptProducts::deviceBytes(config, Precision::Int8, limits)) +
           cuda::DrawMemory::deviceBytes(config, contextTokens);
}

CudaDecoder::Results CudaDecoder::placeResults(cuda::Arena& arena,
                                               const ModelConfig& config,
                                               const Chunk& chunk) {
    const int rows = config.numLayers * chunk.count;
    Results out;
    out.firstNonFinite = arena.take<int>(1);
    out.probs = arena.take<float>(elements(rows, config.numExperts));
    out.selected = arena.take<std::int32_t>(elements(rows, chunk.numSelected));
    out.gates = arena.take<float>(elements(rows, chunk.numSelected));
    out.logits = arena.take<float>(elements(chunk.numLogits, config.vocabSize));
    if (chunk.taps) out.residuals = arena.take<float>(elements(rows, config.dModel));
    if (chunk.parts) {
        out.embedded = arena.take<float>(elements(chunk.count, config.dModel));
        out.parts = arena.take<float>(elements(rows * (1 + chunk.numSelected), config.dModel));
    }
    if (chunk.attention) out.attention = arena.take<float>(elements(chunk.count, chunk.numKeys));
    out.bytes = arena.used();
    return out;
}

CudaDecoder::Results CudaDecoder::resultsAt(std::byte* memory, const Chunk& chunk) const {
    cuda::Arena arena(memory);
    return placeResults(arena, config_, chunk);
}

/// A recorded step points into the results; when they move, runChunk() records it anew. The
/// constructor makes room for a chunk of a prompt, so that only rare batches (all logits, taps)
/// move them.
void CudaDecoder::reserveResults(const Chunk& chunk) {
    const std::size_t bytes = resultsAt(nullptr, chunk).bytes;
    if (bytes <= hostResults_.size()) return;
    ++placesVersion_;
    deviceResults_ = {};
    hostResults_ = {};
    deviceResults_ = cuda::DeviceMemory(gpu_, bytes, "what a step gives");
    hostResults_ = cuda::PinnedMemory(gpu_, bytes);
}

}  // namespace gatescope

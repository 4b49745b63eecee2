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
                 .factor = arena.take<float>(experts),
                 .computedBy = arena.take<std::int32_t>(experts),
                 .numSelectedOf = arena.take<std::int32_t>(elements(config.numLayers, 1)),
                 .choice = arena.take<std::uint8_t>(experts)};
}

CudaDecoder::Pins CudaDecoder::placePins(cuda::Arena& arena,
                                         const ModelConfig& config,
                                         int numTokens,
                                         int numSelected) {
    const std::size_t count = elements(numTokens * config.numLayers, numSelected);
    Pins out{.selected = arena.take<std::int32_t>(count), .gates = arena.take<float>(count)};
    out.bytes = arena.used();
    return out;
}

/// Of a prompt or a step, with the experts that interventions select.
int CudaDecoder::mostTokensOfChunk() const {
    return prompt_ ? std::max(prompt_->mostTokens(rules_.numSelected()), kChunkTokens)
                   : kChunkTokens;
}

/// Room for what the tokens of any chunk are pinned to.
void CudaDecoder::reservePins() {
    cuda::Arena count;
    const int numTokens = mostTokensOfChunk();
    const Pins needed = placePins(count, config_, numTokens, rules_.numSelected());
    if (needed.bytes > hostPinMemory_.size()) {
        devicePinMemory_ = {};
        hostPinMemory_ = {};
        devicePinMemory_ = cuda::DeviceMemory(gpu_, needed.bytes, "pinned routes");
        hostPinMemory_ = cuda::PinnedMemory(gpu_, needed.bytes);
    }
    cuda::Arena onDevice(devicePinMemory_.data());
    devicePins_ = placePins(onDevice, config_, numTokens, rules_.numSelected());
    cuda::Arena host(hostPinMemory_.data());
    hostPins_ = placePins(host, config_, numTokens, rules_.numSelected());
}

/// Enqueues the way of a chunk's pins to the device. The host waits for each chunk, so the memory
/// they come from is free again.
void CudaDecoder::sendPins(const Chunk& chunk, int firstPosition) {
    const std::size_t ofToken = elements(config_.numLayers, chunk.numSelected);
    for (int t = 0; t < chunk.count; ++t) {
        const RoutingRecord* pinned = interventions_.pin->at(firstPosition + t);
        const std::size_t at = static_cast<std::size_t>(t) * ofToken;
        if (pinned == nullptr) {
            std::fill_n(hostPins_.selected + at, ofToken, -1);
            continue;
        }
        std::ranges::copy(pinned->selected, hostPins_.selected + at);
        std::ranges::copy(pinned->gates, hostPins_.gates + at);
    }
    const std::size_t count = static_cast<std::size_t>(chunk.count) * ofToken;
    gpu_->copy(devicePins_.selected, hostPins_.selected, count * sizeof(std::int32_t));
    if (interventions_.pin->gates)
        gpu_->copy(devicePins_.gates, hostPins_.gates, count * sizeof(float));
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
                       elements(kChunkTokens, mostSelected(config) * config.ffnSize)),
                   .computedBy = arena.take<std::int32_t>(elements(tokens, mostSelected(config)))};
}

std::size_t CudaDecoder::workBytes(const ModelConfig& config, int contextTokens) {
    const cuda::PromptLimits limits;
    const Chunk chunk{.count = limits.tokens, .numLogits = 1, .numSelected = config.numSelected};
    cuda::Arena count;
    (void)placeInputs(count, limits.tokens);
    (void)placeRules(count, config);
    (void)placeScratch(count, config, limits.tokens);
    (void)placeResults(count, config, chunk);
    (void)placePins(count, config, limits.tokens, config.numSelected);
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
    out.logSumExps = arena.take<float>(elements(rows, 1));
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

#include "engine/decoder/cuda/cuda_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "engine/check.h"
#include "engine/decoder/cuda/arena.h"
#include "engine/decoder/step.h"
#include "engine/error.h"

namespace gatescope {
namespace {

static_assert(static_cast<std::uint8_t>(ExpertChoice::Free) == kernels::cuda::kFreeChoice &&
              static_cast<std::uint8_t>(ExpertChoice::Always) == kernels::cuda::kAlwaysChosen &&
              static_cast<std::uint8_t>(ExpertChoice::Never) == kernels::cuda::kNeverChosen);

/// On tensor cores, when each of them wants logits: those of Grok-1 take half a megabyte a token.
constexpr int kChunkTokensWithLogits = 64;
/// Parts are those of the kernels that compute a step: a prompt's own add experts up at once.
constexpr int kChunkTokensWithParts = cuda::PromptProducts::kFewestTokens - 1;

using cuda::elements;

/// `rows` rows of `width`, which in `all` lie `numTokens` rows apart from layer to layer, from row
/// `begin` on.
template <class T>
void scatter(const T* from,
             int numLayers,
             int rows,
             int width,
             int numTokens,
             int begin,
             std::vector<T>& all) {
    const std::size_t part = elements(rows, width);
    for (int layer = 0; layer < numLayers; ++layer)
        std::copy_n(
            from + static_cast<std::size_t>(layer) * part,
            part,
            all.begin() + static_cast<std::ptrdiff_t>(elements(layer * numTokens + begin, width)));
}

/// What a prompt's products round to with these weights, F32: nothing. The experts are nearly all
/// of a model: what they take decides.
Precision promptPrecision(Precision asked, const ModelWeights& weights, const cuda::Gpu& gpu) {
    const MatrixView& experts = weights.layers.front().expertGate;
    if (asked == Precision::Auto)
        return experts.dtype == DType::F32 ? Precision::F32 : Precision::Mixed;
    if (asked != Precision::Int8) return asked;
    if (experts.dtype == DType::F8E4M3 && gpu.capability() < cuda::PromptProducts::kFp8Capability)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("precision int8 with experts in f8_e4m3 needs a GPU of compute "
                                "capability 8.9 or more, this is {}; choose mixed, or leave it out",
                                gpu.name()));
    const cuda::Matrices like{.type = experts.dtype,
                              .numIn = experts.numIn,
                              .numOut = experts.numOut,
                              .numGroups = experts.numGroups};
    if (cuda::PromptProducts::hasEightBits(like, gpu.capability())) return asked;
    if (experts.dtype == DType::I8 || experts.dtype == DType::F8E4M3)
        throw Error(
            ErrorKind::BadUsage,
            fmt::format(
                "precision int8 on a GPU needs scales for 16 inputs, 32, or other "
                "multiples, and outputs in fours (f8_e4m3: in sixteens); these experts have {} "
                "inputs in {} and {} outputs; choose mixed, or leave it out",
                experts.numIn,
                experts.numGroups == 1 ? std::string("one") : std::to_string(experts.numGroups),
                experts.numOut));
    throw Error(ErrorKind::BadUsage,
                fmt::format("precision int8 on a GPU needs experts stored in 8 bits without blocks "
                            "(i8 of xAI's checkpoints, f8_e4m3), these are {}; choose mixed, or "
                            "leave it out",
                            name(experts.dtype)));
}

}  // namespace

std::unique_ptr<CudaDecoder> CudaDecoder::load(const ModelWeights& weights,
                                               const kernels::cuda::CudaModule& module,
                                               const Options& options,
                                               const std::stop_token& stop) {
    auto gpu = std::make_shared<const cuda::Gpu>(module, options.device);
    // Before the weights: that a library is missing need not wait for them.
    std::unique_ptr<cuda::PromptProducts> prompt;
    const Precision precision = promptPrecision(options.precision, weights, *gpu);
    if (precision != Precision::F32)
        prompt = cuda::PromptProducts::make(gpu, weights.config, precision, options.prompt);
    if (precision != Precision::F32 && options.precision != Precision::Auto && !prompt)
        throw Error(ErrorKind::BadUsage,
                    fmt::format("precision {} needs cuBLASLt (libcublasLt.so.13 or .12), which was "
                                "not found: install the CUDA toolkit's libraries, or leave the "
                                "precision out",
                                toString(precision)));
    auto uploaded = cuda::uploadWeights(weights, gpu, options.threads, stop);
    if (!uploaded) return nullptr;
    return std::unique_ptr<CudaDecoder>(new CudaDecoder(
        weights, std::move(gpu), std::move(*uploaded), std::move(prompt), options.cacheType));
}

CudaDecoder::CudaDecoder(const ModelWeights& weights,
                         std::shared_ptr<const cuda::Gpu> gpu,
                         cuda::DeviceWeights uploaded,
                         std::unique_ptr<cuda::PromptProducts> prompt,
                         DType cacheType)
    : config_(weights.config),
      gpu_(std::move(gpu)),
      cacheType_(cacheType),
      weightBytesPerToken_(gatescope::weightBytesPerToken(weights)),
      weights_(std::move(uploaded)),
      prompt_(std::move(prompt)) {
    const int mostTokens = prompt_ ? prompt_->mostTokens(config_.numSelected) : kChunkTokens;
    cuda::Arena count;
    (void)placeInputs(count, mostTokens);
    inputBytes_ = count.used();
    (void)placeRules(count, config_);
    rulesBytes_ = count.used() - inputBytes_;
    pinned_ = cuda::PinnedMemory(gpu_, count.used());
    cuda::Arena host(pinned_.data());
    hostInputs_ = placeInputs(host, mostTokens);
    hostRules_ = placeRules(host, config_);

    (void)placeScratch(count, config_, mostTokens);
    memory_ = cuda::DeviceMemory(gpu_, count.used(), "a step");
    cuda::Arena onDevice(memory_.data());
    deviceInputs_ = placeInputs(onDevice, mostTokens);
    deviceRules_ = placeRules(onDevice, config_);
    scratch_ = placeScratch(onDevice, config_, mostTokens);
    reserveResults({.count = mostTokens, .numLogits = 1, .numSelected = config_.numSelected});
}

std::unique_ptr<KvCache> CudaDecoder::makeCache(int capacity) const {
    gpu_->use();
    return std::make_unique<cuda::CudaKvCache>(gpu_, config_, capacity, cacheType_);
}

void CudaDecoder::setRules(const InterventionSet& interventions) {
    if (rulesKnown_ && interventions == interventions_) return;
    rulesKnown_ = false;
    rules_.set(interventions, config_);
    if (interventions.pin) reservePins();
    const bool pinsGates = interventions.pin && interventions.pin->gates;
    for (int layer = 0; layer < config_.numLayers; ++layer) {
        const LayerRules rules = rules_.layer(layer);
        const auto at = static_cast<std::ptrdiff_t>(elements(layer, config_.numExperts));
        std::ranges::copy(rules.bias, hostRules_.bias + at);
        std::ranges::transform(rules.choice, hostRules_.choice + at, [](ExpertChoice choice) {
            return static_cast<std::uint8_t>(choice);
        });
        std::ranges::copy(rules.factor, hostRules_.factor + at);
        std::ranges::copy(rules.computedBy, hostRules_.computedBy + at);
    }
    std::ranges::copy(rules_.numSelectedOfLayers(), hostRules_.numSelectedOf);
    *hostRules_.header = {.bias = deviceRules_.bias,
                          .choice = deviceRules_.choice,
                          .factor = deviceRules_.factor,
                          .computedBy = deviceRules_.computedBy,
                          .pinnedSelected = interventions.pin ? devicePins_.selected : nullptr,
                          .pinnedGates = pinsGates ? devicePins_.gates : nullptr,
                          .numSelectedOf = deviceRules_.numSelectedOf,
                          .numLayers = config_.numLayers,
                          .numSelected = rules_.numSelected(),
                          .renormalise = rules_.layer(0).renormalise};
    gpu_->copy(deviceRules_.header, hostRules_.header, rulesBytes_);
    gpu_->wait("interventions were set");
    interventions_ = interventions;
    rulesKnown_ = true;
}

/// As many as the work's memory holds, and as fit what they give.
int CudaDecoder::tokensOfChunk(const Batch& batch) const {
    if (batch.tapParts) return kChunkTokensWithParts;
    if (!prompt_) return kChunkTokens;
    const int most = prompt_->mostTokens(rules_.numSelected());
    if (batch.tapResiduals) return std::min(most, kChunkTokens);
    return numLogitRows(batch) > 1 ? std::min(most, kChunkTokensWithLogits) : most;
}

/// As many as the scratch has rows for, whatever experts the last step selected.
int CudaDecoder::rowsOfLens() const {
    return prompt_ ? std::min(prompt_->mostTokens(config_.numSelected), kChunkTokensWithLogits)
                   : kChunkTokens;
}

StepStatus CudaDecoder::forward(const Batch& batch,
                                KvCache& anyCache,
                                const InterventionSet& interventions,
                                StepOutput& out,
                                std::stop_token stop) {
    checkStep(batch, anyCache, config_);
    auto& cache = cacheOf<cuda::CudaKvCache>(anyCache);
    gpu_->use();
    setRules(interventions);
    prepareOutput(batch, cache, rules_.numSelected(), config_, out);
    const int numTokens = out.numTokens;
    const int firstWithLogits = numTokens - numLogitRows(batch);
    const int mostTokens = tokensOfChunk(batch);
    for (int begin = 0; begin < numTokens; begin += mostTokens) {
        const int count = std::min(mostTokens, numTokens - begin);
        const Chunk chunk{.begin = begin,
                          .count = count,
                          .numLogits = std::clamp(begin + count - firstWithLogits, 0, count),
                          .taps = batch.tapResiduals,
                          .parts = batch.tapParts,
                          .numSelected = rules_.numSelected(),
                          .attention = batch.tapAttention,
                          .numKeys = cache.length() + numTokens};
        if (!runChunk(batch, chunk, cache, stop, out) || stop.stop_requested())
            return StepStatus::Stopped;
    }
    cache.append(numTokens);
    if (!out.firstNonFiniteLayer && !allFinite(out.logits))
        out.firstNonFiniteLayer = config_.numLayers;
    return StepStatus::Done;
}

bool CudaDecoder::runChunk(const Batch& batch,
                           const Chunk& chunk,
                           cuda::CudaKvCache& cache,
                           const std::stop_token& stop,
                           StepOutput& out) {
    reserveResults(chunk);
    *hostInputs_.position = cache.length() + chunk.begin;
    std::ranges::copy(batch.tokens.subspan(static_cast<std::size_t>(chunk.begin),
                                           static_cast<std::size_t>(chunk.count)),
                      hostInputs_.tokens);
    if (interventions_.pin) sendPins(chunk, *hostInputs_.position);
    const bool isStep = batch.tokens.size() == 1 && chunk.numLogits == 1 && !chunk.taps &&
                        !chunk.parts && !chunk.attention;
    if (isStep) {
        auto& step = cache.step();
        record(step, chunk, [&] { (void)enqueue(chunk, cache, {}); });
        step.graph.launch();
    } else if (!enqueue(chunk, cache, stop)) {
        gpu_->wait("a prompt was stopped");
        return false;
    }
    gpu_->wait("a step was computed");
    takeResults(resultsAt(hostResults_.data(), chunk), chunk, out);
    return true;
}

void CudaDecoder::takeResults(const Results& results, const Chunk& chunk, StepOutput& out) const {
    const auto take = [&](const auto* from, int width, auto& to) {
        scatter(from, config_.numLayers, chunk.count, width, out.numTokens, chunk.begin, to);
    };
    take(results.probs, config_.numExperts, out.routerProbs);
    take(results.logSumExps, 1, out.routerLogSumExps);
    take(results.selected, out.numSelected, out.selected);
    take(results.gates, out.numSelected, out.gates);
    if (chunk.taps) take(results.residuals, config_.dModel, out.residuals);
    if (chunk.parts) takeParts(results, chunk, out);
    if (chunk.attention)
        std::copy_n(results.attention,
                    elements(chunk.count, chunk.numKeys),
                    attentionOf(out, chunk.begin).begin());
    // Rows of logits belong to the last tokens of the batch.
    const int rowsAfter = chunk.numLogits == 0 ? 0 : out.numTokens - chunk.begin - chunk.count;
    const std::size_t end = out.logits.size() - elements(rowsAfter, config_.vocabSize);
    const std::size_t logits = elements(chunk.numLogits, config_.vocabSize);
    std::copy_n(
        results.logits, logits, out.logits.begin() + static_cast<std::ptrdiff_t>(end - logits));
    if (*results.firstNonFinite < out.firstNonFiniteLayer.value_or(config_.numLayers))
        out.firstNonFiniteLayer = *results.firstNonFinite;
}

}  // namespace gatescope

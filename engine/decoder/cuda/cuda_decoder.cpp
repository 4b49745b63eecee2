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

/// Tokens of a prompt that go through the layers together where weights are read once for each: a
/// stop is noticed between chunks.
constexpr int kChunkTokens = 16;
/// On tensor cores, when each of them wants logits: those of Grok-1 take half a megabyte a token.
constexpr int kChunkTokensWithLogits = 64;
/// Parts are those of the kernels that compute a step: a prompt's own add experts up at once.
constexpr int kChunkTokensWithParts = cuda::PromptProducts::kFewestTokens - 1;

/// Experts that a step may select at most, whatever an intervention says.
int mostSelected(const ModelConfig& config) {
    return config.numExperts;
}

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

std::unique_ptr<KvCache> CudaDecoder::makeCache(int capacity) const {
    gpu_->use();
    return std::make_unique<cuda::CudaKvCache>(gpu_, config_, capacity, cacheType_);
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

void CudaDecoder::setRules(const InterventionSet& interventions) {
    if (rulesKnown_ && interventions == interventions_) return;
    rulesKnown_ = false;
    rules_.set(interventions, config_);
    for (int layer = 0; layer < config_.numLayers; ++layer) {
        const LayerRules rules = rules_.layer(layer);
        const auto at = static_cast<std::ptrdiff_t>(elements(layer, config_.numExperts));
        std::ranges::copy(rules.bias, hostRules_.bias + at);
        std::ranges::copy(rules.forced, hostRules_.forced + at);
        std::ranges::copy(rules.ablated, hostRules_.ablated + at);
    }
    *hostRules_.header = {.bias = deviceRules_.bias,
                          .forced = deviceRules_.forced,
                          .ablated = deviceRules_.ablated,
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
    prepareOutput(batch, rules_.numSelected(), config_, out);
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
                          .numSelected = rules_.numSelected()};
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
    const bool isStep =
        batch.tokens.size() == 1 && chunk.numLogits == 1 && !chunk.taps && !chunk.parts;
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

cuda::RoundedRows CudaDecoder::roundedFor(const cuda::Matrices& weights, const Chunk& chunk) const {
    return onTensorCores(chunk.count) ? prompt_->roundedFor(weights) : cuda::RoundedRows{};
}

void CudaDecoder::product(const cuda::Matrices& weights,
                          const cuda::PromptProducts::Rows& rows,
                          float* y,
                          float factor) {
    if (onTensorCores(rows.numRows)) return prompt_->product(weights, rows, y, factor);
    check(gpu_->module().matvec(
        {.weights = weights, .x = rows.x, .numRows = rows.numRows, .factor = factor, .y = y},
        gpu_->stream()));
}

/// The whole way of a chunk, from what the host wrote to what it reads. A stop is noticed between
/// layers.
bool CudaDecoder::enqueue(const Chunk& chunk,
                          cuda::CudaKvCache& cache,
                          const std::stop_token& stop) {
    const Results results = resultsAt(deviceResults_.data(), chunk);
    gpu_->copy(deviceInputs_.position, hostInputs_.position, inputBytes_);
    if (!enqueueForward(chunk, cache, stop)) return false;
    gpu_->copy(hostResults_.data(), deviceResults_.data(), results.bytes);
    return true;
}

bool CudaDecoder::enqueueForward(const Chunk& chunk,
                                 cuda::CudaKvCache& cache,
                                 const std::stop_token& stop) {
    const auto& module = gpu_->module();
    const cuda::Stream stream = gpu_->stream();
    const Results results = resultsAt(deviceResults_.data(), chunk);
    check(module.fill(results.firstNonFinite, 0x7F, sizeof(int), stream));  // no layer is that far
    check(module.embedding({.table = weights_.embedding,
                            .tokens = deviceInputs_.tokens,
                            .position = deviceInputs_.position,
                            .numTokens = chunk.count,
                            .scale = config_.embeddingScale,
                            .padToken = config_.padToken,
                            .hidden = scratch_.hidden,
                            .visible = cache.visible()},
                           stream));
    if (chunk.parts)
        gpu_->copy(results.embedded,
                   scratch_.hidden,
                   elements(chunk.count, config_.dModel) * sizeof(float));
    check(module.rmsNorm({.x = scratch_.hidden,
                          .gain = weights_.layers.front().attentionNorm,
                          .normed = scratch_.normed,
                          .numTokens = chunk.count,
                          .width = config_.dModel,
                          .eps = config_.rmsEps,
                          .rounded = roundedFor(weights_.layers.front().query, chunk)},
                         stream));
    for (int layer = 0; layer < config_.numLayers; ++layer) {
        if (stop.stop_requested()) return false;
        enqueueLayer(layer, chunk, cache, results);
    }
    if (chunk.numLogits > 0)
        product(weights_.output,
                {.x = scratch_.normed + elements(chunk.count - chunk.numLogits, config_.dModel),
                 .numRows = chunk.numLogits},
                results.logits,
                config_.logitScale);
    return true;
}

void CudaDecoder::enqueueQueryKeyValue(const cuda::DeviceLayer& w, const Chunk& chunk) {
    if (onTensorCores(chunk.count)) {
        // The norm before has rounded them for the query, which the others are most often stored
        // like.
        const cuda::PromptProducts::Rows normed{
            .x = scratch_.normed, .numRows = chunk.count, .rounded = roundedFor(w.query, chunk)};
        product(w.query, normed, scratch_.query);
        product(w.key, normed, scratch_.key);
        product(w.value, normed, scratch_.value);
        return;
    }
    const kernels::cuda::Matvec query{
        .weights = w.query, .x = scratch_.normed, .numRows = chunk.count, .y = scratch_.query};
    kernels::cuda::Matvec key = query;
    key.weights = w.key;
    key.y = scratch_.key;
    kernels::cuda::Matvec value = query;
    value.weights = w.value;
    value.y = scratch_.value;
    check(gpu_->module().matvecs({.part = {query, key, value}, .count = 3}, gpu_->stream()));
}

void CudaDecoder::enqueueAttention(int layer, const Chunk& chunk, cuda::CudaKvCache& cache) {
    const cuda::DeviceLayer& w = weights_.layers[static_cast<std::size_t>(layer)];
    enqueueQueryKeyValue(w, chunk);
    check(gpu_->module().ropeAndStore({.query = scratch_.query,
                                       .key = scratch_.key,
                                       .value = scratch_.value,
                                       .position = deviceInputs_.position,
                                       .numTokens = chunk.count,
                                       .numQHeads = config_.numQHeads,
                                       .cosines = cache.cosines(),
                                       .sines = cache.sines(),
                                       .cache = cache.layer(layer)},
                                      gpu_->stream()));
    if (chunk.count == 1)
        check(gpu_->module().decodeAttention({.query = scratch_.query,
                                              .cache = cache.layer(layer),
                                              .visible = cache.visible(),
                                              .position = deviceInputs_.position,
                                              .numQHeads = config_.numQHeads,
                                              .numSplits = cache.numSplits(),
                                              .scale = config_.attentionScale,
                                              .cap = config_.attentionCap,
                                              .parts = cache.parts(),
                                              .tickets = cache.tickets(),
                                              .out = scratch_.attended},
                                             gpu_->stream()));
    else
        check(gpu_->module().prefillAttention({.query = scratch_.query,
                                               .cache = cache.layer(layer),
                                               .visible = cache.visible(),
                                               .position = deviceInputs_.position,
                                               .numTokens = chunk.count,
                                               .numQHeads = config_.numQHeads,
                                               .scale = config_.attentionScale,
                                               .cap = config_.attentionCap,
                                               .out = scratch_.attended},
                                              gpu_->stream()));
    product(w.attentionOutput, {.x = scratch_.attended, .numRows = chunk.count}, scratch_.change);
}

void CudaDecoder::enqueueLayer(int layer,
                               const Chunk& chunk,
                               cuda::CudaKvCache& cache,
                               const Results& results) {
    const auto& module = gpu_->module();
    const cuda::Stream stream = gpu_->stream();
    const cuda::DeviceLayer& w = weights_.layers[static_cast<std::size_t>(layer)];
    const bool isLast = layer + 1 == config_.numLayers;
    const cuda::DeviceLayer* next =
        isLast ? nullptr : &weights_.layers[static_cast<std::size_t>(layer) + 1];
    kernels::cuda::AddNormed addNormed{.change = scratch_.change,
                                       .changeGain = w.attentionOutputNorm,
                                       .hidden = scratch_.hidden,
                                       .gain = w.moeNorm,
                                       .normed = scratch_.normed,
                                       .numTokens = chunk.count,
                                       .width = config_.dModel,
                                       .eps = config_.rmsEps};

    enqueueAttention(layer, chunk, cache);
    if (chunk.parts)
        check(module.rmsNorm({.x = scratch_.change,
                              .gain = w.attentionOutputNorm,
                              .normed = partAt(results, chunk, layer, 0),
                              .numTokens = chunk.count,
                              .width = config_.dModel,
                              .eps = config_.rmsEps},
                             stream));
    check(module.addNormed(addNormed, stream));

    const int row = layer * chunk.count;
    const std::int32_t* selected = results.selected + elements(row, chunk.numSelected);
    const float* gates = results.gates + elements(row, chunk.numSelected);
    check(module.routerTopk({.normed = scratch_.normed,
                             .weight = w.router,
                             .rules = deviceRules_.header,
                             .layer = layer,
                             .numTokens = chunk.count,
                             .width = config_.dModel,
                             .numExperts = config_.numExperts,
                             .mostSelected = chunk.numSelected,
                             .probs = results.probs + elements(row, config_.numExperts),
                             .selected = const_cast<std::int32_t*>(selected),
                             .gates = const_cast<float*>(gates)},
                            stream));
    enqueueExperts(w, chunk, selected, gates);
    if (chunk.parts) enqueueExpertParts(layer, chunk, results);

    addNormed.changeGain = w.moeOutputNorm;
    addNormed.gain = isLast ? weights_.finalNorm : next->attentionNorm;
    if (!isLast) addNormed.rounded = roundedFor(next->query, chunk);
    addNormed.firstNonFinite = results.firstNonFinite;
    addNormed.layer = layer;
    check(module.addNormed(addNormed, stream));
    if (results.residuals != nullptr)
        gpu_->copy(results.residuals + elements(row, config_.dModel),
                   scratch_.hidden,
                   elements(chunk.count, config_.dModel) * sizeof(float));
}

void CudaDecoder::enqueueExperts(const cuda::DeviceLayer& w,
                                 const Chunk& chunk,
                                 const std::int32_t* selected,
                                 const float* gates) {
    if (onTensorCores(chunk.count))
        return prompt_->experts({.gate = w.expertGate,
                                 .up = w.expertUp,
                                 .down = w.expertDown,
                                 .selected = selected,
                                 .gates = gates,
                                 .x = scratch_.normed,
                                 .numTokens = chunk.count,
                                 .numSelected = chunk.numSelected,
                                 .change = scratch_.change});
    const auto& module = gpu_->module();
    check(module.expertGateUp({.gate = w.expertGate,
                               .up = w.expertUp,
                               .selected = selected,
                               .gates = gates,
                               .x = scratch_.normed,
                               .numTokens = chunk.count,
                               .mostSelected = chunk.numSelected,
                               .activation = scratch_.activation},
                              gpu_->stream()));
    check(module.expertDown({.down = w.expertDown,
                             .selected = selected,
                             .gates = gates,
                             .activation = scratch_.activation,
                             .numTokens = chunk.count,
                             .mostSelected = chunk.numSelected,
                             .change = scratch_.change},
                            gpu_->stream()));
}

void CudaDecoder::takeResults(const Results& results, const Chunk& chunk, StepOutput& out) const {
    const auto take = [&](const auto* from, int width, auto& to) {
        scatter(from, config_.numLayers, chunk.count, width, out.numTokens, chunk.begin, to);
    };
    take(results.probs, config_.numExperts, out.routerProbs);
    take(results.selected, out.numSelected, out.selected);
    take(results.gates, out.numSelected, out.gates);
    if (chunk.taps) take(results.residuals, config_.dModel, out.residuals);
    if (chunk.parts) takeParts(results, chunk, out);
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

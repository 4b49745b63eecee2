#include "engine/decoder/cuda/arena.h"
#include "engine/decoder/cuda/cuda_decoder.h"

// The way of a chunk through the layers: what is enqueued, and in which order.

namespace gatescope {

using cuda::elements;

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
    if (chunk.attention && chunk.attention->layer == layer)
        enqueueAttentionWeights(chunk, cache, results);
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
    float* gates = results.gates + elements(row, chunk.numSelected);
    check(module.routerTopk({.normed = scratch_.normed,
                             .weight = w.router,
                             .rules = deviceRules_.header,
                             .layer = layer,
                             .numTokens = chunk.count,
                             .width = config_.dModel,
                             .numExperts = config_.numExperts,
                             .mostSelected = chunk.numSelected,
                             .probs = results.probs + elements(row, config_.numExperts),
                             .logSumExps = results.logSumExps + row,
                             .selected = results.selected + elements(row, chunk.numSelected),
                             .gates = gates,
                             .computedBy = scratch_.computedBy},
                            stream));
    enqueueExperts(w, chunk, gates);
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
                                 const float* gates) {
    if (onTensorCores(chunk.count))
        return prompt_->experts({.gate = w.expertGate,
                                 .up = w.expertUp,
                                 .down = w.expertDown,
                                 .selected = scratch_.computedBy,
                                 .gates = gates,
                                 .x = scratch_.normed,
                                 .numTokens = chunk.count,
                                 .numSelected = chunk.numSelected,
                                 .change = scratch_.change});
    const auto& module = gpu_->module();
    check(module.expertGateUp({.gate = w.expertGate,
                               .up = w.expertUp,
                               .selected = scratch_.computedBy,
                               .gates = gates,
                               .x = scratch_.normed,
                               .numTokens = chunk.count,
                               .mostSelected = chunk.numSelected,
                               .activation = scratch_.activation},
                              gpu_->stream()));
    check(module.expertDown({.down = w.expertDown,
                             .selected = scratch_.computedBy,
                             .gates = gates,
                             .activation = scratch_.activation,
                             .numTokens = chunk.count,
                             .mostSelected = chunk.numSelected,
                             .change = scratch_.change},
                            gpu_->stream()));
}

}  // namespace gatescope

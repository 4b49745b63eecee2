#include "engine/decoder/step.h"

#include <bit>

namespace gatescope {
namespace {

std::size_t product(int a, int b, int c) {
    return static_cast<std::size_t>(a) * static_cast<std::size_t>(b) * static_cast<std::size_t>(c);
}

/// Bytes of a layer that one token reads.
std::uint64_t layerBytesPerToken(const LayerWeights& layer, const ModelConfig& config) {
    std::uint64_t bytes = layer.attentionNorm.size_bytes() +
                          layer.attentionOutputNorm.size_bytes() + layer.moeNorm.size_bytes() +
                          layer.moeOutputNorm.size_bytes() + layer.router.size_bytes();
    for (const auto* matrix : {&layer.query, &layer.key, &layer.value, &layer.attentionOutput})
        bytes += matrix->weightBytes();
    for (const auto* experts : {&layer.expertGate, &layer.expertUp, &layer.expertDown})
        bytes += experts->weightBytes() / static_cast<std::uint64_t>(experts->numMatrices) *
                 static_cast<std::uint64_t>(config.numSelected);
    return bytes;
}

}  // namespace

void checkStep(const Batch& batch, const KvCache& cache, const ModelConfig& config) {
    GS_CHECK(!batch.tokens.empty());
    GS_CHECK_LE(batch.tokens.size(), static_cast<std::size_t>(cache.capacity() - cache.length()));
    for (const TokenId token : batch.tokens) GS_CHECK(token >= 0 && token < config.vocabSize);
    if (const auto& tap = batch.tapAttention) {
        GS_CHECK(tap->layer >= 0 && tap->layer < config.numLayers);
        GS_CHECK(tap->head >= 0 && tap->head < config.numQHeads);
    }
}

void prepareOutput(const Batch& batch,
                   const KvCache& cache,
                   int numSelected,
                   const ModelConfig& config,
                   StepOutput& out) {
    const int numTokens = static_cast<int>(batch.tokens.size());
    out.numTokens = numTokens;
    out.numSelected = numSelected;
    out.firstNonFiniteLayer.reset();
    out.logits.resize(product(numLogitRows(batch), config.vocabSize, 1));
    out.routerProbs.resize(product(config.numLayers, numTokens, config.numExperts));
    out.routerLogSumExps.resize(product(config.numLayers, numTokens, 1));
    out.selected.resize(product(config.numLayers, numTokens, numSelected));
    out.gates.resize(product(config.numLayers, numTokens, numSelected));
    out.residuals.resize(batch.tapResiduals ? product(config.numLayers, numTokens, config.dModel)
                                            : 0);
    out.embedded.resize(batch.tapParts ? product(numTokens, config.dModel, 1) : 0);
    out.parts.resize(
        batch.tapParts ? product(config.numLayers * numTokens, 1 + numSelected, config.dModel) : 0);
    out.attention.assign(batch.tapAttention ? product(numTokens, cache.length() + numTokens, 1) : 0,
                         0.0F);
}

std::span<float> partOf(StepOutput& out, int layer, int token, int which) {
    const std::size_t width = out.embedded.size() / static_cast<std::size_t>(out.numTokens);
    const int row = (layer * out.numTokens + token) * (1 + out.numSelected) + which;
    return std::span(out.parts).subspan(static_cast<std::size_t>(row) * width, width);
}

std::span<float> attentionOf(StepOutput& out, int token) {
    const std::size_t numKeys = out.attention.size() / static_cast<std::size_t>(out.numTokens);
    return std::span(out.attention).subspan(static_cast<std::size_t>(token) * numKeys, numKeys);
}

void checkLens(std::span<const float> rows,
               std::span<const float> whole,
               std::span<const float> logits,
               const ModelConfig& config) {
    const auto width = static_cast<std::size_t>(config.dModel);
    GS_CHECK(!rows.empty() && rows.size() % width == 0);
    GS_CHECK(whole.empty() || whole.size() == width);
    GS_CHECK_EQ(logits.size(), rows.size() / width * static_cast<std::size_t>(config.vocabSize));
}

int numLogitRows(const Batch& batch) {
    switch (batch.logitsFor) {
        case LogitsFor::None:
            return 0;
        case LogitsFor::LastToken:
            return 1;
        case LogitsFor::AllTokens:
            return static_cast<int>(batch.tokens.size());
    }
    return 0;
}

bool allFinite(std::span<const float> values) {
    // An exponent of all ones is infinity or NaN. Or-ing the verdicts leaves the loop without a
    // branch, which the compiler vectorises.
    std::uint32_t bad = 0;
    for (const float value : values) {
        const std::uint32_t exponent = std::bit_cast<std::uint32_t>(value) & 0x7f800000U;
        bad |= static_cast<std::uint32_t>(exponent == 0x7f800000U);
    }
    return bad == 0;
}

std::uint64_t weightBytesPerToken(const ModelWeights& weights) {
    const MatrixView& embedding = weights.embedding;
    std::uint64_t bytes =
        storedBytes(embedding.dtype, static_cast<std::uint64_t>(embedding.numIn)) +
        weights.output.weightBytes() + weights.finalNorm.size_bytes();
    for (const auto& layer : weights.layers) bytes += layerBytesPerToken(layer, weights.config);
    return bytes;
}

}  // namespace gatescope

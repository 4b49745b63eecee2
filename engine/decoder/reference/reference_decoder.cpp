#include "engine/decoder/reference/reference_decoder.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/decoder/host_kv_cache.h"
#include "engine/decoder/reference/attention.h"
#include "engine/decoder/reference/linear.h"
#include "engine/decoder/reference/moe_layer.h"
#include "engine/decoder/reference/rms_norm.h"
#include "engine/decoder/reference/router.h"
#include "engine/decoder/step.h"

namespace gatescope {

using reference::Arithmetic;
using reference::Rows;

namespace {

constexpr int kVocabularyTile = 1024;  // output rows between two looks at the stop token

/// hidden += change
void addResidual(Rows& hidden, const Rows& change, const Arithmetic& arithmetic) {
    for (int token = 0; token < hidden.count(); ++token) {
        const auto h = hidden.row(token);
        const auto c = change.row(token);
        for (std::size_t i = 0; i < h.size(); ++i) h[i] = arithmetic.round(h[i] + c[i]);
    }
}

/// The parts of a token's experts, [numSelected, dModel].
std::span<float> expertParts(StepOutput& out, int layer, int token) {
    const auto first = partOf(out, layer, token, 1);
    return {first.data(), first.size() * static_cast<std::size_t>(out.numSelected)};
}

}  // namespace

ReferenceDecoder::ReferenceDecoder(std::shared_ptr<const ModelWeights> weights, Precision precision)
    : weights_(std::move(weights)), arithmetic_{precision} {}

std::string ReferenceDecoder::device() const {
    return arithmetic_.precision == Precision::BF16
               ? "CPU, 1 thread, rounding to bf16 as the JAX reference does"
               : "CPU, 1 thread, plain f32";
}

std::uint64_t ReferenceDecoder::weightBytesPerToken() const {
    return gatescope::weightBytesPerToken(*weights_);
}

std::unique_ptr<KvCache> ReferenceDecoder::makeCache(int capacity) const {
    return std::make_unique<HostKvCache>(config(), capacity);
}

StepStatus ReferenceDecoder::forward(const Batch& batch,
                                     KvCache& anyCache,
                                     const InterventionSet& interventions,
                                     StepOutput& out,
                                     std::stop_token stop) {
    const auto& c = config();
    checkStep(batch, anyCache, c);
    auto& cache = cacheOf<HostKvCache>(anyCache);
    const int numTokens = static_cast<int>(batch.tokens.size());
    rules_.set(interventions, c);
    prepareOutput(batch, cache, rules_.numSelected(), c, out);
    std::ranges::transform(batch.tokens,
                           cache.visible().begin() + cache.length(),
                           [&](TokenId token) { return token == c.padToken ? 0 : 1; });

    Rows hidden = embed(batch.tokens);
    if (batch.tapParts) std::ranges::copy(hidden.all(), out.embedded.begin());
    Rows change(numTokens, c.dModel);
    for (int layer = 0; layer < c.numLayers; ++layer) {
        const LayerWeights& w = weights_->layers[static_cast<std::size_t>(layer)];
        const Rows a = rmsNorm(hidden, w.attentionNorm, c.rmsEps, arithmetic_);
        const bool tapped = batch.tapAttention && batch.tapAttention->layer == layer;
        if (attention(c,
                      w,
                      layer,
                      a,
                      arithmetic_,
                      cache,
                      change,
                      tapped ? batch.tapAttention->head : 0,
                      tapped ? std::span<float>(out.attention) : std::span<float>{},
                      stop) == StepStatus::Stopped)
            return StepStatus::Stopped;
        change = rmsNorm(change, w.attentionOutputNorm, c.rmsEps, arithmetic_);
        addResidual(hidden, change, arithmetic_);
        for (int t = 0; batch.tapParts && t < numTokens; ++t)
            std::ranges::copy(change.row(t), partOf(out, layer, t, 0).begin());

        const Rows m = rmsNorm(hidden, w.moeNorm, c.rmsEps, arithmetic_);
        if (mixExperts(layer, cache.length(), m, out, change, stop) == StepStatus::Stopped)
            return StepStatus::Stopped;
        if (batch.tapParts) normExpertParts(layer, change, out);
        change = rmsNorm(change, w.moeOutputNorm, c.rmsEps, arithmetic_);
        addResidual(hidden, change, arithmetic_);

        if (!out.firstNonFiniteLayer && !allFinite(hidden.all())) out.firstNonFiniteLayer = layer;
        if (batch.tapResiduals)
            std::ranges::copy(hidden.all(),
                              rowIn(out.residuals, layer, numTokens * c.dModel).begin());
    }

    const Rows last = rmsNorm(hidden, weights_->finalNorm, c.rmsEps, arithmetic_);
    if (computeLogits(last, numLogitRows(batch), out.logits, stop) == StepStatus::Stopped)
        return StepStatus::Stopped;
    if (stop.stop_requested())
        return StepStatus::Stopped;  // it may have cut the last product short
    if (!out.firstNonFiniteLayer && !allFinite(out.logits)) out.firstNonFiniteLayer = c.numLayers;
    cache.append(numTokens);
    return StepStatus::Done;
}

Rows ReferenceDecoder::embed(std::span<const TokenId> tokens) const {
    const auto width = static_cast<std::size_t>(config().dModel);
    const float scale = arithmetic_.round(config().embeddingScale);
    std::vector<float> row(width);
    Rows hidden(static_cast<int>(tokens.size()), config().dModel);
    for (std::size_t t = 0; t < tokens.size(); ++t) {
        reference::readOutputRow(weights_->embedding, 0, tokens[t], row);
        std::ranges::transform(row, hidden.row(static_cast<int>(t)).begin(), [&](float x) {
            return arithmetic_.round(arithmetic_.round(x) * scale);
        });
    }
    return hidden;
}

/// Router and experts of one layer; what the router decided goes into `out`.
StepStatus ReferenceDecoder::mixExperts(int layer,
                                        int firstPosition,
                                        const Rows& input,
                                        StepOutput& out,
                                        Rows& output,
                                        const std::stop_token& stop) const {
    const LayerWeights& w = weights_->layers[static_cast<std::size_t>(layer)];
    std::vector<std::int32_t> computedBy(static_cast<std::size_t>(out.numSelected));
    for (int token = 0; token < input.count(); ++token) {
        const int row = layer * input.count() + token;
        const LayerRules rules = rules_.layer(layer, firstPosition + token);
        const auto probs = rowIn(out.routerProbs, row, config().numExperts);
        const auto selected = rowIn(out.selected, row, out.numSelected);
        const auto gates = rowIn(out.gates, row, out.numSelected);
        out.routerLogSumExps[static_cast<std::size_t>(row)] =
            reference::router(input.row(token), w.router, rules, probs, selected, gates);
        findWeights(rules, selected, computedBy);
        const auto parts = out.parts.empty() ? std::span<float>{} : expertParts(out, layer, token);
        if (moeLayer(w,
                     input.row(token),
                     computedBy,
                     gates,
                     arithmetic_,
                     output.row(token),
                     parts,
                     stop) == StepStatus::Stopped)
            return StepStatus::Stopped;
    }
    return StepStatus::Done;
}

/// Of what the experts gave, whose sum is `change`, to what they add to the residual.
void ReferenceDecoder::normExpertParts(int layer, const Rows& change, StepOutput& out) const {
    const LayerWeights& w = weights_->layers[static_cast<std::size_t>(layer)];
    for (int token = 0; token < out.numTokens; ++token)
        for (int s = 0; s < out.numSelected; ++s) {
            const auto expert = partOf(out, layer, token, 1 + s);
            reference::rmsNormPart(
                expert, change.row(token), w.moeOutputNorm, config().rmsEps, arithmetic_, expert);
        }
}

StepStatus ReferenceDecoder::logitsOf(std::span<const float> rows,
                                      std::span<const float> whole,
                                      std::span<float> logits,
                                      std::stop_token stop) {
    checkLens(rows, whole, logits, config());
    const auto width = static_cast<std::size_t>(config().dModel);
    const int count = static_cast<int>(rows.size() / width);
    Rows normed(count, config().dModel);
    for (int r = 0; r < count; ++r) {
        const auto row = rows.subspan(static_cast<std::size_t>(r) * width, width);
        reference::rmsNormPart(row,
                               whole.empty() ? row : whole,
                               weights_->finalNorm,
                               config().rmsEps,
                               arithmetic_,
                               normed.row(r));
    }
    const StepStatus status = computeLogits(normed, count, logits, stop);
    return stop.stop_requested() ? StepStatus::Stopped : status;
}

/// logits = hidden . output^T * logitScale, for the last `numRows` tokens.
StepStatus ReferenceDecoder::computeLogits(const Rows& hidden,
                                           int numRows,
                                           std::span<float> logits,
                                           const std::stop_token& stop) const {
    const auto width = static_cast<std::size_t>(config().dModel);
    const float scale = arithmetic_.round(config().logitScale);
    std::vector<float> row(width);
    for (int r = 0; r < numRows; ++r) {
        const auto h = hidden.row(hidden.count() - numRows + r);
        const auto rowLogits = logits.subspan(static_cast<std::size_t>(r) *
                                              static_cast<std::size_t>(config().vocabSize));
        for (int token = 0; token < config().vocabSize; ++token) {
            if (token % kVocabularyTile == 0 && stop.stop_requested()) return StepStatus::Stopped;
            const auto id = static_cast<std::size_t>(token);
            reference::readOutputRow(weights_->output, 0, token, row);
            arithmetic_.round(row);
            rowLogits[id] = arithmetic_.round(arithmetic_.round(reference::dot(h, row)) * scale);
        }
    }
    return StepStatus::Done;
}

}  // namespace gatescope

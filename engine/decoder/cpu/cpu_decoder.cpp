#include "engine/decoder/cpu/cpu_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/decoder/cpu/attention.h"
#include "engine/decoder/cpu/linear.h"
#include "engine/decoder/cpu/moe_layer.h"
#include "engine/decoder/cpu/router.h"
#include "engine/decoder/step.h"
#include "engine/model/arrival.h"
#include "engine/model/read_order.h"
#include "kernels/cpu/add.h"
#include "kernels/cpu/attention_weights.h"
#include "kernels/cpu/rms_norm.h"
#include "kernels/cpu/rope.h"
#include "kernels/cpu/simd_target.h"

namespace gatescope {
namespace {

/// However a step ends, it waits for nothing any more.
struct StepOfArrivingModel {
    Arrival* arrival;
    ~StepOfArrivingModel() {
        if (arrival != nullptr) arrival->calm();
    }
};

}  // namespace

CpuDecoder::CpuDecoder(std::shared_ptr<const ModelWeights> weights,
                       int numThreads,
                       Precision precision,
                       DType cacheType,
                       cpu::CpuTopology topology,
                       Communicator* communicator)
    : weights_(std::move(weights)),
      pool_(numThreads, std::move(topology)),
      precision_(precision),
      cacheType_(cacheType),
      rounding_(cpu::roundingFor(*weights_, precision)),
      communicator_(communicator) {}

std::string CpuDecoder::device() const {
    const char* activations = precision_ == Precision::Int8    ? ", int8 activations"
                              : precision_ == Precision::Mixed ? ", bf16 activations"
                                                               : "";
    return fmt::format("CPU, {} thread{}{}, {}{}",
                       pool_.size(),
                       pool_.size() == 1 ? "" : "s",
                       pool_.numNodes() == 1 ? "" : fmt::format(" on {} nodes", pool_.numNodes()),
                       kernels::simdTargetName(),
                       activations);
}

std::uint64_t CpuDecoder::weightBytesPerToken() const {
    return gatescope::weightBytesPerToken(*weights_);
}

std::unique_ptr<KvCache> CpuDecoder::makeCache(int capacity) const {
    return std::make_unique<cpu::PanelKvCache>(config(), capacity, cacheType_);
}

StepStatus CpuDecoder::forward(const Batch& batch,
                               KvCache& anyCache,
                               const InterventionSet& interventions,
                               StepOutput& out,
                               std::stop_token stop) {
    checkStep(batch, anyCache, config());
    auto& cache = cacheOf<cpu::PanelKvCache>(anyCache);
    const auto stay = pool_.ownerOnNode();
    const StepOfArrivingModel waiting{weights_->arrival.get()};
    const int numTokens = static_cast<int>(batch.tokens.size());
    rules_.set(interventions, config());
    tapped_ = batch.tapAttention;
    prepareOutput(batch, cache, rules_.numSelected(), config(), out);
    std::ranges::transform(batch.tokens,
                           cache.visible().begin() + cache.length(),
                           [&](TokenId token) { return token == config().padToken ? 0 : 1; });
    scratch_.reserve(config(),
                     std::min(numTokens, cpu::kChunkTokens),
                     rules_.numSelected(),
                     pool_.size(),
                     cache.capacity(),
                     rounding_);
    for (int begin = 0; begin < numTokens; begin += cpu::kChunkTokens) {
        const Chunk chunk{begin, std::min(cpu::kChunkTokens, numTokens - begin)};
        runChunk(batch, chunk, cache, out, stop);
        if (stop.stop_requested()) return StepStatus::Stopped;
    }
    if (!out.firstNonFiniteLayer && !allFinite(out.logits))
        out.firstNonFiniteLayer = config().numLayers;
    cache.append(numTokens);
    return StepStatus::Done;
}

void CpuDecoder::runChunk(const Batch& batch,
                          Chunk chunk,
                          cpu::PanelKvCache& cache,
                          StepOutput& out,
                          const std::stop_token& stop) {
    if (!hasArrived(0, stop)) return;
    embed(batch.tokens.subspan(static_cast<std::size_t>(chunk.begin),
                               static_cast<std::size_t>(chunk.count)),
          cache.length() + chunk.begin);
    for (int t = 0; batch.tapParts && t < chunk.count; ++t)
        std::ranges::copy(scratch_.hidden.rowSpan(t),
                          rowIn(out.embedded, chunk.begin + t, config().dModel).begin());
    for (int layer = 0; layer < config().numLayers; ++layer) {
        if (!hasArrived(1 + layer, stop)) return;
        runLayer(layer, chunk, cache, out, stop);
        if (stop.stop_requested()) return;
    }
    if (hasArrived(numStages(config()) - 1, stop)) computeLogits(batch, chunk, out, stop);
}

/// Waits for a model that is still being read: for what all tokens need of a stage. False: `stop`
/// was requested.
bool CpuDecoder::hasArrived(int stage, const std::stop_token& stop) const {
    return !weights_->arrival || weights_->arrival->awaitPortion(stage, stage, stop);
}

/// The same for the experts that the tokens of a chunk take.
bool CpuDecoder::expertsHaveArrived(int layer,
                                    std::span<const std::int32_t> experts,
                                    std::span<const float> gates,
                                    const std::stop_token& stop) const {
    if (!weights_->arrival) return true;
    const auto forEachExpert = [&](const auto& use) {
        for (std::size_t i = 0; i < experts.size(); ++i)
            if (gates[i] != 0 && !use(portionOfExpert(config(), layer, experts[i]), 1 + layer))
                return false;
        return true;
    };
    forEachExpert([&](int portion, int stage) {
        weights_->arrival->wantPortion(portion, stage);
        return true;
    });
    return forEachExpert([&](int portion, int stage) {
        return weights_->arrival->awaitPortion(portion, stage, stop);
    });
}

/// Runs body(token) for the tokens of a chunk: on all threads, or at once for a single token.
template <class Body>
void CpuDecoder::forEachToken(int numTokens, const Body& body) {
    pool_.run(numTilesOf(numTokens, cpu::kTokenTile), [&](int tile, int /*thread*/) {
        const auto tokens = tileOf(tile, numTokens, cpu::kTokenTile);
        for (int t = tokens.begin; t < tokens.end; ++t) body(t);
    });
}

/// What the tapped head, whose queries are still there, gives each key.
void CpuDecoder::tapAttention(Chunk chunk, cpu::PanelKvCache& cache, StepOutput& out) {
    const kernels::KvHead keys = cache.head(tapped_->layer, tapped_->head / config().groupSize());
    forEachToken(chunk.count, [&](int t) {
        kernels::attentionWeights(keys,
                                  cpu::attentionRules(config(), cache),
                                  scratch_.query.row(t) + tapped_->head * config().headSize,
                                  cache.length() + chunk.begin + t + 1,
                                  attentionOf(out, chunk.begin + t).data());
    });
}

void CpuDecoder::embed(std::span<const TokenId> tokens, int position) {
    forEachToken(static_cast<int>(tokens.size()), [&](int t) {
        float* hidden = scratch_.hidden.row(t);
        cpu::readEmbeddingRow(weights_->embedding, tokens[static_cast<std::size_t>(t)], hidden);
        kernels::scale(hidden, config().embeddingScale, config().dModel, hidden);
        kernels::ropeAngles(position + t,
                            config().ropeBase,
                            config().headSize,
                            scratch_.cosines.row(t),
                            scratch_.sines.row(t));
    });
}

void CpuDecoder::runLayer(int layer,
                          Chunk chunk,
                          cpu::PanelKvCache& cache,
                          StepOutput& out,
                          const std::stop_token& stop) {
    const LayerWeights& w = weights_->layers[static_cast<std::size_t>(layer)];
    forEachToken(chunk.count, [&](int t) {
        kernels::rmsNorm(scratch_.hidden.row(t),
                         w.attentionNorm.data(),
                         config().dModel,
                         config().rmsEps,
                         scratch_.normed.row(t));
        scratch_.normedRounded.round(scratch_.normed, t);
    });
    attention(config(),
              w,
              layer,
              cache.length() + chunk.begin,
              chunk.count,
              pool_,
              cache,
              scratch_,
              stop);
    if (stop.stop_requested()) return;
    if (!sumOverRanks(scratch_.change, chunk.count, {"the sum behind attention", layer})) return;
    if (tapped_ && tapped_->layer == layer) tapAttention(chunk, cache, out);
    addNormed(w.attentionOutputNorm, chunk.count);
    for (int t = 0; !out.parts.empty() && t < chunk.count; ++t)
        std::ranges::copy(scratch_.change.rowSpan(t),
                          partOf(out, layer, chunk.begin + t, 0).begin());

    routeChunk(layer, chunk, cache.length() + chunk.begin, out);
    const int firstRow = layer * out.numTokens + chunk.begin;
    const auto choices = static_cast<std::size_t>(chunk.count * out.numSelected);
    const auto firstChoice =
        static_cast<std::size_t>(firstRow) * static_cast<std::size_t>(out.numSelected);
    const auto experts = std::span(scratch_.computedBy).first(choices);
    const auto gates = std::span(out.gates).subspan(firstChoice, choices);
    if (!expertsHaveArrived(layer, experts, gates, stop)) return;
    moeLayer(config(),
             w,
             {.experts = experts,
              .gates = gates,
              .numTokens = chunk.count,
              .numSelected = out.numSelected},
             pool_,
             scratch_,
             stop);
    if (stop.stop_requested()) return;
    if (!sumOverRanks(scratch_.change, chunk.count, {"the sum behind the experts", layer})) return;
    if (!out.parts.empty()) {
        const int pairs = scratch_.expertBegin.back();
        if (!sumOverRanks(scratch_.expertOut, pairs, {"the sum of each expert", layer})) return;
        tapExperts(layer, chunk, gates, out);
    }
    addNormed(w.moeOutputNorm, chunk.count);
    tapLayer(layer, chunk, out);
}

/// Each rank has a part of every sum. False: the ranks give up, and `stop` is requested.
bool CpuDecoder::sumOverRanks(cpu::RowBuffer& rows, int count, MeetingPlace place) {
    if (communicator_ == nullptr) return true;
    return communicator_->allReduce(
        {rows.row(0), static_cast<std::size_t>(count) * static_cast<std::size_t>(rows.width())},
        place);
}

/// hidden += rms(change)
void CpuDecoder::addNormed(std::span<const float> norm, int numTokens) {
    forEachToken(numTokens, [&](int t) {
        float* change = scratch_.change.row(t);
        kernels::rmsNorm(change, norm.data(), config().dModel, config().rmsEps, change);
        kernels::add(change, config().dModel, scratch_.hidden.row(t));
    });
}

/// Norm and router; what the routers decided goes into `out`.
void CpuDecoder::routeChunk(int layer, Chunk chunk, int firstPosition, StepOutput& out) {
    const LayerWeights& w = weights_->layers[static_cast<std::size_t>(layer)];
    forEachToken(chunk.count, [&](int t) {
        kernels::rmsNorm(scratch_.hidden.row(t),
                         w.moeNorm.data(),
                         config().dModel,
                         config().rmsEps,
                         scratch_.normed.row(t));
        scratch_.normedRounded.round(scratch_.normed, t);
        const int row = layer * out.numTokens + chunk.begin + t;
        const LayerRules rules = rules_.layer(layer, firstPosition + t);
        const auto selected = rowIn(out.selected, row, out.numSelected);
        out.routerLogSumExps[static_cast<std::size_t>(row)] =
            cpu::router(scratch_.normed.rowSpan(t),
                        w.router,
                        rules,
                        rowIn(out.routerProbs, row, config().numExperts),
                        selected,
                        rowIn(out.gates, row, out.numSelected));
        findWeights(rules, selected, rowIn(scratch_.computedBy, t, out.numSelected));
    });
}

void CpuDecoder::tapLayer(int layer, Chunk chunk, StepOutput& out) {
    for (int t = 0; t < chunk.count; ++t) {
        const auto hidden = scratch_.hidden.rowSpan(t);
        // Chunks come one after another, so a later one may find an earlier layer.
        if (layer < out.firstNonFiniteLayer.value_or(config().numLayers) && !allFinite(hidden))
            out.firstNonFiniteLayer = layer;
        if (out.residuals.empty()) continue;
        const int row = layer * out.numTokens + chunk.begin + t;
        std::ranges::copy(hidden, rowIn(out.residuals, row, config().dModel).begin());
    }
}

/// What each expert of a chunk will have added to the residual.
void CpuDecoder::tapExperts(int layer, Chunk chunk, std::span<const float> gates, StepOutput& out) {
    const auto& norm = weights_->layers[static_cast<std::size_t>(layer)].moeOutputNorm;
    for (int t = 0; t < chunk.count; ++t)
        for (int s = 0; s < out.numSelected; ++s) {
            const auto choice = static_cast<std::size_t>(t * out.numSelected + s);
            const std::int32_t pair = scratch_.pairOf[choice];
            float* expert = partOf(out, layer, chunk.begin + t, 1 + s).data();
            if (pair < 0) {
                std::fill_n(expert, config().dModel, 0.0F);
                continue;
            }
            kernels::scale(scratch_.expertOut.row(pair), gates[choice], config().dModel, expert);
            kernels::rmsNormPart(expert,
                                 scratch_.change.row(t),
                                 norm.data(),
                                 config().dModel,
                                 config().rmsEps,
                                 expert);
        }
}

/// logits = rms(hidden) . output^T * logitScale, for the tokens of the chunk that need them.
void CpuDecoder::computeLogits(const Batch& batch,
                               Chunk chunk,
                               StepOutput& out,
                               const std::stop_token& stop) {
    // Rows of logits belong to the last tokens of the batch.
    const int firstWithLogits = out.numTokens - numLogitRows(batch);
    const int first = std::max(chunk.begin, firstWithLogits);
    const int count = chunk.begin + chunk.count - first;
    if (count <= 0) return;
    forEachToken(count, [&](int i) {
        const int t = first - chunk.begin + i;
        kernels::rmsNorm(scratch_.hidden.row(t),
                         weights_->finalNorm.data(),
                         config().dModel,
                         config().rmsEps,
                         scratch_.normed.row(t));
        scratch_.normedRounded.round(scratch_.normed, t);
    });
    unembed(first - chunk.begin,
            count,
            rowIn(out.logits, first - firstWithLogits, config().vocabSize).data(),
            stop);
}

/// logits [count, vocabSize] of rows of `normed`.
void CpuDecoder::unembed(int firstRow, int count, float* logits, const std::stop_token& stop) {
    if (communicator_ == nullptr)
        return multiplyWords(firstRow, count, {logits, config().vocabSize}, stop);
    const int ranks = communicator_->size();
    const int words = wordsOf(config(), {0, ranks}).end;  // of rank 0, which has the most
    const auto own = static_cast<std::size_t>(count) * static_cast<std::size_t>(words);
    ownLogits_.resize(std::max(ownLogits_.size(), own));
    allLogits_.resize(std::max(allLogits_.size(), own * static_cast<std::size_t>(ranks)));
    multiplyWords(firstRow, count, {ownLogits_.data(), words}, stop);
    if (stop.stop_requested()) return;
    const std::span all = std::span(allLogits_).first(own * static_cast<std::size_t>(ranks));
    if (!communicator_->allGather(std::span(ownLogits_).first(own), all, {"the logits"})) return;
    for (int rank = 0; rank < ranks; ++rank) {
        const WordRange theirs = wordsOf(config(), {rank, ranks});
        const float* from = all.data() + static_cast<std::size_t>(rank) * own;
        for (int row = 0; row < count; ++row)
            std::copy_n(from + row * std::ptrdiff_t{words},
                        theirs.end - theirs.begin,
                        logits + row * std::ptrdiff_t{config().vocabSize} + theirs.begin);
    }
}

/// y [count, words] of the output matrix that this decoder has.
void CpuDecoder::multiplyWords(int firstRow,
                               int count,
                               kernels::OutputRows y,
                               const std::stop_token& stop) {
    const cpu::Inputs x{
        .exact = {.data = scratch_.normed.row(firstRow), .stride = config().dModel, .count = count},
        .rounded = scratch_.normedRounded.rows(firstRow, count)};
    const cpu::ColumnTiles tiles = cpu::columnTiles(weights_->output.numOut, count, pool_);
    pool_.run(tiles.count(), [&](int tile, int thread) {
        if (stop.stop_requested()) return;
        cpu::multiplyTile(weights_->output,
                          0,
                          x,
                          y,
                          tiles.at(tile),
                          scratch_.matmul.row(thread),
                          config().logitScale);
    });
}

StepStatus CpuDecoder::logitsOf(std::span<const float> rows,
                                std::span<const float> whole,
                                std::span<float> logits,
                                std::stop_token stop) {
    checkLens(rows, whole, logits, config());
    const auto stay = pool_.ownerOnNode();
    const StepOfArrivingModel waiting{weights_->arrival.get()};
    if (!hasArrived(numStages(config()) - 1, stop)) return StepStatus::Stopped;
    const auto width = static_cast<std::size_t>(config().dModel);
    const int numRows = static_cast<int>(rows.size() / width);
    scratch_.reserve(config(),
                     std::min(numRows, cpu::kChunkTokens),
                     config().numSelected,
                     pool_.size(),
                     1,
                     rounding_);
    for (int begin = 0; begin < numRows; begin += cpu::kChunkTokens) {
        const int count = std::min(cpu::kChunkTokens, numRows - begin);
        forEachToken(count, [&](int i) {
            const float* row = rows.data() + static_cast<std::size_t>(begin + i) * width;
            kernels::rmsNormPart(row,
                                 whole.empty() ? row : whole.data(),
                                 weights_->finalNorm.data(),
                                 config().dModel,
                                 config().rmsEps,
                                 scratch_.normed.row(i));
            scratch_.normedRounded.round(scratch_.normed, i);
        });
        unembed(0,
                count,
                logits.data() +
                    static_cast<std::size_t>(begin) * static_cast<std::size_t>(config().vocabSize),
                stop);
        if (stop.stop_requested()) return StepStatus::Stopped;
    }
    return StepStatus::Done;
}

}  // namespace gatescope

#include "engine/decoder/cuda/draw_memory.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <random>
#include <utility>

#include "engine/check.h"
#include "kernels/sampling/sampling_weight.h"

namespace gatescope::cuda {
namespace {

using kernels::cuda::LikelyTokens;
using kernels::cuda::PublishedStep;

static_assert(LikelyTokens::kMost == TokenAlternatives::kMost);

std::size_t toSixteen(std::size_t bytes) {
    return (bytes + 15) / 16 * 16;
}

}  // namespace

DrawMemory::DrawMemory(std::shared_ptr<const Gpu> gpu,
                       const ModelConfig& config,
                       int mostTokens,
                       std::size_t resultBytes)
    : gpu_(std::move(gpu)),
      vocabSize_(config.vocabSize),
      numLayers_(config.numLayers),
      mostTokens_(mostTokens),
      slotBytes_(PublishedStep::kResultsAt + toSixteen(resultBytes)),
      memory_(gpu_, deviceBytes(config, mostTokens), "drawing tokens"),
      ring_(gpu_, kSlots * slotBytes_) {
    GS_CHECK(static_cast<std::uint64_t>(vocabSize_) <= kernels::kMostWeights);
    Arena onDevice(memory_.data());
    device_ = placeUploaded(onDevice, config, mostTokens);
    uploadedBytes_ = onDevice.used();
    scratch_ = placeScratch(onDevice, config);
    staging_ = PinnedMemory(gpu_, uploadedBytes_);
    Arena onHost(staging_.data());
    host_ = placeUploaded(onHost, config, mostTokens);
    std::memset(ring_.data(), 0, ring_.size());
}

std::size_t DrawMemory::deviceBytes(const ModelConfig& config, int mostTokens) {
    Arena count;
    (void)placeUploaded(count, config, mostTokens);
    (void)placeScratch(count, config);
    return count.used();
}

DrawMemory::Uploaded DrawMemory::placeUploaded(Arena& arena,
                                               const ModelConfig& config,
                                               int mostTokens) {
    const std::size_t vocabSize = elements(1, config.vocabSize);
    const std::size_t draws = elements(1, mostTokens) + 1;  // one that is only looked at
    return Uploaded{.rules = arena.take<kernels::cuda::DrawRules>(1),
                    .state = arena.take<kernels::cuda::DrawState>(1),
                    .logits = arena.take<float>(vocabSize),
                    .seen = arena.take<int>(vocabSize),
                    .history = arena.take<std::int32_t>(elements(1, mostTokens) + draws),
                    .randoms = arena.take<std::uint64_t>(draws)};
}

DrawMemory::Scratch DrawMemory::placeScratch(Arena& arena, const ModelConfig& config) {
    return Scratch{.bins = arena.take<kernels::cuda::GapBin>(kernels::cuda::kGapBins),
                   .members = arena.take<std::int32_t>(elements(1, config.vocabSize)),
                   .candidates = arena.take<kernels::cuda::Weight>(
                       elements(kernels::cuda::kMostRankBlocks, LikelyTokens::kMost)),
                   .better = arena.take<unsigned>(1),
                   .likely = arena.take<LikelyTokens>(1)};
}

void DrawMemory::begin(const ContinuationStart& start) {
    GS_CHECK(holds(start.maxTokens));
    // A window longer than the context is the whole context.
    const int window = std::min(start.sampler.repetitionWindow, mostTokens_);
    const auto recent =
        start.recent.last(std::min(start.recent.size(), static_cast<std::size_t>(window)));
    const SamplerBounds bounds = boundsOf(start.sampler);
    *host_.rules = {.penalty = start.sampler.repetitionPenalty,
                    .temperature = start.sampler.temperature,
                    .topK = start.sampler.topK,
                    .topP = bounds.topP,
                    .mostGap = bounds.mostGap,
                    .window = window};
    *host_.state = {.numBefore = static_cast<int>(recent.size())};
    std::ranges::copy(start.logits, host_.logits);
    std::fill_n(host_.seen, vocabSize_, 0);
    for (const TokenId token : recent) ++host_.seen[token];
    std::ranges::copy(recent, host_.history);
    std::mt19937_64 random(start.sampler.seed);
    random.discard(static_cast<unsigned long long>(start.drawsBefore));
    std::generate_n(host_.randoms, start.maxTokens + 1, [&] { return random(); });
    gpu_->copy(memory_.data(), staging_.data(), uploadedBytes_);
    gpu_->check(gpu_->module().fill(scratch_.bins,
                                    0,
                                    kernels::cuda::kGapBins * sizeof(kernels::cuda::GapBin),
                                    gpu_->stream()),
                "a reply began");
    gpu_->check(gpu_->module().fill(scratch_.better, 0, sizeof(unsigned), gpu_->stream()),
                "a reply began");
    for (int i = 0; i < kSlots; ++i) slot(i)->number = 0;
}

kernels::cuda::DrawToken DrawMemory::draw(const float* logits) const {
    return {.logits = logits,
            .vocabSize = vocabSize_,
            .rules = device_.rules,
            .randoms = device_.randoms,
            .history = device_.history,
            .seen = device_.seen,
            .state = device_.state,
            .bins = scratch_.bins,
            .members = scratch_.members,
            .layer = numLayers_};
}

kernels::cuda::RankTokens DrawMemory::rank(const float* logits) const {
    return {.logits = logits,
            .vocabSize = vocabSize_,
            .state = device_.state,
            .candidates = scratch_.candidates,
            .better = scratch_.better,
            .likely = scratch_.likely};
}

kernels::cuda::PublishStep DrawMemory::publish(const std::byte* results, std::size_t bytes) const {
    GS_CHECK(PublishedStep::kResultsAt + toSixteen(bytes) <= slotBytes_);
    return {.state = device_.state,
            .likely = scratch_.likely,
            .results = results,
            .bytes = toSixteen(bytes),
            .slots = ring_.data(),
            .slotBytes = slotBytes_,
            .numSlots = kSlots};
}

PublishedStep* DrawMemory::slot(int index) const {
    return reinterpret_cast<PublishedStep*>(ring_.data() +
                                            elements(index % kSlots, 1) * slotBytes_);
}

bool DrawMemory::published(int index) const {
    return std::atomic_ref<unsigned>(slot(index)->number).load(std::memory_order_acquire) ==
           static_cast<unsigned>(index) + 1;
}

TokenId DrawMemory::id(int index) const {
    return slot(index)->token;
}

SampledToken DrawMemory::token(int index) const {
    const PublishedStep& step = *slot(index);
    SampledToken sampled{.token = step.token, .logProb = step.logProb, .alternatives = nullptr};
    if (step.likely.count == 0) return sampled;
    auto alternatives = std::make_shared<TokenAlternatives>();
    const auto count = static_cast<std::size_t>(step.likely.count);
    alternatives->tokens.assign(step.likely.tokens, step.likely.tokens + count);
    alternatives->logProbs.assign(step.likely.logProbs, step.likely.logProbs + count);
    alternatives->entropy = step.entropy;
    alternatives->rank = step.likely.rank;
    sampled.alternatives = std::move(alternatives);
    return sampled;
}

std::byte* DrawMemory::results(int index) const {
    return reinterpret_cast<std::byte*>(slot(index)) + PublishedStep::kResultsAt;
}

}  // namespace gatescope::cuda

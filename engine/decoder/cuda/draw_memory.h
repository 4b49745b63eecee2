#pragma once

#include <memory>

#include "engine/decoder/cuda/arena.h"
#include "engine/decoder/cuda/gpu.h"
#include "engine/decoder/decoder.h"
#include "engine/model/model_config.h"

namespace gatescope::cuda {

/// What a reply that a GPU goes on with by itself needs besides a step: how tokens are drawn, and
/// the ring in pinned host memory through which what a step gave leaves
/// (kernels/cuda/draw_token.h).
class DrawMemory {
  public:
    /// Steps whose results the ring holds.
    static constexpr int kSlots = 4;

    DrawMemory() = default;
    /// For replies of up to `mostTokens`; `resultBytes` is what a step gives at most.
    DrawMemory(std::shared_ptr<const Gpu> gpu,
               const ModelConfig& config,
               int mostTokens,
               std::size_t resultBytes);
    static std::size_t deviceBytes(const ModelConfig& config, int mostTokens);
    bool holds(int tokens) const { return tokens <= mostTokens_; }

    /// Enqueues how a reply begins, and empties the ring. Nothing of an earlier one is under way.
    void begin(const ContinuationStart& start);
    /// A draw from logits [vocabSize] on the device; the caller says what of the decoder's comes of
    /// it.
    kernels::cuda::DrawToken draw(const float* logits) const;
    /// What might have come, of a draw that has been made from the same logits.
    kernels::cuda::RankTokens rank(const float* logits) const;
    const float* firstLogits() const { return device_.logits; }  ///< those that begin() brought
    /// Of a step whose results lie at `results` on the device.
    kernels::cuda::PublishStep publish(const std::byte* results, std::size_t bytes) const;

    /// Is draw `index`, from 0, in the ring?
    bool published(int index) const;
    TokenId id(int index) const;           ///< if it is
    SampledToken token(int index) const;   ///< the same, with all that is known of it
    std::byte* results(int index) const;  ///< of the step before that draw

  private:
    /// The same places on the device and in pinned memory, from where they are uploaded.
    struct Uploaded {
        kernels::cuda::DrawRules* rules = nullptr;
        kernels::cuda::DrawState* state = nullptr;
        float* logits = nullptr;           ///< [vocabSize]
        int* seen = nullptr;               ///< [vocabSize]
        std::int32_t* history = nullptr;   ///< [2 mostTokens + 1]
        std::uint64_t* randoms = nullptr;  ///< [mostTokens + 1]
    };
    /// On the device alone.
    struct Scratch {
        kernels::cuda::GapBin* bins = nullptr;
        std::int32_t* members = nullptr;
        kernels::cuda::Weight* candidates = nullptr;
        unsigned* better = nullptr;
        kernels::cuda::LikelyTokens* likely = nullptr;
    };
    static Uploaded placeUploaded(Arena& arena, const ModelConfig& config, int mostTokens);
    static Scratch placeScratch(Arena& arena, const ModelConfig& config);
    kernels::cuda::PublishedStep* slot(int index) const;

    std::shared_ptr<const Gpu> gpu_;
    int vocabSize_ = 0;
    int numLayers_ = 0;
    int mostTokens_ = 0;
    std::size_t uploadedBytes_ = 0;
    std::size_t slotBytes_ = 0;
    DeviceMemory memory_;
    PinnedMemory staging_;
    PinnedMemory ring_;
    Uploaded device_, host_;
    Scratch scratch_;
};

}  // namespace gatescope::cuda

#pragma once

#include <memory>

#include "engine/decoder/cuda/gpu.h"
#include "engine/decoder/decoder.h"

namespace gatescope::cuda {

/// Keys and values on a device (kernels/cuda/kv_cache.h), with all that depends on the number of
/// positions: angles, scratch of attention, and the recorded step that points into them. Rows from
/// length() on are scratch, as in every cache. Used by one thread at a time.
class CudaKvCache final : public KvCache {
  public:
    /// `type` is F32, F16, BF16 or I8. Throws Error(NoMemory) with the numbers. Requires
    /// capacity >= 1.
    CudaKvCache(std::shared_ptr<const Gpu> gpu,
                const ModelConfig& config,
                int capacity,
                DType type);

    int length() const override { return length_; }
    int capacity() const override { return heads_.capacity; }
    std::uint64_t bytes() const override { return memory_.size(); }
    void truncate(int length) override;
    std::uint64_t rowBytes() const override { return kernels::cuda::kvRowBytes(heads_); }
    void saveRows(int begin, std::span<std::byte* const> rows) const override;
    void appendRows(std::span<const std::byte* const> rows) override;

    kernels::cuda::KvLayer layer(int layer) const;
    std::uint8_t* visible() const { return visible_; }  ///< [capacity]
    const float* cosines() const { return cosines_; }   ///< [capacity, headSize / 2]
    const float* sines() const { return sines_; }       ///< [capacity, headSize / 2]
    int numSplits() const { return numSplits_; }
    float* parts() const { return parts_; }  ///< kernels::cuda::DecodeAttention
    unsigned* tickets() const { return tickets_; }
    void append(int numTokens);

    /// A step of one token, for `numSelected` experts and memory where it lay then.
    struct Recorded {
        RecordedGraph graph;
        int numSelected = 0;
        int placesVersion = 0;
    };
    Recorded& step() { return step_; }
    Recorded& replyStep() { return replyStep_; }  ///< one that draws its own token

  private:
    kernels::cuda::KvRows rowsAt(int begin, std::size_t count, std::byte* rows) const;

    std::shared_ptr<const Gpu> gpu_;
    int numKvHeads_;
    int numSplits_;
    int length_ = 0;
    kernels::cuda::KvLayer heads_;  ///< of all layers together
    std::uint8_t* visible_ = nullptr;
    float* cosines_ = nullptr;
    float* sines_ = nullptr;
    float* parts_ = nullptr;
    unsigned* tickets_ = nullptr;
    DeviceMemory memory_;
    Recorded step_;
    Recorded replyStep_;
};

}  // namespace gatescope::cuda

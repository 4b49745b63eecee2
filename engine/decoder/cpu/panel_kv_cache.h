#pragma once

#include <cstdint>
#include <span>

#include "engine/decoder/decoder.h"
#include "engine/model/weights.h"
#include "kernels/cpu/kv_head.h"

namespace gatescope::cpu {

/// Keys (after RoPE) and values in host memory as the CPU decoder's attention reads them:
/// kernels/cpu/kv_head.h, one KvHead a layer and KV head. Pages that no token has reached yet are
/// not touched, so a large capacity costs address space only. Rows from length() on are scratch: a
/// decoder writes them during a step and makes them part of the sequence with append(). That is
/// why a stopped step leaves the cache as it was.
/// Used by one thread at a time; during a step the decoder's workers write disjoint positions.
class PanelKvCache final : public KvCache {
  public:
    /// `type` is F32, F16, BF16 or I8. Throws Error(NoMemory) with the bytes needed. Requires
    /// capacity >= 1.
    PanelKvCache(const ModelConfig& config, int capacity, DType type);

    int length() const override { return length_; }
    int capacity() const override { return capacity_; }
    std::uint64_t bytes() const override;
    void truncate(int length) override;
    /// A row is kernels::takeKeyValue() of each head, layer after layer, then whether the token is
    /// visible.
    std::uint64_t rowBytes() const override;
    void saveRows(int begin, std::span<std::byte* const> rows) const override;
    void appendRows(std::span<const std::byte* const> rows) override;

    kernels::KvHead head(int layer, int kvHead);
    /// [capacity] 1 where the token at that position may be seen as a key, 0 for padding.
    std::span<std::uint8_t> visible() {
        return {reinterpret_cast<std::uint8_t*>(visible_.data()),
                static_cast<std::size_t>(capacity_)};
    }
    /// Makes the next `numTokens` rows part of the sequence.
    void append(int numTokens);

  private:
    template <class Byte, class Copy>
    void forEachRow(int begin, std::span<Byte* const> rows, const Copy& copy);
    std::size_t headBytes() const { return kernels::keyValueBytes(type_, headSize_); }

    DType type_;
    int numLayers_;
    int numKvHeads_;
    int headSize_;
    int capacity_;
    std::size_t rows_;  ///< capacity in whole panels
    int length_ = 0;
    AlignedBuffer keys_;
    AlignedBuffer values_;
    AlignedBuffer scales_;  ///< [numLayers, numKvHeads, 2, rows], only with I8
    AlignedBuffer visible_;
};

/// Bytes of keys and values of one token in every layer.
std::uint64_t kvBytesPerToken(const ModelConfig& config, DType type);

}  // namespace gatescope::cpu

#pragma once

#include <cstdint>
#include <span>

#include "engine/decoder/decoder.h"
#include "engine/model/weights.h"

namespace gatescope {

/// Keys (after RoPE) and values in host memory as f32, laid out so that one head's keys lie one
/// behind the other:
///   keys, values  [numLayers, numKvHeads, capacity, headSize]
/// Pages that no token has reached yet are not touched, so a large capacity costs address space
/// only. Rows from length() on are scratch: a decoder writes them during a step and makes them part
/// of the sequence with append(). That is why a stopped step leaves the cache as it was.
/// Used by one thread at a time; during a step the decoder's workers write disjoint rows.
class HostKvCache final : public KvCache {
  public:
    /// Throws Error(NoMemory) with the bytes needed. Requires capacity >= 1.
    HostKvCache(const ModelConfig& config, int capacity);

    int length() const override { return length_; }
    int capacity() const override { return capacity_; }
    std::uint64_t bytes() const override;
    void truncate(int length) override;
    /// A row is key and value of each head, layer after layer, then whether the token is visible.
    std::uint64_t rowBytes() const override;
    void saveRows(int begin, std::span<std::byte* const> rows) const override;
    void appendRows(std::span<const std::byte* const> rows) override;

    /// [capacity, headSize] of one head.
    float* keys(int layer, int kvHead) { return head(keys_, layer, kvHead); }
    float* values(int layer, int kvHead) { return head(values_, layer, kvHead); }

    /// [capacity] 1 where the token at that position may be seen as a key, 0 for padding.
    std::span<std::uint8_t> visible() {
        return {reinterpret_cast<std::uint8_t*>(visible_.data()),
                static_cast<std::size_t>(capacity_)};
    }
    /// Makes the next `numTokens` rows part of the sequence.
    void append(int numTokens);

  private:
    float* head(AlignedBuffer& buffer, int layer, int kvHead);
    std::size_t headBytes() const { return static_cast<std::size_t>(headSize_) * sizeof(float); }

    int numHeads_;  ///< of all layers together
    int numKvHeads_;
    int headSize_;
    int capacity_;
    int length_ = 0;
    AlignedBuffer keys_;
    AlignedBuffer values_;
    AlignedBuffer visible_;
};

}  // namespace gatescope

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/decoder/cpu/linear.h"
#include "engine/model/weights.h"
#include "kernels/cpu/int8_activations.h"

namespace gatescope::cpu {

/// Rows of f32 in memory that is made once and grows when a larger step comes.
class RowBuffer {
  public:
    /// Gives it room for `count` rows of `width` floats; what it held is lost when it grows.
    void reserve(int count, int width);
    float* row(int index) {
        return reinterpret_cast<float*>(memory_.data()) +
               static_cast<std::size_t>(index) * static_cast<std::size_t>(width_);
    }
    std::span<float> rowSpan(int index) { return {row(index), static_cast<std::size_t>(width_)}; }
    int width() const { return width_; }
    std::uint64_t bytes() const { return memory_.size(); }

  private:
    int width_ = 0;
    AlignedBuffer memory_;
};

/// Memory for rows of blocks of kInputs. Not reserved: there are none.
template <class Block, int kInputs>
struct BlockBuffer {
    /// Without whole blocks in a row no weights take them.
    void reserve(int count, int width) {
        if (width % kInputs != 0) return;
        rows.stride = width / kInputs;
        const std::size_t bytes =
            static_cast<std::size_t>(count) * static_cast<std::size_t>(rows.stride) * sizeof(Block);
        if (bytes > memory.size()) memory = AlignedBuffer(bytes);
        rows.blocks = reinterpret_cast<Block*>(memory.data());
    }
    bool isReserved() const { return rows.blocks != nullptr; }

    AlignedBuffer memory;
    kernels::ActivationBlocks<Block> rows;
};

/// Rows of rounded activations, in memory that is made once. Not reserved: there are none.
class RoundedBuffer {
  public:
    /// int8 needs a `width` of whole blocks of 32, int24 of 64; without them no weights take it.
    void reserve(int count, int width, Rounding to);
    /// Rounds elements [begin, end) of a row of `from`, for int8 and int24 whole blocks.
    void round(RowBuffer& from, int row, int begin, int end);
    void round(RowBuffer& from, int row) { round(from, row, 0, from.width()); }
    /// Rows first, first + 1, ..., or those that `index` names.
    RoundedRows rows(int first, int count, const std::int32_t* index = nullptr) const;
    std::uint64_t bytes() const {
        return int8_.memory.size() + int24_.memory.size() + halves_.size();
    }

  private:
    std::uint16_t* bf16Row(int row) const { return bf16_ + row * std::ptrdiff_t{bf16Width_}; }

    BlockBuffer<kernels::ActivationBlock, kernels::kActivationBlock> int8_;
    BlockBuffer<kernels::Int24Block, kernels::kInt24Block> int24_;
    AlignedBuffer halves_;
    std::uint16_t* bf16_ = nullptr;  ///< null: there are none
    int bf16Width_ = 0;
};

/// Tokens that go through the layers together: each weight is read once for all of them. Of eight
/// experts, two selected, each gets a quarter; with fewer its tiles would not fill.
inline constexpr int kChunkTokens = 512;

/// Tokens of a prompt that one thread norms, or takes over the keys of a head, together.
inline constexpr int kTokenTile = 8;

/// Rows of Scratch::parts that a thread uses for a tile.
int partsOfThread(const ModelConfig& config);

/// Everything a step computes into. Owned by the decoder; sized by the largest chunk so far.
struct Scratch {
    RowBuffer hidden;      ///< [tokens, dModel]    residual stream
    RowBuffer normed;      ///< [tokens, dModel]    after a norm: input of attention or experts
    RowBuffer change;      ///< [tokens, dModel]    what attention or experts add
    RowBuffer query;       ///< [tokens, qWidth]
    RowBuffer key;         ///< [tokens, kvWidth]
    RowBuffer value;       ///< [tokens, kvWidth]
    RowBuffer attended;    ///< [tokens, qWidth]
    RowBuffer cosines;     ///< [tokens, headSize / 2]
    RowBuffer sines;       ///< [tokens, headSize / 2]
    RowBuffer activation;  ///< [pairs, ffnSize]    GELU branch, then the product; pairs of an
                           ///< expert together
    RowBuffer up;          ///< [pairs, ffnSize]
    RowBuffer expertOut;   ///< [pairs, dModel]
    RoundedBuffer normedRounded, attendedRounded, activationRounded;  ///< as Rounding says
    RowBuffer parts;   ///< what blocks of keys give: a row of
                       ///< attentionPartFloats each
    RowBuffer matmul;  ///< [threads, scratchFloats]

    std::vector<std::int32_t> computedBy;  ///< [tokens, numSelected] with whose weights
    std::vector<std::int32_t>
        pairToken;                     ///< [pairs] token (of the chunk) whose row an expert takes
    std::vector<std::int32_t> pairOf;  ///< [tokens, numSelected] pair of each choice; -1: ablated
    std::vector<std::int32_t>
        expertBegin;  ///< [numExperts + 1] pairs of expert e: from [e] to [e + 1]
    std::vector<std::int32_t> activeExperts;  ///< those with pairs; room for all

    /// Room for `numTokens` tokens (at most kChunkTokens), their activations rounded as well.
    /// Allocates only to grow. Throws Error(NoMemory).
    void reserve(const ModelConfig& config,
                 int numTokens,
                 int numSelected,
                 int numThreads,
                 int capacity,
                 Rounding rounding);
    std::uint64_t bytes() const;  ///< of the buffers
};

/// Bytes that a chunk of a prompt takes at most, on up to 64 threads, with a cache of `capacity`.
std::uint64_t largestScratchBytes(const ModelConfig& config, int capacity);

}  // namespace gatescope::cpu

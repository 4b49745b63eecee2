#include "engine/decoder/cpu/scratch.h"

#include <algorithm>

#include "engine/decoder/cpu/linear.h"
#include "kernels/cpu/attention.h"
#include "kernels/cpu/bf16_activations.h"

namespace gatescope::cpu {

namespace {

/// A token alone has a part for each query head and block, a tile of a prompt some for its thread.
int numParts(const ModelConfig& config, int numThreads, int capacity) {
    const int blocks = (capacity + kernels::kAttentionBlock - 1) / kernels::kAttentionBlock;
    return std::max(config.numQHeads * blocks, numThreads * partsOfThread(config));
}

}  // namespace

int partsOfThread(const ModelConfig& config) {
    return (kTokenTile + 1) * config.groupSize();
}

void RowBuffer::reserve(int count, int width) {
    width_ = width;
    const std::size_t bytes =
        static_cast<std::size_t>(count) * static_cast<std::size_t>(width) * sizeof(float);
    if (bytes > memory_.size()) memory_ = AlignedBuffer(bytes);
}

void RoundedBuffer::reserve(int count, int width, Rounding to) {
    if (to.int8) int8_.reserve(count, width);
    if (to.int24) int24_.reserve(count, width);
    if (!to.bf16) return;
    const std::size_t bytes =
        static_cast<std::size_t>(count) * static_cast<std::size_t>(width) * sizeof(std::uint16_t);
    if (bytes > halves_.size()) halves_ = AlignedBuffer(bytes);
    bf16_ = reinterpret_cast<std::uint16_t*>(halves_.data());
    bf16Width_ = width;
}

void RoundedBuffer::round(RowBuffer& from, int row, int begin, int end) {
    if (int8_.isReserved()) kernels::roundToInt8(from.row(row), begin, end, int8_.rows, row);
    if (int24_.isReserved()) kernels::roundToInt24(from.row(row), begin, end, int24_.rows, row);
    if (bf16_ != nullptr)
        kernels::roundRowToBf16(
            from.row(row) + begin, static_cast<std::size_t>(end - begin), bf16Row(row) + begin);
}

RoundedRows RoundedBuffer::rows(int first, int count, const std::int32_t* index) const {
    RoundedRows out;
    if (int8_.isReserved())
        out.int8 = {.rows = int8_.rows, .index = index, .first = first, .count = count};
    if (int24_.isReserved())
        out.int24 = {.rows = int24_.rows, .index = index, .first = first, .count = count};
    if (bf16_ != nullptr)
        out.bf16 = {.data = bf16Row(first), .stride = bf16Width_, .index = index, .count = count};
    return out;
}

void Scratch::reserve(const ModelConfig& config,
                      int numTokens,
                      int numSelected,
                      int numThreads,
                      int capacity,
                      Rounding rounding) {
    const int numPairs = numTokens * numSelected;
    for (auto* buffer : {&hidden, &normed, &change}) buffer->reserve(numTokens, config.dModel);
    for (auto* buffer : {&query, &attended}) buffer->reserve(numTokens, config.qWidth());
    for (auto* buffer : {&key, &value}) buffer->reserve(numTokens, config.kvWidth());
    for (auto* buffer : {&cosines, &sines}) buffer->reserve(numTokens, config.headSize / 2);
    for (auto* buffer : {&activation, &up}) buffer->reserve(numPairs, config.ffnSize);
    expertOut.reserve(numPairs, config.dModel);
    parts.reserve(numParts(config, numThreads, capacity),
                  static_cast<int>(kernels::attentionPartFloats(config.headSize)));
    matmul.reserve(numThreads, scratchFloats(config, numTokens));

    normedRounded.reserve(numTokens, config.dModel, rounding);
    attendedRounded.reserve(numTokens, config.qWidth(), rounding);
    activationRounded.reserve(numPairs, config.ffnSize, rounding);

    computedBy.resize(static_cast<std::size_t>(numPairs));
    pairToken.resize(static_cast<std::size_t>(numPairs));
    pairOf.resize(static_cast<std::size_t>(numPairs));
    expertBegin.resize(static_cast<std::size_t>(config.numExperts) + 1);
    activeExperts.reserve(static_cast<std::size_t>(config.numExperts));
}

std::uint64_t Scratch::bytes() const {
    std::uint64_t sum = 0;
    for (const auto* buffer : {&hidden,
                               &normed,
                               &change,
                               &query,
                               &key,
                               &value,
                               &attended,
                               &cosines,
                               &sines,
                               &activation,
                               &up,
                               &expertOut,
                               &parts,
                               &matmul})
        sum += buffer->bytes();
    for (const auto* buffer : {&normedRounded, &attendedRounded, &activationRounded})
        sum += buffer->bytes();
    return sum;
}

std::uint64_t largestScratchBytes(const ModelConfig& config, int capacity) {
    constexpr int kThreads = 64;
    const auto u64 = [](int value) { return static_cast<std::uint64_t>(value); };
    const std::uint64_t tokens = u64(std::min(kChunkTokens, capacity));
    const std::uint64_t pairs = tokens * u64(config.numSelected);
    const std::uint64_t perToken = 3 * u64(config.dModel) + 2 * u64(config.qWidth()) +
                                   2 * u64(config.kvWidth()) + u64(config.headSize);
    const std::uint64_t perPair = 2 * u64(config.ffnSize) + u64(config.dModel);
    const std::uint64_t perThread = u64(scratchFloats(config, static_cast<int>(tokens)));
    const std::uint64_t parts =
        u64(numParts(config, kThreads, capacity)) * kernels::attentionPartFloats(config.headSize);
    // A value in bf16, and its share of a block of 32 in int8; or, as much, of one of 64 in int24.
    static_assert(sizeof(kernels::Int24Block) / kernels::kInt24Block ==
                  sizeof(std::uint16_t) +
                      sizeof(kernels::ActivationBlock) / kernels::kActivationBlock);
    const std::uint64_t rounded =
        tokens * (u64(config.dModel) + u64(config.qWidth())) + pairs * u64(config.ffnSize);
    return sizeof(float) * (tokens * perToken + pairs * perPair + kThreads * perThread + parts) +
           rounded * (sizeof(std::uint16_t) +
                      sizeof(kernels::ActivationBlock) / kernels::kActivationBlock);
}

}  // namespace gatescope::cpu

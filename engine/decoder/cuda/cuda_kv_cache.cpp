#include "engine/decoder/cuda/cuda_kv_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "engine/check.h"
#include "engine/decoder/cuda/arena.h"
#include "kernels/cpu/rope.h"

namespace gatescope::cuda {
namespace {

// Attention of one token: a block of threads takes a head and this many positions, or more in a
// cache so large that the merge would take too long.
constexpr int kSplitPositions = 128;
constexpr int kMostSplits = 64;

// Rows that go to or from the host at once.
constexpr std::size_t kRowsAtOnce = 64;

}  // namespace

CudaKvCache::CudaKvCache(std::shared_ptr<const Gpu> gpu,
                         const ModelConfig& config,
                         int capacity,
                         DType type)
    : gpu_(std::move(gpu)),
      numKvHeads_(config.numKvHeads),
      numSplits_(std::clamp((capacity + kSplitPositions - 1) / kSplitPositions, 1, kMostSplits)) {
    GS_CHECK_LE(1, capacity);
    GS_CHECK(type == DType::F32 || type == DType::F16 || type == DType::BF16 || type == DType::I8);
    heads_ = {.type = type,
              .numKvHeads = config.numLayers * config.numKvHeads,
              .capacity = capacity,
              .headSize = config.headSize};
    const auto positions = static_cast<std::size_t>(capacity);
    const std::size_t rows = static_cast<std::size_t>(heads_.numKvHeads) * positions;
    const std::size_t keyBytes = rows * static_cast<std::size_t>(config.headSize) * itemSize(type);
    const std::size_t angles = positions * static_cast<std::size_t>(config.headSize / 2);
    const std::size_t scales = type == DType::I8 ? rows : 0;
    const auto numParts =
        static_cast<std::size_t>(config.numQHeads) * static_cast<std::size_t>(numSplits_) *
        static_cast<std::size_t>(kernels::cuda::attentionPartWidth(config.headSize));
    const auto place = [&](Arena& arena) {
        heads_.keys = arena.take<std::byte>(keyBytes);
        heads_.values = arena.take<std::byte>(keyBytes);
        heads_.keyScales = arena.take<float>(scales);
        heads_.valueScales = arena.take<float>(scales);
        visible_ = arena.take<std::uint8_t>(positions);
        cosines_ = arena.take<float>(angles);
        sines_ = arena.take<float>(angles);
        parts_ = arena.take<float>(numParts);
        tickets_ = arena.take<unsigned>(static_cast<std::size_t>(config.numQHeads));
    };
    Arena count;
    place(count);
    memory_ = DeviceMemory(gpu_, count.used(), fmt::format("a KV cache for {} tokens", capacity));
    Arena arena(memory_.data());
    place(arena);

    PinnedMemory staging(gpu_, 2 * angles * sizeof(float));
    auto* cosines = reinterpret_cast<float*>(staging.data());
    float* sines = cosines + angles;
    const std::ptrdiff_t half = config.headSize / 2;
    for (int p = 0; p < capacity; ++p)
        kernels::ropeAngles(
            p, config.ropeBase, config.headSize, cosines + p * half, sines + p * half);
    gpu_->copy(cosines_, cosines, angles * sizeof(float));
    gpu_->copy(sines_, sines, angles * sizeof(float));
    gpu_->check(gpu_->module().fill(tickets_,
                                    0,
                                    static_cast<std::size_t>(config.numQHeads) * sizeof(unsigned),
                                    gpu_->stream()),
                "a KV cache was made");
    gpu_->wait("a KV cache was made");
}

void CudaKvCache::truncate(int length) {
    GS_CHECK_LE(0, length);
    GS_CHECK_LE(length, length_);
    length_ = length;
}

void CudaKvCache::append(int numTokens) {
    GS_CHECK_LE(length_ + numTokens, capacity());
    length_ += numTokens;
}

kernels::cuda::KvLayer CudaKvCache::layer(int layer) const {
    kernels::cuda::KvLayer out = heads_;
    out.numKvHeads = numKvHeads_;
    const std::size_t rows = static_cast<std::size_t>(layer) *
                             static_cast<std::size_t>(numKvHeads_) *
                             static_cast<std::size_t>(heads_.capacity);
    const std::size_t bytes =
        rows * static_cast<std::size_t>(heads_.headSize) * itemSize(heads_.type);
    out.keys += bytes;
    out.values += bytes;
    if (heads_.type == DType::I8) {
        out.keyScales += rows;
        out.valueScales += rows;
    }
    return out;
}

kernels::cuda::KvRows CudaKvCache::rowsAt(int begin, std::size_t count, std::byte* rows) const {
    return {.heads = heads_,
            .visible = visible_,
            .begin = begin,
            .count = static_cast<int>(count),
            .rows = rows};
}

void CudaKvCache::saveRows(int begin, std::span<std::byte* const> rows) const {
    GS_CHECK_LE(0, begin);
    GS_CHECK_LE(static_cast<std::size_t>(begin) + rows.size(), static_cast<std::size_t>(length_));
    const auto bytes = static_cast<std::size_t>(rowBytes());
    const std::size_t most = std::min(kRowsAtOnce, rows.size());
    if (most == 0) return;
    const DeviceMemory gathered(gpu_, most * bytes, "saving a branch");
    const PinnedMemory staging(gpu_, most * bytes);
    for (std::size_t first = 0; first < rows.size(); first += most) {
        const std::size_t count = std::min(most, rows.size() - first);
        gpu_->check(
            gpu_->module().saveKvRows(
                rowsAt(begin + static_cast<int>(first), count, gathered.data()), gpu_->stream()),
            "a branch was saved");
        gpu_->copy(staging.data(), gathered.data(), count * bytes);
        gpu_->wait("a branch was saved");
        for (std::size_t i = 0; i < count; ++i)
            std::memcpy(rows[first + i], staging.data() + i * bytes, bytes);
    }
}

void CudaKvCache::appendRows(std::span<const std::byte* const> rows) {
    GS_CHECK_LE(rows.size(), static_cast<std::size_t>(capacity() - length_));
    const auto bytes = static_cast<std::size_t>(rowBytes());
    const std::size_t most = std::min(kRowsAtOnce, rows.size());
    if (most == 0) return;
    const DeviceMemory gathered(gpu_, most * bytes, "bringing a branch back");
    const PinnedMemory staging(gpu_, most * bytes);
    for (std::size_t first = 0; first < rows.size(); first += most) {
        const std::size_t count = std::min(most, rows.size() - first);
        for (std::size_t i = 0; i < count; ++i)
            std::memcpy(staging.data() + i * bytes, rows[first + i], bytes);
        gpu_->copy(gathered.data(), staging.data(), count * bytes);
        gpu_->check(
            gpu_->module().restoreKvRows(rowsAt(length_, count, gathered.data()), gpu_->stream()),
            "a branch was brought back");
        gpu_->wait("a branch was brought back");
        length_ += static_cast<int>(count);
    }
}

}  // namespace gatescope::cuda

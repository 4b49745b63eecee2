#include "engine/decoder/host_kv_cache.h"

#include <fmt/format.h>

#include <cstring>

#include "engine/check.h"
#include "engine/error.h"

namespace gatescope {
namespace {

/// Bytes of the keys (or the values) of a whole cache.
std::size_t halfBytes(const ModelConfig& config, int capacity) {
    GS_CHECK_LE(1, capacity);
    return static_cast<std::size_t>(config.numLayers) * static_cast<std::size_t>(config.kvWidth()) *
           static_cast<std::size_t>(capacity) * sizeof(float);
}

AlignedBuffer allocate(const ModelConfig& config, int capacity) {
    const std::size_t bytes = halfBytes(config, capacity);
    try {
        return AlignedBuffer(bytes);
    } catch (const Error&) {  // says again what it is for and how much the whole of it takes
        throw Error(ErrorKind::NoMemory,
                    fmt::format("a KV cache for {} tokens needs {} bytes of memory, which are not "
                                "free: choose a shorter context or close other programs",
                                capacity,
                                2 * bytes));
    }
}

}  // namespace

HostKvCache::HostKvCache(const ModelConfig& config, int capacity)
    : numHeads_(config.numLayers * config.numKvHeads),
      numKvHeads_(config.numKvHeads),
      headSize_(config.headSize),
      capacity_(capacity),
      keys_(allocate(config, capacity)),
      values_(allocate(config, capacity)),
      visible_(static_cast<std::size_t>(capacity)) {}

std::uint64_t HostKvCache::bytes() const {
    return keys_.size() + values_.size() + visible_.size();
}

void HostKvCache::truncate(int length) {
    GS_CHECK_LE(0, length);
    GS_CHECK_LE(length, length_);
    length_ = length;
}

std::uint64_t HostKvCache::rowBytes() const {
    return 2 * static_cast<std::uint64_t>(numHeads_) * headBytes() + 1;
}

void HostKvCache::saveRows(int begin, std::span<std::byte* const> rows) const {
    GS_CHECK(begin >= 0);
    GS_CHECK_LE(static_cast<std::size_t>(begin) + rows.size(), static_cast<std::size_t>(length_));
    const std::size_t bytes = headBytes();
    const std::size_t stride = static_cast<std::size_t>(capacity_) * bytes;
    auto position = static_cast<std::size_t>(begin);
    for (std::byte* row : rows) {
        std::size_t from = position * bytes;
        for (int head = 0; head < numHeads_; ++head, from += stride, row += 2 * bytes) {
            std::memcpy(row, keys_.data() + from, bytes);
            std::memcpy(row + bytes, values_.data() + from, bytes);
        }
        *row = visible_.data()[position++];
    }
}

void HostKvCache::appendRows(std::span<const std::byte* const> rows) {
    GS_CHECK_LE(rows.size(), static_cast<std::size_t>(capacity_ - length_));
    const std::size_t bytes = headBytes();
    const std::size_t stride = static_cast<std::size_t>(capacity_) * bytes;
    for (const std::byte* row : rows) {
        std::size_t to = static_cast<std::size_t>(length_) * bytes;
        for (int head = 0; head < numHeads_; ++head, to += stride, row += 2 * bytes) {
            std::memcpy(keys_.data() + to, row, bytes);
            std::memcpy(values_.data() + to, row + bytes, bytes);
        }
        visible_.data()[length_++] = *row;
    }
}

void HostKvCache::append(int numTokens) {
    GS_CHECK_LE(length_ + numTokens, capacity_);
    length_ += numTokens;
}

float* HostKvCache::head(AlignedBuffer& buffer, int layer, int kvHead) {
    const auto index = static_cast<std::size_t>(layer) * static_cast<std::size_t>(numKvHeads_) +
                       static_cast<std::size_t>(kvHead);
    const auto headElements =
        static_cast<std::size_t>(capacity_) * static_cast<std::size_t>(headSize_);
    return reinterpret_cast<float*>(buffer.data()) + index * headElements;
}

}  // namespace gatescope

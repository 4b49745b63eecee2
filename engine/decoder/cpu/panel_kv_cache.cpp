#include "engine/decoder/cpu/panel_kv_cache.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/check.h"
#include "engine/error.h"

namespace gatescope::cpu {
namespace {

std::size_t wholePanels(int capacity) {
    GS_CHECK_LE(1, capacity);
    constexpr auto kPanel = static_cast<std::size_t>(kernels::kKeyPanel);
    return (static_cast<std::size_t>(capacity) + kPanel - 1) / kPanel * kPanel;
}

std::size_t numHeads(const ModelConfig& config) {
    return static_cast<std::size_t>(config.numLayers) * static_cast<std::size_t>(config.numKvHeads);
}

AlignedBuffer allocate(const ModelConfig& config, int capacity, DType type, std::size_t bytes) {
    try {
        return AlignedBuffer(bytes);
    } catch (const Error&) {  // says again what it is for and how much the whole of it takes
        throw Error(ErrorKind::NoMemory,
                    fmt::format("a KV cache for {} tokens needs {} bytes of memory, which are not "
                                "free: choose a shorter context or close other programs",
                                capacity,
                                wholePanels(capacity) * kvBytesPerToken(config, type)));
    }
}

}  // namespace

PanelKvCache::PanelKvCache(const ModelConfig& config, int capacity, DType type)
    : type_(type),
      numKvHeads_(config.numKvHeads),
      headSize_(config.headSize),
      capacity_(capacity),
      rows_(wholePanels(capacity)),
      visible_(rows_) {
    GS_CHECK(type == DType::F32 || type == DType::F16 || type == DType::BF16 || type == DType::I8);
    const std::size_t rows = numHeads(config) * rows_;
    const auto make = [&](std::size_t bytes) { return allocate(config, capacity, type, bytes); };
    keys_ = make(rows * static_cast<std::size_t>(headSize_) * itemSize(type));
    values_ =
        make(rows * static_cast<std::size_t>(kernels::valueWidth(headSize_)) * itemSize(type));
    if (type == DType::I8) scales_ = make(2 * rows * sizeof(float));
}

std::uint64_t PanelKvCache::bytes() const {
    return keys_.size() + values_.size() + scales_.size() + visible_.size();
}

void PanelKvCache::truncate(int length) {
    GS_CHECK_LE(0, length);
    GS_CHECK_LE(length, length_);
    length_ = length;
}

void PanelKvCache::append(int numTokens) {
    GS_CHECK_LE(length_ + numTokens, capacity_);
    length_ += numTokens;
}

kernels::KvHead PanelKvCache::head(int layer, int kvHead) {
    const auto row = (static_cast<std::size_t>(layer) * static_cast<std::size_t>(numKvHeads_) +
                      static_cast<std::size_t>(kvHead)) *
                     rows_;
    const std::size_t size = itemSize(type_);
    float* scales =
        type_ == DType::I8 ? reinterpret_cast<float*>(scales_.data()) + 2 * row : nullptr;
    return {.type = type_,
            .keys = keys_.data() + row * static_cast<std::size_t>(headSize_) * size,
            .values = values_.data() +
                      row * static_cast<std::size_t>(kernels::valueWidth(headSize_)) * size,
            .keyScales = scales,
            .valueScales = scales != nullptr ? scales + rows_ : nullptr,
            .headSize = headSize_};
}

std::uint64_t kvBytesPerToken(const ModelConfig& config, DType type) {
    const auto width = static_cast<std::uint64_t>(config.headSize) +
                       static_cast<std::uint64_t>(kernels::valueWidth(config.headSize));
    const std::uint64_t scales = type == DType::I8 ? 2 * sizeof(float) : 0;
    return numHeads(config) * (width * itemSize(type) + scales);
}

}  // namespace gatescope::cpu

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
      numLayers_(config.numLayers),
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

std::uint64_t PanelKvCache::rowBytes() const {
    return static_cast<std::uint64_t>(numLayers_) * static_cast<std::uint64_t>(numKvHeads_) *
               headBytes() +
           1;
}

/// copy(head, position, bytes) of every head for the tokens from `begin` on, panel by panel: the
/// keys of a panel share its cache lines.
template <class Byte, class Copy>
void PanelKvCache::forEachRow(int begin, std::span<Byte* const> rows, const Copy& copy) {
    const int end = begin + static_cast<int>(rows.size());
    for (int first = begin; first < end;) {
        const int next = std::min(end, (first / kernels::kKeyPanel + 1) * kernels::kKeyPanel);
        for (int i = 0; i < numLayers_ * numKvHeads_; ++i) {
            const auto of = head(i / numKvHeads_, i % numKvHeads_);
            const std::size_t at = static_cast<std::size_t>(i) * headBytes();
            for (int position = first; position < next; ++position)
                copy(of, position, rows[static_cast<std::size_t>(position - begin)] + at);
        }
        first = next;
    }
}

void PanelKvCache::saveRows(int begin, std::span<std::byte* const> rows) const {
    GS_CHECK_LE(0, begin);
    GS_CHECK_LE(static_cast<std::size_t>(begin) + rows.size(), static_cast<std::size_t>(length_));
    // A KvHead can be written to; takeKeyValue() does not.
    const_cast<PanelKvCache*>(this)->forEachRow(begin, rows, kernels::takeKeyValue);
    const std::byte* visible = visible_.data() + begin;
    for (std::byte* row : rows) row[rowBytes() - 1] = *visible++;
}

void PanelKvCache::appendRows(std::span<const std::byte* const> rows) {
    GS_CHECK_LE(rows.size(), static_cast<std::size_t>(capacity_ - length_));
    forEachRow(length_, rows, kernels::putKeyValue);
    for (const std::byte* row : rows) visible_.data()[length_++] = row[rowBytes() - 1];
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

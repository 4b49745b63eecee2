#include "engine/model/gguf/gguf_writer.h"

#include <bit>
#include <optional>

#include "engine/check.h"
#include "engine/io/checked_math.h"

namespace gatescope {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie here");

constexpr std::uint32_t kGgufVersion = 3;

template <class Number>
void append(std::string& out, Number value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void append(std::string& out, std::string_view text) {
    append(out, static_cast<std::uint64_t>(text.size()));
    out.append(text);
}

std::uint64_t aligned(std::uint64_t offset) {
    const auto next = checkedAlign(offset, GgufHeader::kAlignment);
    GS_CHECK(next.has_value());
    return *next;
}

}  // namespace

void GgufHeader::beginValue(std::string_view key, GgufValueType type) {
    append(metadata_, key);
    append(metadata_, static_cast<std::uint32_t>(type));
    ++numValues_;
}

void GgufHeader::beginArray(std::string_view key, GgufValueType type, std::size_t count) {
    beginValue(key, GgufValueType::Array);
    append(metadata_, static_cast<std::uint32_t>(type));
    append(metadata_, static_cast<std::uint64_t>(count));
}

void GgufHeader::add(std::string_view key, std::uint32_t value) {
    beginValue(key, GgufValueType::U32);
    append(metadata_, value);
}

void GgufHeader::add(std::string_view key, float value) {
    beginValue(key, GgufValueType::F32);
    append(metadata_, value);
}

void GgufHeader::add(std::string_view key, bool value) {
    beginValue(key, GgufValueType::Bool);
    append(metadata_, static_cast<std::uint8_t>(value ? 1 : 0));
}

void GgufHeader::add(std::string_view key, std::string_view value) {
    beginValue(key, GgufValueType::String);
    append(metadata_, value);
}

void GgufHeader::add(std::string_view key, std::span<const std::string> values) {
    beginArray(key, GgufValueType::String, values.size());
    for (const std::string& value : values) append(metadata_, std::string_view(value));
}

void GgufHeader::add(std::string_view key, std::span<const float> values) {
    beginArray(key, GgufValueType::F32, values.size());
    for (const float value : values) append(metadata_, value);
}

void GgufHeader::add(std::string_view key, std::span<const std::int32_t> values) {
    beginArray(key, GgufValueType::I32, values.size());
    for (const std::int32_t value : values) append(metadata_, value);
}

std::size_t GgufHeader::addTensor(std::string_view name,
                                  std::span<const std::uint64_t> sizes,
                                  DType dtype) {
    const auto type = ggmlOfDType(dtype);
    GS_CHECK(type.has_value() && !sizes.empty());
    GS_CHECK_EQ(sizes[0] % traits(dtype).blockSize, 0U);
    const auto elements = checkedProduct(sizes);
    GS_CHECK(elements.has_value());
    append(tensors_, name);
    append(tensors_, static_cast<std::uint32_t>(sizes.size()));
    for (const std::uint64_t size : sizes) append(tensors_, size);
    append(tensors_, *type);
    append(tensors_, dataBytes_);
    offsets_.push_back(dataBytes_);
    dataBytes_ = aligned(dataBytes_ + storedBytes(dtype, *elements));
    return offsets_.size() - 1;
}

std::string GgufHeader::bytes() const {
    std::string out = "GGUF";
    append(out, kGgufVersion);
    append(out, static_cast<std::uint64_t>(offsets_.size()));
    append(out, numValues_);
    out += metadata_;
    out += tensors_;
    out.resize(aligned(out.size()), '\0');
    return out;
}

}  // namespace gatescope

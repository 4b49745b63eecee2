#include "engine/model/gguf/gguf_metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "engine/error_codes.h"
#include "engine/io/shown_text.h"
#include "engine/model/gguf/gguf_file.h"

namespace gatescope {
namespace {

std::string typeText(const GgufEntry& entry) {
    if (entry.type != GgufValueType::Array) return std::string(name(entry.type));
    return fmt::format("an array of {}", name(entry.elementType));
}

template <class T>
std::vector<T> readNumbers(const ByteSource& source,
                           const std::string& file,
                           const GgufEntry& array) {
    BoundedReader reader(source, ggufTruncated(file), array.offset);
    reader.require(array.length, sizeof(T), array.key.c_str());
    std::vector<T> values(array.length);
    reader.bytes(std::as_writable_bytes(std::span(values)), array.key.c_str());
    return values;
}

}  // namespace

const GgufEntry* GgufMetadata::find(std::string_view key) const {
    const auto found = std::ranges::lower_bound(entries_, key, {}, &GgufEntry::key);
    return found != entries_.end() && found->key == key ? &*found : nullptr;
}

void GgufMetadata::refuseType(const GgufEntry& entry, const std::string& expected) const {
    refuse(ErrorCode::GgufValue,
           fmt::format("{}: key {} at byte {}", file_, shownText(entry.key), entry.offset),
           fmt::format("expected {}, found {}", expected, typeText(entry)));
}

const GgufEntry* GgufMetadata::typed(std::string_view key, GgufValueType type) const {
    const GgufEntry* entry = find(key);
    if (entry != nullptr && entry->type != type) refuseType(*entry, std::string(name(type)));
    return entry;
}

std::optional<std::uint32_t> GgufMetadata::u32(std::string_view key) const {
    const GgufEntry* entry = typed(key, GgufValueType::U32);
    return entry == nullptr ? std::nullopt : std::optional(static_cast<std::uint32_t>(entry->bits));
}

std::optional<std::uint16_t> GgufMetadata::u16(std::string_view key) const {
    const GgufEntry* entry = typed(key, GgufValueType::U16);
    return entry == nullptr ? std::nullopt : std::optional(static_cast<std::uint16_t>(entry->bits));
}

std::optional<std::int32_t> GgufMetadata::i32(std::string_view key) const {
    const GgufEntry* entry = typed(key, GgufValueType::I32);
    if (entry == nullptr) return std::nullopt;
    return std::bit_cast<std::int32_t>(static_cast<std::uint32_t>(entry->bits));
}

std::optional<float> GgufMetadata::f32(std::string_view key) const {
    const GgufEntry* entry = typed(key, GgufValueType::F32);
    if (entry == nullptr) return std::nullopt;
    return std::bit_cast<float>(static_cast<std::uint32_t>(entry->bits));
}

std::optional<bool> GgufMetadata::boolean(std::string_view key) const {
    const GgufEntry* entry = typed(key, GgufValueType::Bool);
    return entry == nullptr ? std::nullopt : std::optional(entry->bits != 0);
}

std::optional<std::string> GgufMetadata::text(std::string_view key) const {
    const GgufEntry* entry = typed(key, GgufValueType::String);
    if (entry == nullptr) return std::nullopt;
    if (entry->length > GgufEntry::kKeptTextBytes)
        refuse(ErrorCode::GgufValue,
               fmt::format("{}: key {} at byte {}", file_, shownText(entry->key), entry->offset),
               fmt::format("expected at most {} bytes of text, found {}",
                           GgufEntry::kKeptTextBytes,
                           entry->length));
    return entry->text;
}

const GgufEntry* GgufMetadata::array(std::string_view key, GgufValueType elements) const {
    const GgufEntry* entry = find(key);
    if (entry == nullptr) return nullptr;
    if (entry->type != GgufValueType::Array || entry->elementType != elements)
        refuseType(*entry, fmt::format("an array of {}", name(elements)));
    return entry;
}

std::vector<std::string> readTexts(const ByteSource& source,
                                   const std::string& file,
                                   const GgufEntry& array) {
    BoundedReader reader(source, ggufTruncated(file), array.offset);
    reader.require(array.length, sizeof(std::uint64_t), array.key.c_str());
    std::vector<std::string> texts;
    texts.reserve(array.length);
    for (std::uint64_t i = 0; i < array.length; ++i)
        texts.push_back(
            reader.text(reader.number<std::uint64_t>(array.key.c_str()), array.key.c_str()));
    return texts;
}

std::vector<float> readFloats(const ByteSource& source,
                              const std::string& file,
                              const GgufEntry& array) {
    return readNumbers<float>(source, file, array);
}

std::vector<std::int32_t> readIntegers(const ByteSource& source,
                                       const std::string& file,
                                       const GgufEntry& array) {
    return readNumbers<std::int32_t>(source, file, array);
}

}  // namespace gatescope

#include "engine/model/safetensors/safetensors_header.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "engine/error_codes.h"
#include "engine/io/checked_math.h"
#include "engine/io/foreign_file.h"
#include "engine/io/json_stream.h"
#include "engine/io/shown_text.h"

namespace gatescope {
namespace {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::size_t kLongestName = 1024;
constexpr std::size_t kMostMetadata = 10'000;
constexpr std::string_view kMetadata = "__metadata__";

constexpr std::array<SafetensorsType, 22> kTypes{{
    {"F32", 32, DType::F32},
    {"F16", 16, DType::F16},
    {"BF16", 16, DType::BF16},
    {"F8_E4M3", 8, DType::F8E4M3},
    {"BOOL", 8, {}},
    {"F4", 4, {}},
    {"F6_E2M3", 6, {}},
    {"F6_E3M2", 6, {}},
    {"U8", 8, {}},
    {"I8", 8, {}},
    {"F8_E5M2", 8, {}},
    {"F8_E8M0", 8, {}},
    {"F8_E4M3FNUZ", 8, {}},
    {"F8_E5M2FNUZ", 8, {}},
    {"I16", 16, {}},
    {"U16", 16, {}},
    {"I32", 32, {}},
    {"U32", 32, {}},
    {"C64", 64, {}},
    {"F64", 64, {}},
    {"I64", 64, {}},
    {"U64", 64, {}},
}};

/// Controls would let a name rearrange a message or hide in a list.
bool isPlainName(std::string_view name) {
    for (std::size_t i = 0; i < name.size(); ++i) {
        const auto c = static_cast<unsigned char>(name[i]);
        const auto next = static_cast<unsigned char>(i + 1 < name.size() ? name[i + 1] : 0);
        if (c < ' ' || c == 0x7f || (c == 0xc2 && next < 0xa0)) return false;
    }
    return !name.empty() && name.size() <= kLongestName;
}

/// Turns the events of the header into entries; their offsets count from the start of the data.
class HeaderEvents final : public JsonEvents {
  public:
    HeaderEvents(const JsonStream& stream, const std::string& file, std::uint64_t dataOffset)
        : stream_(stream), file_(file), dataOffset_(dataOffset) {}

    void beginObject() override {
        if (place_ == Place::Start)
            place_ = Place::Top;
        else if (place_ == Place::Top && name_ == kMetadata)
            place_ = Place::Metadata;
        else if (place_ == Place::Top)
            beginEntry();
        else
            unexpected("an object");
    }
    void endObject() override {
        if (place_ == Place::Entry) finishEntry();
        place_ = place_ == Place::Top ? Place::End : Place::Top;
    }
    void beginArray() override {
        if (place_ != Place::Entry || (field_ != Field::Shape && field_ != Field::Offsets))
            unexpected("an array");
        place_ = Place::Numbers;
        numbers_.clear();
    }
    void endArray() override {
        place_ = Place::Entry;
        if (field_ == Field::Shape)
            entry_.shape = numbers_;
        else
            setOffsets();
    }
    void key(std::string& text) override;
    void text(std::string& text) override {
        if (place_ == Place::Metadata) return;  // for people; nothing here depends on it
        if (place_ != Place::Entry || field_ != Field::Type) unexpected("a string");
        setType(text);
    }
    void integer(std::uint64_t value) override {
        if (place_ != Place::Numbers) unexpected("a number");
        if (numbers_.size() == kMostSafetensorsDimensions)
            refuse(ErrorCode::SafetensorsLimit,
                   fmt::format("more than {} numbers for one tensor", kMostSafetensorsDimensions));
        numbers_.push_back(value);
    }
    void otherValue(const std::string& kind) override { unexpected(kind); }

    std::vector<SafetensorsEntry> take() { return std::move(entries_); }

  private:
    enum class Place { Start, Top, Metadata, Entry, Numbers, End };
    enum class Field { None, Type, Shape, Offsets };

    [[noreturn]] void refuse(ErrorCode code, const std::string& problem) const {
        gatescope::refuse(
            code,
            name_.empty()
                ? fmt::format("{}: byte {}", file_, stream_.position())
                : fmt::format(
                      "{}: tensor {}: byte {}", file_, shownText(name_), stream_.position()),
            problem);
    }
    [[noreturn]] void unexpected(const std::string& found) const {
        const bool metadata = place_ == Place::Metadata || name_ == kMetadata;
        refuse(ErrorCode::SafetensorsEntry,
               fmt::format("found {}, expected {}",
                           found,
                           metadata ? "strings in __metadata__"
                                    : "dtype (a string), shape (integers) and data_offsets (two "
                                      "integers)"));
    }
    void beginEntry();
    void setField(std::string_view key);
    void setType(const std::string& text);
    void setOffsets();
    void finishEntry();

    const JsonStream& stream_;
    const std::string& file_;
    const std::uint64_t dataOffset_;
    Place place_ = Place::Start;
    Field field_ = Field::None;
    bool hasType_ = false;
    bool hasShape_ = false;
    bool hasOffsets_ = false;
    bool hasMetadata_ = false;
    std::string name_;  // what a message is about
    SafetensorsEntry entry_;
    std::vector<std::uint64_t> numbers_;
    std::set<std::string> metadataKeys_;
    std::vector<SafetensorsEntry> entries_;
};

void HeaderEvents::key(std::string& text) {
    if (place_ == Place::Entry) return setField(text);
    if (place_ == Place::Metadata) {
        if (metadataKeys_.size() == kMostMetadata || text.size() > kLongestName)
            refuse(ErrorCode::SafetensorsLimit,
                   fmt::format("more than {} keys in __metadata__, or one of more than {} bytes",
                               kMostMetadata,
                               kLongestName));
        if (!metadataKeys_.insert(text).second)
            refuse(ErrorCode::SafetensorsTwice,
                   fmt::format("the key \"{}\" of __metadata__ is there twice", shownText(text)));
        return;
    }
    name_ = std::move(text);
    if (name_ != kMetadata) return;
    if (std::exchange(hasMetadata_, true))
        refuse(ErrorCode::SafetensorsTwice, "__metadata__ is there twice");
}

void HeaderEvents::beginEntry() {
    if (!isPlainName(name_))
        refuse(ErrorCode::SafetensorsName,
               fmt::format("a name of {} bytes, expected 1 to {} without controls",
                           name_.size(),
                           kLongestName));
    if (entries_.size() == kMostSafetensorsTensors)
        refuse(ErrorCode::SafetensorsLimit,
               fmt::format("more than {} tensors", kMostSafetensorsTensors));
    place_ = Place::Entry;
    field_ = Field::None;
    hasType_ = hasShape_ = hasOffsets_ = false;
    entry_ = {};
    entry_.name = name_;
}

void HeaderEvents::setField(std::string_view key) {
    struct Known {
        std::string_view key;
        Field field;
        bool& seen;
    };
    for (const Known& known : {Known{"dtype", Field::Type, hasType_},
                               Known{"shape", Field::Shape, hasShape_},
                               Known{"data_offsets", Field::Offsets, hasOffsets_}}) {
        if (key != known.key) continue;
        if (std::exchange(known.seen, true))
            refuse(ErrorCode::SafetensorsTwice, fmt::format("{} is there twice", key));
        field_ = known.field;
        return;
    }
    refuse(ErrorCode::SafetensorsEntry,
           fmt::format("the key \"{}\", expected dtype, shape and data_offsets", shownText(key)));
}

void HeaderEvents::setType(const std::string& text) {
    const auto* const found = std::ranges::find(kTypes, text, &SafetensorsType::name);
    if (found == kTypes.end())
        refuse(ErrorCode::SafetensorsType,
               fmt::format("dtype \"{}\", expected F32, BF16, F16 or another one of the format",
                           shownText(text)));
    entry_.type = found;
}

void HeaderEvents::setOffsets() {
    if (numbers_.size() != 2)
        refuse(ErrorCode::SafetensorsEntry,
               fmt::format("{} numbers in data_offsets, expected begin and end", numbers_.size()));
    if (numbers_[0] > numbers_[1])
        refuse(
            ErrorCode::SafetensorsSize,
            fmt::format("data_offsets [{}, {}] end before they begin", numbers_[0], numbers_[1]));
    if (!checkedAdd(numbers_[1], dataOffset_))
        refuse(ErrorCode::SafetensorsSize,
               fmt::format("data_offsets end at {}, beyond any file", numbers_[1]));
    entry_.offset = numbers_[0] + dataOffset_;
    entry_.bytes = numbers_[1] - numbers_[0];
}

void HeaderEvents::finishEntry() {
    if (!hasType_ || !hasShape_ || !hasOffsets_)
        refuse(ErrorCode::SafetensorsEntry,
               fmt::format("{} is missing",
                           !hasType_    ? "dtype"
                           : !hasShape_ ? "shape"
                                        : "data_offsets"));
    // In order and without a shortcut for zeros, as the reference does: what it calls an overflow
    // is one here too.
    std::optional<std::uint64_t> bits = 1;
    for (const std::uint64_t size : entry_.shape) bits = bits ? checkedMultiply(*bits, size) : bits;
    bits = bits ? checkedMultiply(*bits, entry_.type->bits) : bits;
    if (!bits || *bits % 8 != 0 || *bits / 8 != entry_.bytes)
        refuse(ErrorCode::SafetensorsSize,
               fmt::format("{} elements of shape [{}] in {} bytes, expected {}",
                           entry_.type->name,
                           fmt::join(entry_.shape, ", "),
                           entry_.bytes,
                           !bits            ? "no more than 64 bits can count"
                           : *bits % 8 != 0 ? "whole bytes"
                                            : fmt::format("{}", *bits / 8)));
    entries_.push_back(std::move(entry_));
    name_.clear();
}

void requireDistinctNames(const std::vector<SafetensorsEntry>& entries, const std::string& file) {
    std::vector<const std::string*> names;
    names.reserve(entries.size());
    for (const SafetensorsEntry& entry : entries) names.push_back(&entry.name);
    const auto less = [](const std::string* a, const std::string* b) { return *a < *b; };
    std::ranges::sort(names, less);
    const auto twice = std::ranges::adjacent_find(
        names, [](const std::string* a, const std::string* b) { return *a == *b; });
    if (twice != names.end())
        refuse(ErrorCode::SafetensorsTwice,
               file,
               fmt::format("tensor {} is there twice", shownText(**twice)));
}

/// Every byte of [begin, end) belongs to one tensor.
void requireCover(const std::vector<SafetensorsEntry>& entries,
                  std::uint64_t begin,
                  std::uint64_t end,
                  const std::string& file) {
    std::uint64_t covered = begin;
    for (const SafetensorsEntry& entry : entries) {
        if (entry.offset != covered)
            refuse(ErrorCode::SafetensorsCover,
                   fmt::format("{}: tensor {}", file, shownText(entry.name)),
                   fmt::format("is expected at byte {} of the file, but begins at byte {}: {}",
                               covered,
                               entry.offset,
                               entry.offset < covered ? "it overlaps the tensor before it"
                                                      : "the bytes between belong to no tensor"));
        covered = entry.offset + entry.bytes;
    }
    if (covered > end)
        refuse(ErrorCode::SafetensorsTruncated,
               file,
               fmt::format("ends at byte {}, its tensors at byte {} ({} bytes are missing); the "
                           "download probably stopped early",
                           end,
                           covered,
                           covered - end));
    if (covered < end)
        refuse(ErrorCode::SafetensorsCover,
               file,
               fmt::format("{} bytes follow the last tensor, expected none", end - covered));
}

/// Looks at the first bytes. Returns the length of the header, which lies within the file.
std::uint64_t headerLength(const ByteSource& bytes, const std::string& file) {
    constexpr std::uint64_t kLooked = 512;
    std::vector<std::byte> start(static_cast<std::size_t>(std::min(kLooked, bytes.size)));
    if (!start.empty()) bytes.read(0, start);
    if (start.size() <= kLengthBytes || start[kLengthBytes] != std::byte{'{'}) {
        const ForeignFile foreign = recogniseForeignFile(
            start, "a safetensors file (eight bytes of length, then a JSON object)");
        refuse(foreign.code, file, fmt::format("is {}", foreign.what));
    }
    std::uint64_t length = 0;
    for (std::size_t i = kLengthBytes; i-- > 0;)
        length = length << 8 | std::to_integer<std::uint64_t>(start[i]);
    if (length > kLargestSafetensorsHeader)
        refuse(ErrorCode::SafetensorsLimit,
               fmt::format("{}: byte 0", file),
               fmt::format(
                   "a header of {} bytes, expected at most {}", length, kLargestSafetensorsHeader));
    if (length > bytes.size - kLengthBytes)
        refuse(ErrorCode::SafetensorsTruncated,
               file,
               fmt::format("ends at byte {}, within its header of {} bytes; the download probably "
                           "stopped early",
                           bytes.size,
                           length));
    return length;
}

}  // namespace

std::vector<SafetensorsEntry> readSafetensorsHeader(const ByteSource& bytes,
                                                    const std::string& file) {
    const std::uint64_t length = headerLength(bytes, file);
    JsonStream stream(bytes,
                      kLengthBytes,
                      length,
                      [&](JsonFault fault, std::uint64_t at, const std::string& problem) {
                          refuse(fault == JsonFault::Limit ? ErrorCode::SafetensorsLimit
                                                           : ErrorCode::SafetensorsSyntax,
                                 fmt::format("{}: byte {}", file, at),
                                 problem);
                      });
    HeaderEvents events(stream, file, kLengthBytes + length);
    stream.read(events);
    std::vector<SafetensorsEntry> entries = events.take();
    requireDistinctNames(entries, file);
    std::ranges::sort(entries, {}, [](const SafetensorsEntry& entry) {
        return std::pair(entry.offset, entry.bytes);
    });
    requireCover(entries, kLengthBytes + length, bytes.size, file);
    return entries;
}

}  // namespace gatescope

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/io/bounded_reader.h"
#include "engine/model/gguf/gguf_types.h"

namespace gatescope {

/// u32: how many bytes behind the last tensor are checksums, in the files of quantised_copy.h.
inline constexpr const char* kGgufChecksumBytesKey = "gatescope.checksum_bytes";

/// One key of a GGUF file. Numbers and short strings are kept; what is long stays in the file.
struct GgufEntry {
    std::string key;
    GgufValueType type = GgufValueType::U32;
    std::uint64_t offset = 0;  ///< of the value; arrays: of the first element, strings: of the text
    std::uint64_t bits = 0;    ///< a number as it is stored, little-endian
    std::uint64_t length = 0;  ///< strings: bytes; arrays: elements
    GgufValueType elementType = GgufValueType::U32;  ///< arrays only
    std::string text;  ///< strings of up to kKeptTextBytes, else empty

    static constexpr std::uint64_t kKeptTextBytes = 4096;
};

/// The keys of one file, sorted, each there once. Every accessor checks the type and gives nothing
/// where the key is absent; a key of another type is refused (GGUF-506) naming file, key, the type
/// expected and the type found.
class GgufMetadata {
  public:
    GgufMetadata() = default;
    /// `entries` sorted by key.
    GgufMetadata(std::string file, std::vector<GgufEntry> entries)
        : file_(std::move(file)), entries_(std::move(entries)) {}

    const GgufEntry* find(std::string_view key) const;
    std::optional<std::uint32_t> u32(std::string_view key) const;
    std::optional<std::uint16_t> u16(std::string_view key) const;
    std::optional<std::int32_t> i32(std::string_view key) const;
    std::optional<float> f32(std::string_view key) const;
    std::optional<bool> boolean(std::string_view key) const;
    /// Refuses one of more than kKeptTextBytes.
    std::optional<std::string> text(std::string_view key) const;
    /// An array of `elements`; null where the key is absent.
    const GgufEntry* array(std::string_view key, GgufValueType elements) const;

    std::span<const GgufEntry> entries() const { return entries_; }
    const std::string& file() const { return file_; }

  private:
    const GgufEntry* typed(std::string_view key, GgufValueType type) const;
    [[noreturn]] void refuseType(const GgufEntry& entry, const std::string& expected) const;

    std::string file_;
    std::vector<GgufEntry> entries_;
};

// The elements of an array that GgufMetadata::array() gave, read from the file it is in. Memory is
// what is returned. Throws GGUF-501 where the file has become shorter.
std::vector<std::string> readTexts(const ByteSource& source,
                                   const std::string& file,
                                   const GgufEntry& array);
std::vector<float> readFloats(const ByteSource& source,
                              const std::string& file,
                              const GgufEntry& array);
std::vector<std::int32_t> readIntegers(const ByteSource& source,
                                       const std::string& file,
                                       const GgufEntry& array);

}  // namespace gatescope

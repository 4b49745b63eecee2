#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatescope {

/// Protocol Buffers wire types. Source: protobuf.dev/programming-guides/encoding, "Message
/// Structure". Groups (3 and 4) are obsolete, nest without a length, and are refused.
enum class WireType { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };

std::string_view name(WireType type);

/// One field of a message. `bytes` is set for Bytes, `number` holds the others' raw bits.
struct WireField {
    std::uint32_t id = 0;
    WireType type = WireType::Varint;
    std::uint64_t number = 0;
    std::string_view bytes;
    std::size_t offset = 0;       ///< of the field's tag in the file
    std::size_t bytesOffset = 0;  ///< of `bytes` in the file
};

/// Walks the fields of one message. Never reads outside the bytes it was given, never recurses.
class WireReader {
  public:
    /// `bytes` start at byte `offset` of `file`, which is named in errors; all outlive the reader.
    WireReader(std::string_view file, std::string_view bytes, std::size_t offset)
        : file_(file), bytes_(bytes), offset_(offset) {}

    /// The next field, false at the end. Throws Error(BadInput) naming file and byte.
    bool next(WireField& field);

  private:
    [[noreturn]] void refuseAt(std::size_t offset, const std::string& problem) const;
    std::uint64_t readVarint();
    std::uint64_t readFixed(std::size_t size);
    std::string_view take(std::size_t size, std::string_view what);

    std::string_view file_;
    std::string_view bytes_;
    std::size_t offset_;
    std::size_t at_ = 0;
};

/// Appends fields to a message.
class WireWriter {
  public:
    void varint(std::uint32_t id, std::uint64_t value);
    void fixed32(std::uint32_t id, float value);
    void bytes(std::uint32_t id, std::string_view value);
    const std::string& message() const { return message_; }

  private:
    void raw(std::uint64_t value);
    std::string message_;
};

}  // namespace gatescope

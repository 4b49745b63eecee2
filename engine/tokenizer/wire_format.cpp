#include "engine/tokenizer/wire_format.h"

#include <fmt/format.h>

#include <bit>

#include "engine/error_codes.h"

namespace gatescope {

std::string_view name(WireType type) {
    switch (type) {
        case WireType::Varint:
            return "a varint";
        case WireType::Fixed64:
            return "8 fixed bytes";
        case WireType::Bytes:
            return "a length and bytes";
        case WireType::Fixed32:
            return "4 fixed bytes";
    }
    return "?";
}

bool WireReader::next(WireField& field) {
    if (at_ == bytes_.size()) return false;
    field = {};
    field.offset = offset_ + at_;
    const std::uint64_t tag = readVarint();
    const std::uint64_t id = tag >> 3;
    if (id == 0 || id > 0x1FFFFFFF)
        refuseAt(field.offset,
                 fmt::format("expected a field number from 1 to 536870911, found {}", id));
    field.id = static_cast<std::uint32_t>(id);
    switch (tag & 7) {
        case 0:
            field.number = readVarint();
            break;
        case 1:
            field.type = WireType::Fixed64;
            field.number = readFixed(8);
            break;
        case 2: {
            field.type = WireType::Bytes;
            const std::uint64_t size = readVarint();
            field.bytesOffset = offset_ + at_;
            field.bytes = take(size, fmt::format("of field {}", field.id));
            break;
        }
        case 5:
            field.type = WireType::Fixed32;
            field.number = readFixed(4);
            break;
        default:
            refuseAt(field.offset,
                     fmt::format("expected wire type 0, 1, 2 or 5, found {}", tag & 7));
    }
    return true;
}

void WireReader::refuseAt(std::size_t offset, const std::string& problem) const {
    refuse(ErrorCode::TokenizerSyntax, fmt::format("{}: byte {}", file_, offset), problem);
}

std::uint64_t WireReader::readVarint() {
    const std::size_t begin = offset_ + at_;
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const auto byte = static_cast<unsigned char>(take(1, "of a number").front());
        value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
        if (byte < 0x80) return value;
    }
    refuseAt(begin, "expected a number of at most 10 bytes, found a longer one");
}

std::uint64_t WireReader::readFixed(std::size_t size) {
    const std::string_view bytes = take(size, "of a fixed number");
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    return value;
}

std::string_view WireReader::take(std::size_t size, std::string_view what) {
    const std::size_t left = bytes_.size() - at_;
    if (size > left)
        refuseAt(offset_ + at_,
                 fmt::format("expected {} bytes {}, found {} before the end of what holds them",
                             size,
                             what,
                             left));
    const std::string_view out = bytes_.substr(at_, size);
    at_ += size;
    return out;
}

void WireWriter::raw(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) message_ += static_cast<char>((value & 0x7F) | 0x80);
    message_ += static_cast<char>(value);
}

void WireWriter::varint(std::uint32_t id, std::uint64_t value) {
    raw(static_cast<std::uint64_t>(id) << 3);
    raw(value);
}

void WireWriter::fixed32(std::uint32_t id, float value) {
    raw((static_cast<std::uint64_t>(id) << 3) | 5);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (unsigned shift = 0; shift < 32; shift += 8)
        message_ += static_cast<char>((bits >> shift) & 0xFF);
}

void WireWriter::bytes(std::uint32_t id, std::string_view value) {
    raw((static_cast<std::uint64_t>(id) << 3) | 2);
    raw(value.size());
    message_ += value;
}

}  // namespace gatescope

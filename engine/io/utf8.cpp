#include "engine/io/utf8.h"

#include "engine/check.h"

namespace gatescope {
namespace {

/// How many bytes follow a lead byte, and the range of the first of them.
struct Lead {
    std::size_t trailing = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
};

bool readLead(unsigned char byte, Lead& lead) {
    if (byte < 0x80) {
        lead = {.trailing = 0};
    } else if (byte >= 0xC2 && byte <= 0xDF) {
        lead = {.trailing = 1};
    } else if (byte >= 0xE0 && byte <= 0xEF) {
        lead = {.trailing = 2};
        if (byte == 0xE0) lead.low = 0xA0;   // below: overlong
        if (byte == 0xED) lead.high = 0x9F;  // above: surrogates
    } else if (byte >= 0xF0 && byte <= 0xF4) {
        lead = {.trailing = 3};
        if (byte == 0xF0) lead.low = 0x90;   // below: overlong
        if (byte == 0xF4) lead.high = 0x8F;  // above: beyond U+10FFFF
    } else {
        return false;
    }
    return true;
}

}  // namespace

Utf8Head readUtf8(std::string_view bytes) {
    GS_DCHECK(!bytes.empty());
    Lead lead;
    if (!readLead(static_cast<unsigned char>(bytes[0]), lead)) return {};
    for (std::size_t i = 1; i <= lead.trailing; ++i) {
        if (i == bytes.size()) return {.kind = Utf8Head::Kind::Incomplete, .size = i};
        const auto byte = static_cast<unsigned char>(bytes[i]);
        const unsigned char low = i == 1 ? lead.low : 0x80;
        const unsigned char high = i == 1 ? lead.high : 0xBF;
        if (byte < low || byte > high) return {};
    }
    return {.kind = Utf8Head::Kind::Character, .size = lead.trailing + 1};
}

bool isUtf8(std::string_view text) {
    while (!text.empty()) {
        const auto head = readUtf8(text);
        if (head.kind != Utf8Head::Kind::Character) return false;
        text.remove_prefix(head.size);
    }
    return true;
}

char32_t codePoint(std::string_view character) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    if (character.size() == 1) return byte(0);
    char32_t value = byte(0) & (0xFFU >> (character.size() + 1));
    for (std::size_t i = 1; i < character.size(); ++i) value = (value << 6) | (byte(i) & 0x3FU);
    return value;
}

std::string replaceInvalidUtf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto head = readUtf8(text);
        const bool whole = head.kind == Utf8Head::Kind::Character;
        const std::size_t size = whole ? head.size : 1;
        out += whole ? text.substr(0, size) : kReplacementCharacter;
        text.remove_prefix(size);
    }
    return out;
}

}  // namespace gatescope

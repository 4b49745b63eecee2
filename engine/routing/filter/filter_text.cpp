#include "engine/routing/filter/filter_text.h"

#include "engine/check.h"

namespace gatescope {
namespace {

/// The small letter of a two-byte character, which has two bytes as well.
unsigned foldedCodePoint(unsigned c) {
    const auto within = [c](unsigned first, unsigned last) { return c >= first && c <= last; };
    if (within(0xC0, 0xDE) && c != 0xD7) return c + 0x20;     // Latin-1
    if (within(0x391, 0x3A9) && c != 0x3A2) return c + 0x20;  // Greek
    if (within(0x410, 0x42F)) return c + 0x20;                // Cyrillic
    if (within(0x400, 0x40F)) return c + 0x50;
    return c;
}

}  // namespace

std::string foldCase(std::string_view text) {
    std::string out(text);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto byte = static_cast<unsigned char>(out[i]);
        if (byte >= 'A' && byte <= 'Z') {
            out[i] = static_cast<char>(byte + ('a' - 'A'));
        } else if (byte >= 0xC3 && byte <= 0xD3 && i + 1 < out.size()) {
            const auto next = static_cast<unsigned char>(out[i + 1]);
            if ((next & 0xC0U) != 0x80) continue;
            const unsigned folded = foldedCodePoint((byte & 0x1FU) << 6U | (next & 0x3FU));
            out[i] = static_cast<char>(0xC0U | folded >> 6U);
            out[++i] = static_cast<char>(0x80U | (folded & 0x3FU));
        }
    }
    return out;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

TextPattern::TextPattern(std::string_view text) : folded_(foldCase(text)) {
    GS_CHECK(!folded_.empty());
    border_.resize(folded_.size());
    for (std::size_t i = 1, length = 0; i < folded_.size(); ++i) {
        while (length > 0 && folded_[i] != folded_[length]) length = border_[length - 1];
        if (folded_[i] == folded_[length]) ++length;
        border_[i] = length;
    }
}

bool TextPattern::touches(std::string_view folded, std::size_t begin, std::size_t end) const {
    std::size_t length = 0;
    for (std::size_t i = 0; i < folded.size(); ++i) {
        while (length > 0 && (length == folded_.size() || folded[i] != folded_[length]))
            length = border_[length - 1];
        if (folded[i] == folded_[length]) ++length;
        if (length < folded_.size()) continue;
        const std::size_t first = i + 1 - length;
        if (first < end && i + 1 > begin) return true;
        if (first >= end) return false;
    }
    return false;
}

}  // namespace gatescope

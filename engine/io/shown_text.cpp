#include "engine/io/shown_text.h"

#include <fmt/format.h>

#include "engine/io/utf8.h"

namespace gatescope {
namespace {

bool isControl(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

bool rearrangesText(char32_t c) {
    return (c >= 0x200E && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0x061C || c == 0x2028 || c == 0x2029;
}

}  // namespace

std::string shownText(std::string_view text, std::size_t longest) {
    std::string out;
    for (std::size_t shown = 0; !text.empty(); ++shown) {
        if (shown == longest) return out + "...";
        const auto head = readUtf8(text);
        const bool whole = head.kind == Utf8Head::Kind::Character;
        const std::string_view character = text.substr(0, whole ? head.size : 1);
        const char32_t c =
            whole ? codePoint(character) : static_cast<unsigned char>(character.front());
        if (!whole || isControl(c))
            out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
        else if (rearrangesText(c))
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            out += character;
        text.remove_prefix(character.size());
    }
    return out;
}

std::string quotedText(std::string_view text) {
    return '"' + shownText(text) + '"';
}

}  // namespace gatescope

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatescope {

/// U+FFFD, what an undecodable byte is shown as.
inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

/// What stands at the start of a byte string.
struct Utf8Head {
    enum class Kind {
        Character,   ///< a complete, strictly valid character of `size` bytes
        Incomplete,  ///< all bytes given are the start of a valid character
        Invalid,     ///< the first byte cannot start a character here; `size` is 1
    };
    Kind kind = Kind::Invalid;
    std::size_t size = 1;
};

/// Looks at the start of `bytes` (not empty). Strict: no overlong form, no surrogate, nothing above
/// U+10FFFF. Source: Unicode 15, table 3-7 "Well-Formed UTF-8 Byte Sequences".
Utf8Head readUtf8(std::string_view bytes);

/// The code point of one complete character, as readUtf8() finds it.
char32_t codePoint(std::string_view character);

bool isUtf8(std::string_view text);

/// `text` with each byte that belongs to no character replaced by U+FFFD.
std::string replaceInvalidUtf8(std::string_view text);

}  // namespace gatescope

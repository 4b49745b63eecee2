#include "engine/io/shown_text.h"

#include <fmt/format.h>

namespace gatescope {

std::string shownText(std::string_view text) {
    constexpr std::size_t kLongest = 80;
    std::string shown;
    for (const char c : text.substr(0, kLongest)) {
        if (c >= ' ' && c <= '~')
            shown += c;
        else
            shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    if (text.size() > kLongest) shown += "...";
    return shown;
}

}  // namespace gatescope

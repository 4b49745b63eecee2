#include "engine/generation/stop_strings.h"

#include <algorithm>

#include "engine/check.h"

namespace gatescope {
namespace {

/// Length of the longest end of `text` that is a beginning of `stop`, but not all of it.
std::size_t openTail(std::string_view text, std::string_view stop) {
    for (std::size_t n = std::min(text.size(), stop.size() - 1); n > 0; --n)
        if (text.ends_with(stop.substr(0, n))) return n;
    return 0;
}

}  // namespace

StopLook lookForStop(std::string_view text, std::span<const std::string> stopStrings) {
    StopLook look;
    std::size_t held = 0;
    for (const auto& stop : stopStrings) {
        GS_CHECK(!stop.empty());
        const auto at = text.find(stop);
        if (at != std::string_view::npos) look.match = std::min(at, look.match.value_or(at));
        held = std::max(held, openTail(text, stop));
    }
    look.heldFrom = text.size() - held;
    return look;
}

}  // namespace gatescope

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gatescope {

/// What a piece of a reply says about its stop strings. Offsets are bytes.
struct StopLook {
    std::optional<std::size_t> match;  ///< where the first stop string begins
    /// From here on the text may still become a stop string; text.size() if no end of it can.
    std::size_t heldFrom = 0;
};

/// Searches `text`, the part of a reply that was not shown yet. No stop string may be empty.
StopLook lookForStop(std::string_view text, std::span<const std::string> stopStrings);

}  // namespace gatescope

#pragma once

#include <optional>
#include <span>
#include <string>

namespace gatescope {

/// What a file is whose first bytes are not a pickle's: a web page, a git-lfs pointer, text, zeros,
/// an archive ... in words that end "... is {}", with what to do. Empty if it begins as a pickle
/// does.
std::optional<std::string> describeForeignFile(std::span<const std::byte> firstBytes);

}  // namespace gatescope

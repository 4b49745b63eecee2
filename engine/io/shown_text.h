#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatescope {

inline constexpr std::size_t kWholeText = std::string_view::npos;

/// Text from a file or a command line as it may stand in a message: characters as they are, in
/// every script; controls, marks that turn the direction of text, and bytes that are no UTF-8 as
/// \xNN or \uNNNN, so that it cannot rearrange the sentence it stands in. Cut at `longest`
/// characters.
std::string shownText(std::string_view text, std::size_t longest = 80);

/// The same in quotation marks.
std::string quotedText(std::string_view text);

}  // namespace gatescope

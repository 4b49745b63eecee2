#pragma once

#include <string>
#include <string_view>

namespace gatescope {

/// Text from a file or a command line as it may stand in a message: other than printable ASCII as
/// \xNN, at most 80 characters.
std::string shownText(std::string_view text);

}  // namespace gatescope

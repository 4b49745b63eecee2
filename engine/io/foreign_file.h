#pragma once

#include <optional>
#include <span>
#include <string>

#include "engine/error_codes.h"

namespace gatescope {

/// What a file is that does not begin as its format does.
struct ForeignFile {
    ErrorCode code;
    std::string what;  ///< ends "... is {}"
};

/// Looks at the first bytes (512 are enough) of a file that lacks its format's magic: empty, a web
/// page, a git-lfs pointer, zeros, an archive, another model format, text. `expected` says how a
/// good one begins: "a pickle (first byte 0x80)".
ForeignFile recogniseForeignFile(std::span<const std::byte> firstBytes, const char* expected);

}  // namespace gatescope

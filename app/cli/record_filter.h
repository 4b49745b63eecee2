#pragma once

#include <string>

namespace gatescope::cli {

/// Prints the tokens of the branch shown last that match `expression` (docs/filter.md). Throws
/// Error(BadUsage) for a filter with a mistake, Error(BadInput) for a file that is none of ours.
/// Returns an exit status.
int filterRecording(const std::string& file, const std::string& expression, bool json);

}  // namespace gatescope::cli

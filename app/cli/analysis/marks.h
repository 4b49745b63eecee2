#pragma once

#include <optional>
#include <string>

#include "engine/routing/statistic.h"

namespace gatescope::cli {

/// More experts than this have no column each: the files have them all.
inline constexpr int kMostColumns = 16;

/// '*': chance does this in 5 of 100; '~': too few observations to say; else ' '.
char mark(const Statistic& s);

/// "12.5" of 0.125 with 1 decimal and scale 100; "-" where there is none.
std::string shown(const std::optional<double>& value, int decimals, double scale);

/// What chance gives, in the same way.
std::string shownChance(const Statistic& s, int decimals, double scale);

}  // namespace gatescope::cli

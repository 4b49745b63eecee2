#include "app/cli/analysis/marks.h"

#include <fmt/format.h>

namespace gatescope::cli {

char mark(const Statistic& s) {
    if (s.thin) return '~';
    if (!s.value || !s.chance || s.chance->low >= s.chance->high) return ' ';
    return *s.value < s.chance->low || *s.value > s.chance->high ? '*' : ' ';
}

std::string shown(const std::optional<double>& value, int decimals, double scale) {
    return value ? fmt::format("{:.{}f}", *value * scale, decimals) : "-";
}

std::string shownChance(const Statistic& s, int decimals, double scale) {
    return shown(s.chance ? std::optional(s.chance->level) : std::nullopt, decimals, scale);
}

}  // namespace gatescope::cli

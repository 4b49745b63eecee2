#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/routing/statistic.h"

namespace gatescope {

/// One statistic of one place; what `keys` are, the table says.
struct StatisticRow {
    std::vector<int> keys;
    std::string_view name;
    Statistic statistic;
    std::optional<ChanceBand> interval;  ///< of the value itself, where there is one
};

/// Long tables, a row a number: they read into any tool, whatever the model's shape.
struct StatisticTable {
    std::string name;
    std::vector<std::string_view> keys;  ///< "layer", "expert", ...
    std::vector<StatisticRow> rows;
};

/// The columns KEY..., statistic, value, count, chance_level, chance_low, chance_high,
/// interval_low, interval_high, thin (0 or 1); empty: unknown. Numbers have as many digits as give
/// the same double again, whatever the locale. Lines end as RFC 4180 has them.
std::string csvOf(const StatisticTable& table);

}  // namespace gatescope

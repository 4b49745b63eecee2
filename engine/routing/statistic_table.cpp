#include "engine/routing/statistic_table.h"

#include <fmt/format.h>

#include <cmath>

namespace gatescope {
namespace {

std::string number(double value) {
    return std::isfinite(value) ? fmt::format("{}", value) : std::string();
}

}  // namespace

std::string csvOf(const StatisticTable& table) {
    std::string csv;
    for (const auto key : table.keys) csv += fmt::format("{},", key);
    csv +=
        "statistic,value,count,chance_level,chance_low,chance_high,interval_low,interval_high,"
        "thin\r\n";
    for (const StatisticRow& row : table.rows) {
        const Statistic& s = row.statistic;
        const ChanceBand chance = s.chance.value_or(ChanceBand{NAN, NAN, NAN});
        const ChanceBand interval = row.interval.value_or(ChanceBand{NAN, NAN, NAN});
        for (const int key : row.keys) csv += fmt::format("{},", key);
        csv += fmt::format("{},{},{},{},{},{},{},{},{}\r\n",
                           row.name,
                           number(s.value.value_or(NAN)),
                           s.count,
                           number(chance.level),
                           number(chance.low),
                           number(chance.high),
                           number(interval.low),
                           number(interval.high),
                           s.thin ? 1 : 0);
    }
    return csv;
}

}  // namespace gatescope

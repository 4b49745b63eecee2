#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/routing/chance_band.h"

namespace gatescope {

/// Fewer observations than this and a cell is thin: to be hatched, not coloured. With 10
/// observations a share still has a standard error of up to 0.16, and the favourite of 8 experts
/// that do nothing but chance already has 30 % (ui-and-inspection page, D2).
inline constexpr std::int64_t kThinBelow = 10;

/// A number about routing, what it stands on, and what it would be if routers did nothing but
/// chance ("uniform routing": each token takes its k of E experts uniformly, independently of other
/// tokens and layers). Bands are for this one number; among many, some lie outside by luck.
struct Statistic {
    std::optional<double> value;  ///< empty: not defined here (no observation, or no router logits)
    std::int64_t count = 0;       ///< observations: tokens, pairs, selections, as its function says
    std::optional<ChanceBand> chance;  ///< empty: uniform routing says nothing about it
    bool thin = false;                 ///< too few observations to be read
};

/// A statistic under the name that files and tables give it.
struct NamedStatistic {
    std::string_view name;
    Statistic statistic;
};

/// `hits` of `trials`, each of which chance hits with `rate`; the band is binomial. Empty value
/// without trials. Requires 0 <= hits <= trials, 0 <= rate <= 1.
Statistic shareStatistic(std::int64_t hits, std::int64_t trials, double rate);

}  // namespace gatescope

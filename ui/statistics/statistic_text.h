#pragma once

#include <QString>
#include <optional>
#include <string_view>

#include "engine/routing/statistic.h"

namespace gatescope {

// How numbers about routing are said to people, everywhere alike.

/// Where a number stands beside what chance gives.
enum class Verdict {
    Unknown,  ///< no value, or nothing to hold it against
    Thin,     ///< too few observations to say
    Below,
    Within,
    Above,
};
/// Chance says more than a level: where uniform routing gives one value, that is no band.
bool hasBand(const ChanceBand& chance);
Verdict verdictOf(const Statistic& statistic);
/// Translated: "above the band".
QString verdictText(Verdict verdict);

/// "12.5 %" with a space that does not break.
QString percentText(double share);
/// A value of the statistic `name`: a share in percent, others with three places; "–" for none.
QString valueText(std::string_view name, const std::optional<double>& value);
/// "31 observations, by chance 14.3 % (9.1 to 20.0 %), above the band", as far as it is known.
QString evidenceText(std::string_view name, const Statistic& statistic);
/// For table heads and lists, translated: "share of the layer's selections"; the name itself where
/// there is no better one.
QString statisticTitle(std::string_view name);

}  // namespace gatescope

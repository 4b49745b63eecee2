#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatescope::cli {

/// One seed's reply, plain beside changed.
struct SeedOutcome {
    std::uint64_t seed = 0;
    double klBits = 0;                   ///< mean over the plain reply's tokens
    std::optional<int> firstDifference;  ///< token of the reply; empty: the same reply
    double differing = 0;                ///< share of both replies' tokens that are not aligned
    int plainTokens = 0;
    int changedTokens = 0;
};

/// A mean or a share with its 95 % interval.
struct Estimate {
    double value = 0;
    double low = 0;
    double high = 0;
};

/// Of the mean, by Student's t over the values. Requires two or more.
Estimate meanOf(const std::vector<double>& values);
/// Of a share, Wilson's. Source: Wilson 1927, "Probable inference, the law of succession, and
/// statistical inference". Requires 0 <= count <= of, of >= 1.
Estimate shareOf(int count, int of);

/// Four lines for people.
std::string seedsText(const std::vector<SeedOutcome>& outcomes);
/// {"interventions", "synthetic", "seeds": [...], "summary": {...}}.
std::string seedsJson(const std::vector<SeedOutcome>& outcomes,
                      const std::vector<std::string>& interventions,
                      bool synthetic);

}  // namespace gatescope::cli

#pragma once

#include <optional>
#include <stop_token>

#include "engine/decoder/decoder.h"

namespace gatescope::cli {

struct SpeedOptions {
    int prompt = 512;     ///< tokens
    int generated = 128;  ///< tokens
    bool capture = true;  ///< keep the routing record of every token, as a conversation does
};

/// What keeping the routing records costs: the time of two tokens with it over that of the same
/// tokens at the same places without, taken in turn.
struct CaptureCost {
    int pairs = 0;
    double percent = 0;  ///< the median; below 0 when the noise is larger than the cost
    /// Where the median of many more pairs would lie, with 95 %. Empty for less than 6 pairs.
    struct Interval {
        double low = 0;
        double high = 0;
    };
    std::optional<Interval> interval;
};

struct Speeds {
    double prefillTokPerS = 0;
    double decodeTokPerS = 0;
    /// Of a reply that the decoder goes on with by itself, tokens drawn there; empty: it does not.
    std::optional<double> replyTokPerS;
    std::optional<CaptureCost> captureCost;  ///< only with capture and two decoded tokens
    std::uint64_t cacheBytes = 0;
    std::optional<double> competingLoad;  ///< CompetingLoad::share() of all this
};

/// Runs a prompt and decodes behind it. Shows progress bars. Empty: interrupted. Throws Error.
std::optional<Speeds> measureSpeeds(Decoder& decoder,
                                    const SpeedOptions& options,
                                    std::stop_token stop);

/// The median of with[i] / without[i] as a change in percent. Requires as many of both, and one at
/// least.
CaptureCost captureCost(const std::vector<double>& with, const std::vector<double>& without);

}  // namespace gatescope::cli

#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "engine/routing/routing_record.h"

namespace gatescope {

// T tokens, E experts, k selected a token; p(1) >= p(2) >= ... are one token's router probabilities
// in one layer, sorted. "By chance" here: of a router that gives every expert p = 1/E.

/// How one router treated one token.
struct RouterMeasures {
    double entropyBits = 0;     ///< -sum p log2 p, 0 to log2 E: how unsure; by chance log2 E
    double margin = 0;          ///< p(1) - p(2), 0 to 1: how far the first choice is ahead
    double decisiveMargin = 0;  ///< p(k) - p(k+1): how near the next expert was to being selected
    double routedMass = 0;      ///< sum of the selected experts' p; Grok-1 applies p as it is, so
                                ///< 1 - mass is real attenuation (xai-org/grok-1 model.py)
    double firstProb = 0;       ///< p(1)
};

/// probs [numExperts], selected [numSelected]. With one expert the margin is p(1); with k = E
/// nobody can miss selection and the decisive margin is p(E), as if the next one were 0.
RouterMeasures measureRouter(std::span<const float> probs, std::span<const std::int32_t> selected);

/// The same margins between router logits: ln p(a) - ln p(b), exact because a softmax keeps
/// differences. Empty where there is no p(b), or it is 0: recordings keep f16, of which
/// probabilities below 2^-25 come back as 0, and those below 2^-14 with fewer bits.
struct LogitMargins {
    std::optional<double> margin;          ///< ln p(1) - ln p(2), >= 0
    std::optional<double> decisiveMargin;  ///< ln p(k) - ln p(k+1), >= 0
};
LogitMargins logitMargins(std::span<const float> probs, std::span<const std::int32_t> selected);

/// Both, sorting the probabilities once.
struct RouterReading {
    RouterMeasures measures;
    LogitMargins logits;
};
RouterReading readRouter(std::span<const float> probs, std::span<const std::int32_t> selected);

/// The mean of each measure over the layers of one token: a point of the charts over tokens.
RouterMeasures meanOverLayers(const RoutingRecord& record);

/// (ln sum exp logits)^2 of one router and token: its mean over tokens is the z value, which a
/// training's z-loss keeps small. It cannot be had from probabilities: a softmax forgets what is
/// added to all logits, which is why RoutingRecord::logSumExps is kept beside them. `logits`
/// [numExperts] are what the softmax is taken of. By chance: nothing, as the same shift is free
/// there too. Source: Zoph et al. 2022, "ST-MoE", equation 5.
double zValue(std::span<const float> logits);

}  // namespace gatescope

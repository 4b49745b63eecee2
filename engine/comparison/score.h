#pragma once

#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "engine/generation/generation.h"
#include "engine/ids.h"
#include "engine/routing/routing_record.h"

namespace gatescope {

/// A sequence that is known, to be computed in two ways and compared token by token: plain, and
/// with what `changed` changes. Nothing is sampled.
struct ScoreRequest {
    GenerationId id = 0;  ///< never 0; of the same numbers as generations
    /// Ids or text, as a generation's prompt. The interventions of the segments are those before
    /// `firstPosition`; from there on those below hold.
    std::vector<PromptSegment> sequence;
    /// Where the two ways part, 0 to the length: the first token that is computed twice. What is
    /// before it is the same in both, and not computed again while it is held.
    int firstPosition = 0;
    InterventionSet plain;
    /// Empty: the plain way alone, for its routing and log probabilities.
    std::optional<InterventionSet> changed;
};

/// One token that went in, and what the model then said about the one behind it.
struct PositionScore {
    static constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

    TokenId token = 0;
    /// KL(plain || changed) of the distributions of the next token, at temperature 1, in bits; 0
    /// without `changed`. At least 0.
    double klBits = 0;
    float logProbPlain = kUnknown;  ///< ln p of the token that follows; NaN behind the last one
    float logProbChanged = kUnknown;
    TokenId topPlain = 0;  ///< what is most likely to follow; the lower id on a tie
    TokenId topChanged = 0;
    RoutingRecordPtr plain;    ///< of `token` itself
    RoutingRecordPtr changed;  ///< the same of the changed way; null without it
};

/// KL(p || q) in bits of the distributions that two rows of logits stand for, in double. Requires
/// equal sizes, at least 1, and finite logits.
/// Source: Kullback and Leibler 1951, "On information and sufficiency".
double klBits(std::span<const float> p, std::span<const float> q);

/// ln p(token) of the distribution that a row of logits stands for, in double.
double logProbability(std::span<const float> logits, TokenId token);

/// The most likely token, the lower id on a tie.
TokenId mostLikely(std::span<const float> logits);

}  // namespace gatescope

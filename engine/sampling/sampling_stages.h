#pragma once

#include <vector>

#include "engine/ids.h"
#include "engine/sampling/sampler.h"
#include "engine/sampling/token_alternatives.h"

namespace gatescope {

/// What the filters of a sampler make of the likeliest tokens in one place. Derived from what was
/// recorded of the model's own distribution; what lies behind those tokens is known by its sum and
/// its count only, so chances are bounds, which meet where that decides nothing. Without the
/// repetition penalty, which works on logits.
struct SamplingStages {
    enum class Fate {
        Kept,
        Temperature,  ///< 0: only the likeliest is ever taken
        TopK,
        TopP,
        MinP,
        Unknown,  ///< top-p keeps it or not, as the tokens behind these are
    };
    struct Candidate {
        TokenId token = 0;
        double probability = 0;  ///< the model's own, at temperature 1
        Fate fate = Fate::Kept;
        double least = 0;  ///< chance of being drawn: at least
        double most = 0;   ///< and at most
    };
    std::vector<Candidate> candidates;  ///< [as TokenAlternatives] likeliest first
    int kept = 0;                       ///< of these, for sure
    double restAtMost = 0;  ///< chance that a token behind these is drawn; 0: none can be
};

/// `vocabSize`: of the model. Requires an alternative and a config that validate() accepts.
SamplingStages samplingStages(const TokenAlternatives& likely,
                              const SamplerConfig& config,
                              int vocabSize);

}  // namespace gatescope

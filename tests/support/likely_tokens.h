#pragma once

#include <memory>

#include "engine/sampling/token_alternatives.h"

namespace gatescope::test {

/// Where `predicted` was likeliest, `more` others a little less each.
inline TokenAlternativesPtr alternativesLike(TokenId predicted, int more = 2) {
    auto out = std::make_shared<TokenAlternatives>();
    for (int i = 0; i <= more; ++i) {
        out->tokens.push_back(predicted + i);
        out->logProbs.push_back(-0.25F * static_cast<float>(i + 1));
    }
    out->entropy = 1.5F;
    out->rank = more + 2;  // of something else
    return out;
}

}  // namespace gatescope::test

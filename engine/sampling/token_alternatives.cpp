#include "engine/sampling/token_alternatives.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "engine/check.h"

namespace gatescope {
namespace {

/// A distribution as its logits say it.
struct Softmax {
    double logSum = 0;   ///< ln of the sum of exp(logit)
    double entropy = 0;  ///< in nats
};

/// From the largest down, so that nothing overflows. With d = top - logit and s = sum of exp(-d),
/// the entropy -sum p ln p is ln s + sum of exp(-d) d / s.
Softmax softmaxOf(std::span<const float> logits) {
    const double top = *std::ranges::max_element(logits);
    double sum = 0;
    double distances = 0;
    for (const float logit : logits) {
        const double distance = top - static_cast<double>(logit);
        const double weight = std::exp(-distance);
        sum += weight;
        if (weight > 0) distances += weight * distance;
    }
    return {.logSum = top + std::log(sum), .entropy = std::log(sum) + distances / sum};
}

/// The best so many, of two alike the one that comes first.
std::vector<TokenId> bestOf(std::span<const float> logits) {
    const auto most = std::min(logits.size(), static_cast<std::size_t>(TokenAlternatives::kMost));
    const auto better = [&](TokenId a, TokenId b) {
        return logits[static_cast<std::size_t>(a)] > logits[static_cast<std::size_t>(b)];
    };
    std::vector<TokenId> best;
    best.reserve(most + 1);
    // Nearly every token is dropped by one comparison with a number at hand.
    float worst = -std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < logits.size(); ++i) {
        if (!(logits[i] > worst)) continue;
        const auto token = static_cast<TokenId>(i);
        best.insert(std::ranges::upper_bound(best, token, better), token);
        if (best.size() > most) best.pop_back();
        if (best.size() == most) worst = logits[static_cast<std::size_t>(best.back())];
    }
    return best;
}

/// 1 and one for each token that is better.
int rankOf(TokenId token, std::span<const float> logits) {
    const auto at = static_cast<std::size_t>(token);
    const float logit = logits[at];
    const auto higher = std::ranges::count_if(logits, [&](float other) { return other > logit; });
    const auto alike = std::ranges::count(logits.first(at), logit);
    return static_cast<int>(1 + higher + alike);
}

}  // namespace

SampledToken sampledToken(std::span<const float> logits, TokenId token) {
    GS_CHECK(token >= 0 && static_cast<std::size_t>(token) < logits.size());
    const Softmax softmax = softmaxOf(logits);
    const auto logProbOf = [&](TokenId id) {
        const double logit = logits[static_cast<std::size_t>(id)];
        return static_cast<float>(std::max(
            logit - softmax.logSum, static_cast<double>(std::numeric_limits<float>::lowest())));
    };
    auto alternatives = std::make_shared<TokenAlternatives>();
    alternatives->tokens = bestOf(logits);
    alternatives->logProbs.resize(alternatives->tokens.size());
    std::ranges::transform(alternatives->tokens, alternatives->logProbs.begin(), logProbOf);
    alternatives->entropy = static_cast<float>(softmax.entropy / std::numbers::ln2);
    alternatives->rank = rankOf(token, logits);
    return {.token = token, .logProb = logProbOf(token), .alternatives = std::move(alternatives)};
}

}  // namespace gatescope

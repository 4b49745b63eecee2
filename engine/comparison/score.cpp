#include "engine/comparison/score.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/check.h"
#include "engine/sampling/log_sum_exp.h"

namespace gatescope {
double klBits(std::span<const float> p, std::span<const float> q) {
    GS_CHECK(!p.empty() && p.size() == q.size());
    const double sumP = logSumExp(p);
    const double sumQ = logSumExp(q);
    double nats = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
        const double logP = p[i] - sumP;
        nats += std::exp(logP) * (logP - (q[i] - sumQ));
    }
    return std::max(0.0, nats) / std::numbers::ln2;  // rounding may leave a little below 0
}

double logProbability(std::span<const float> logits, TokenId token) {
    GS_CHECK(token >= 0 && static_cast<std::size_t>(token) < logits.size());
    return logits[static_cast<std::size_t>(token)] - logSumExp(logits);
}

TokenId mostLikely(std::span<const float> logits) {
    return static_cast<TokenId>(std::ranges::max_element(logits) - logits.begin());
}

}  // namespace gatescope

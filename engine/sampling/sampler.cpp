#include "engine/sampling/sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/check.h"
#include "engine/error.h"
#include "kernels/sampling/sampling_weight.h"

namespace gatescope {
namespace {

void expectRange(bool inside, const char* what, double value, const char* range) {
    if (!inside)
        throw Error(ErrorKind::BadUsage, fmt::format("{} {}: expected {}", what, value, range));
}

/// Index of the largest value, the lower one on a tie.
TokenId argMax(std::span<const float> values) {
    return static_cast<TokenId>(std::max_element(values.begin(), values.end()) - values.begin());
}

std::ptrdiff_t asDiff(std::size_t n) {
    return static_cast<std::ptrdiff_t>(n);
}

}  // namespace

void validate(const SamplerConfig& config) {
    expectRange(
        std::isfinite(config.temperature) && config.temperature >= 0 && config.temperature <= 100,
        "temperature",
        config.temperature,
        "0 (greedy) to 100");
    expectRange(config.topK >= 0, "top-k", config.topK, "0 (all) or more");
    expectRange(
        config.topP > 0 && config.topP <= 1, "top-p", config.topP, "above 0, up to 1 (all)");
    expectRange(config.minP >= 0 && config.minP <= 1, "min-p", config.minP, "0 (all) to 1");
    expectRange(config.repetitionPenalty > 0 && config.repetitionPenalty <= 100,
                "repetition penalty",
                config.repetitionPenalty,
                "above 0 (1 is none), up to 100");
    expectRange(config.repetitionWindow >= 0,
                "repetition window",
                config.repetitionWindow,
                "0 or more tokens");
}

SamplerBounds boundsOf(const SamplerConfig& config) {
    return {.topP = config.topP < 1
                        ? static_cast<std::uint64_t>(static_cast<double>(config.topP) * 0x1p64)
                        : 0,
            .mostGap = -std::log(config.minP)};
}

Sampler::Sampler(const SamplerConfig& config, int drawsBefore)
    : config_(config), bounds_(boundsOf(config)), random_(config.seed) {
    validate(config);
    random_.discard(static_cast<unsigned long long>(drawsBefore));
}

SampledToken Sampler::sample(std::span<const float> logits, std::span<const TokenId> recent) {
    GS_CHECK(!logits.empty());
    GS_CHECK(logits.size() <= kernels::kMostWeights);
    for (const float logit : logits) GS_CHECK(std::isfinite(logit));
    scores_.assign(logits.begin(), logits.end());
    penaliseRepetition(recent);
    const TokenId token = config_.temperature == 0 ? argMax(scores_) : draw();
    return sampledToken(logits, token);
}

/// Source: Keskar et al. 2019 (CTRL), section 4.1, with the sign rule of its common
/// implementations: a penalty must lower a negative logit too. Each token is penalised once.
void Sampler::penaliseRepetition(std::span<const TokenId> recent) {
    if (config_.repetitionPenalty == 1.0F) return;
    const auto window = std::min(recent.size(), static_cast<std::size_t>(config_.repetitionWindow));
    order_.assign(recent.end() - static_cast<std::ptrdiff_t>(window), recent.end());
    std::sort(order_.begin(), order_.end());
    order_.erase(std::unique(order_.begin(), order_.end()), order_.end());
    for (const TokenId id : order_) {
        GS_CHECK(id >= 0 && static_cast<std::size_t>(id) < scores_.size());
        float& score = scores_[static_cast<std::size_t>(id)];
        score = score > 0 ? score / config_.repetitionPenalty : score * config_.repetitionPenalty;
        // A penalty of a huge logit may leave the floats; it stays the least likely.
        score = std::clamp(
            score, std::numeric_limits<float>::lowest(), std::numeric_limits<float>::max());
    }
}

/// Candidates by falling score (lower id first on a tie), cut by top-k, top-p, min-p, then drawn in
/// proportion to exp(score / temperature). Sources: Holtzman et al. 2020 (top-p); Nguyen et al.
/// 2024 (min-p). Its twin on a GPU: kernels/cuda/draw_token.cu.
TokenId Sampler::draw() {
    order_.resize(scores_.size());
    std::iota(order_.begin(), order_.end(), 0);
    sorted_ = 0;
    top_ = *std::max_element(scores_.begin(), scores_.end());
    const std::size_t limit = config_.topK == 0
                                  ? order_.size()
                                  : std::min(order_.size(), static_cast<std::size_t>(config_.topK));
    if (limit < order_.size()) sortUpTo(limit);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < limit; ++i) sum += weight(order_[i]);
    if (bounds_.topP != 0 || std::isfinite(bounds_.mostGap)) {
        const std::uint64_t enough =
            bounds_.topP == 0 ? sum
                              : std::max<std::uint64_t>(1, kernels::highProduct(sum, bounds_.topP));
        sum = 0;
        for (std::size_t i = 0; i < limit && sum < enough; ++i) {
            const TokenId next = candidate(i);
            if (gap(next) > bounds_.mostGap) break;
            sum += weight(next);
        }
    }
    const std::uint64_t target = kernels::highProduct(random_(), sum);
    std::uint64_t upTo = 0;
    for (std::size_t i = 0;; ++i) {
        upTo += weight(candidate(i));
        if (upTo > target) return order_[i];
    }
}

/// How far it is below the most likely token.
float Sampler::gap(TokenId token) const {
    return (top_ - scores_[static_cast<std::size_t>(token)]) / config_.temperature;
}

std::uint64_t Sampler::weight(TokenId token) const {
    return kernels::samplingWeight(gap(token));
}

/// The i-th best. Sorts only as far as anyone looks: of 131072 tokens a few hundred matter.
TokenId Sampler::candidate(std::size_t i) {
    if (i >= sorted_) sortUpTo(std::max(i + 1, std::max<std::size_t>(256, sorted_ * 4)));
    return order_[i];
}

void Sampler::sortUpTo(std::size_t count) {
    // Beyond some thousands the heap of a partial sort is slower than sorting what is left.
    count = count > order_.size() / 16 ? order_.size() : count;
    const auto better = [&](TokenId a, TokenId b) {
        const float scoreA = scores_[static_cast<std::size_t>(a)];
        const float scoreB = scores_[static_cast<std::size_t>(b)];
        return scoreA > scoreB || (scoreA == scoreB && a < b);
    };
    const auto from = order_.begin() + asDiff(sorted_);
    if (count == order_.size()) {
        std::sort(from, order_.end(), better);
    } else {
        std::partial_sort(from, order_.begin() + asDiff(count), order_.end(), better);
    }
    sorted_ = count;
}

}  // namespace gatescope

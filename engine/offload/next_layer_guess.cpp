#include "engine/offload/next_layer_guess.h"

#include <algorithm>
#include <numeric>

#include "engine/check.h"

namespace gatescope {

NextLayerGuess::NextLayerGuess(int numLayers, int numExperts) : numExperts_(numExperts) {
    GS_CHECK(numLayers > 0 && numExperts > 0);
    const auto experts = static_cast<std::size_t>(numExperts);
    const auto pairs = static_cast<std::size_t>(numLayers - 1);
    together_.assign(pairs * experts * experts, 0);
    alone_.assign(pairs * experts, 0);
    scores_.assign(experts, 0.0);
    order_.resize(experts);
}

std::span<const std::int32_t> NextLayerGuess::rank(int layer,
                                                   std::span<const std::int32_t> selected) {
    std::ranges::fill(scores_, 0.0);
    const double prior = 1.0 / numExperts_;
    for (const auto i : selected) {
        const std::size_t row = rowOf(layer, i);
        const double tokens = alone_[row / static_cast<std::size_t>(numExperts_)] + 1.0;
        for (std::size_t e = 0; e < scores_.size(); ++e)
            scores_[e] +=
                (together_[row + e] + prior) / tokens / static_cast<double>(selected.size());
    }
    std::iota(order_.begin(), order_.end(), 0);
    std::ranges::sort(order_, [this](std::int32_t a, std::int32_t b) {
        const double likelierA = likelihood(a);
        const double likelierB = likelihood(b);
        return likelierA != likelierB ? likelierA > likelierB : a < b;
    });
    return order_;
}

void NextLayerGuess::learn(int layer,
                           std::span<const std::int32_t> selected,
                           std::span<const std::int32_t> next) {
    for (const auto i : selected) {
        const std::size_t row = rowOf(layer, i);
        ++alone_[row / static_cast<std::size_t>(numExperts_)];
        for (const auto e : next) ++together_[row + static_cast<std::size_t>(e)];
    }
}

}  // namespace gatescope

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gatescope {

/// Guesses what the next layer of a token will select from what this one selected: by how often
/// each expert there went with these, counted over the tokens before. (A running model can do
/// better: apply the next layer's router early, to the residual that it has. A recording has no
/// residuals.) Nothing allocates once it is made. Used by one thread.
class NextLayerGuess {
  public:
    /// Requires one layer and one expert at least.
    NextLayerGuess(int numLayers, int numExperts);

    /// Ranks the experts of layer + 1 for a token that selected these in `layer`, likeliest first,
    /// the lower number on a tie. Requires layer + 1 < numLayers. Valid until the next call.
    std::span<const std::int32_t> rank(int layer, std::span<const std::int32_t> selected);
    /// The token selected `next` in layer + 1. Counts for tokens that come later: call it when the
    /// token is through.
    void learn(int layer,
               std::span<const std::int32_t> selected,
               std::span<const std::int32_t> next);
    /// Of rank()'s last call: the mean over the selected i of (n(i and e) + 1/E) / (n(i) + 1).
    double likelihood(int expert) const { return scores_[static_cast<std::size_t>(expert)]; }

  private:
    std::size_t rowOf(int layer, std::int32_t expert) const {
        return (static_cast<std::size_t>(layer) * static_cast<std::size_t>(numExperts_) +
                static_cast<std::size_t>(expert)) *
               static_cast<std::size_t>(numExperts_);
    }

    int numExperts_;
    std::vector<std::uint32_t> together_;  ///< [layers - 1, experts, experts of the next]
    std::vector<std::uint32_t> alone_;     ///< [layers - 1, experts] tokens
    std::vector<double> scores_;           ///< [experts]
    std::vector<std::int32_t> order_;      ///< [experts]
};

}  // namespace gatescope

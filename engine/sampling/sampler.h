#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "engine/ids.h"
#include "engine/sampling/token_alternatives.h"

namespace gatescope {

/// How the next token is chosen. Applied in this order: repetition penalty, temperature, top-k,
/// top-p, min-p, draw.
struct SamplerConfig {
    float temperature = 0.7F;  ///< 0: greedy, the lower id on a tie
    int topK = 0;              ///< keep the k most likely; 0: all
    float topP = 0.95F;        ///< keep the smallest set with at least this probability; 1: all
    float minP = 0.0F;         ///< drop what is less likely than minP times the most likely; 0: all
    float repetitionPenalty =
        1.0F;  ///< logits of seen tokens: divided if positive, multiplied if negative
    int repetitionWindow = 64;  ///< how many of the last tokens count as seen
    /// Same seed, same logits: same tokens on every machine, a GPU among them. The n-th draw takes
    /// the n-th number of std::mt19937_64.
    std::uint64_t seed = 0;
    friend bool operator==(const SamplerConfig&, const SamplerConfig&) = default;
};

/// Throws Error(BadUsage) naming the value that is out of range, and the range.
void validate(const SamplerConfig& config);

/// The filters of a config, as weights in whole numbers are compared with them.
struct SamplerBounds {
    std::uint64_t topP = 0;  ///< in units of 2^-64; 0: all
    float mostGap = 0;  ///< (best score - score) / temperature of what min-p keeps; infinite: all
};
SamplerBounds boundsOf(const SamplerConfig& config);

/// Draws tokens. One per generation; used by one thread.
class Sampler {
  public:
    /// `drawsBefore`: how many numbers of its seed earlier parts of the reply have taken.
    explicit Sampler(const SamplerConfig& config, int drawsBefore = 0);

    /// logits [vocabSize], all finite (GS_CHECK). `recent`: the tokens before, last one last.
    SampledToken sample(std::span<const float> logits, std::span<const TokenId> recent);

  private:
    void penaliseRepetition(std::span<const TokenId> recent);
    TokenId draw();
    float gap(TokenId token) const;
    std::uint64_t weight(TokenId token) const;
    TokenId candidate(std::size_t i);
    void sortUpTo(std::size_t count);

    SamplerConfig config_;
    SamplerBounds bounds_;
    std::mt19937_64 random_;
    std::vector<float> scores_;   ///< [vocabSize] logits after the penalty
    std::vector<TokenId> order_;  ///< all tokens, the first sorted_ of them best first
    std::size_t sorted_ = 0;
    float top_ = 0;  ///< the best score
};

}  // namespace gatescope

#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

// Functions of the device add to these atomically, and they know 64 bits by this name only.
using Weight = unsigned long long;  ///< kernels/sampling/sampling_weight.h, and sums of it

/// How tokens are drawn; lies in device memory, so that it changes without a new graph. Engine:
/// SamplerConfig, whose order of filters is this.
struct DrawRules {
    float penalty = 1;       ///< logits of seen tokens: divided if positive, multiplied if negative
    float temperature = 0;   ///< 0: the most likely, the lower id on a tie
    int topK = 0;            ///< 0: all
    std::uint64_t topP = 0;  ///< in units of 2^-64; 0: all
    float mostGap = 0;       ///< of min-p, -ln(minP): how far below the best a token may be
    int window = 0;          ///< how many of the last tokens count as seen
};

/// How far a reply has come. Begins as zeros but for `numBefore`.
struct DrawState {
    int numBefore = 0;  ///< tokens of the history when the first was drawn
    int numDrawn = 0;
    std::int32_t token = 0;  ///< the last one drawn
    float logProb = 0;       ///< natural log of the model's own probability, before any filter
    double logSum = 0;       ///< what a logit is more than its own log probability
    float entropy = 0;       ///< in bits, of the same; -1: some logit was no number

    // Between the kernels of a draw; all 0 before and after it.
    Weight best = 0;         ///< score and id of the most likely token
    Weight topLogit = 0;     ///< the same of the logits as the model gave them
    unsigned notFinite = 0;  ///< some logit was no number
    Weight sum = 0;          ///< of weights
    Weight sumOfModel = 0;   ///< of what they are without penalty and temperature
    Weight sumOfGaps = 0;    ///< of these, each times its distance from the best
};

/// Tokens whose scores are about as far below the best; rising with the distance.
struct GapBin {
    Weight weight = 0;
    unsigned count = 0;
};
inline constexpr int kGapBins = 4096;

/// Draws the next token of a reply from its logits, and makes ready for the step that computes it:
/// *token and *position are what kernels/cuda/embedding.h reads. The same logits, rules, history
/// and random numbers give the token that engine/sampling draws, on every device.
/// Requires 1 <= vocabSize <= kMostWeights.
struct DrawToken {
    const float* logits = nullptr;  ///< [vocabSize]
    int vocabSize = 0;
    const DrawRules* rules = nullptr;
    const std::uint64_t* randoms = nullptr;  ///< [draws] one for each; any 64 bits
    std::int32_t* history = nullptr;  ///< [numBefore + draws] the last tokens, and then the drawn
    int* seen = nullptr;              ///< [vocabSize] how often each is among the last `window`
    DrawState* state = nullptr;
    GapBin* bins = nullptr;           ///< [kGapBins] zeros between draws
    std::int32_t* members = nullptr;  ///< [vocabSize] scratch
    std::int32_t* token = nullptr;    ///< out
    int* position = nullptr;          ///< becomes one more
    int* firstNonFinite = nullptr;    ///< becomes `layer`, if that is less, where a logit is not
    int layer = 0;                    ///< finite; then some token is drawn, without probability
};
int drawToken(const DrawToken& op, Stream stream);

}  // namespace gatescope::kernels::cuda

#pragma once

#include <cstdint>
#include <string>

#include "engine/ids.h"

namespace gatescope {

/// Sizes and constants of a Grok-1 class model. The defaults are Grok-1's own (xai-org/grok-1
/// run.py).
struct ModelConfig {
    std::string architecture = "grok";
    int vocabSize = 131072;
    int dModel = 6144;
    int headSize = 128;
    int numQHeads = 48;
    int numKvHeads = 8;
    int numLayers = 64;
    int ffnSize = 32768;  ///< width of one expert
    int numExperts = 8;
    int numSelected = 2;
    int contextLength = 8192;
    bool tiedOutput = true;  ///< the output matrix is the embedding

    float embeddingScale = 78.38367176906169F;    ///< sqrt(6144)
    float logitScale = 0.5773502691896257F;       ///< 1/sqrt(3)
    float attentionScale = 0.08838834764831845F;  ///< on q.k, before the cap; 1/sqrt(128)
    float attentionCap = 30.0F;                   ///< cap * tanh(score / cap)
    float rmsEps = 1e-5F;
    float ropeBase = 10000.0F;

    TokenId padToken = 0;  ///< never visible as a key (xai-org/grok-1 masks keys with id 0)
    TokenId eosToken = 2;

    int groupSize() const {
        return numQHeads / numKvHeads;
    }  ///< query heads that share one kv head
    int qWidth() const { return numQHeads * headSize; }
    int kvWidth() const { return numKvHeads * headSize; }

    friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

/// Parameters that exist, and those a single token touches (numSelected experts, the output
/// matrix once).
struct ParameterCount {
    std::uint64_t total = 0;
    std::uint64_t active = 0;
};
ParameterCount countParameters(const ModelConfig& config);

/// Throws Error(BadInput) naming `origin` and the key if a size is not positive, heads do not
/// divide or are wider together than 2^24, numSelected exceeds numExperts, or a product of sizes
/// would not fit 63 bits.
void validate(const ModelConfig& config, const std::string& origin);

}  // namespace gatescope

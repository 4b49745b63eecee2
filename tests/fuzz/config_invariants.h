#pragma once

#include <cmath>

#include "engine/check.h"
#include "engine/model/model_config.h"

namespace gatescope::test {

/// What must hold of any sizes a config.json is read to, whatever the bytes were. Aborts otherwise.
inline void checkInvariants(const ModelConfig& config) {
    for (const int size : {config.vocabSize,
                           config.dModel,
                           config.ffnSize,
                           config.headSize,
                           config.numQHeads,
                           config.numKvHeads,
                           config.numLayers,
                           config.numExperts,
                           config.numSelected,
                           config.contextLength})
        GS_CHECK_LE(1, size);
    GS_CHECK_EQ(config.numQHeads % config.numKvHeads, 0);
    GS_CHECK_LE(config.numSelected, config.numExperts);
    GS_CHECK(config.padToken >= 0 && config.padToken < config.vocabSize);
    GS_CHECK(config.eosToken >= 0 && config.eosToken < config.vocabSize);
    for (const float scale : {config.embeddingScale, config.logitScale, config.rmsEps})
        GS_CHECK(std::isfinite(scale) && scale > 0);
    (void)countParameters(config);  // must not overflow: UBSan watches
}

}  // namespace gatescope::test

#pragma once

#include <string>

#include "engine/model/model_config.h"

namespace gatescope {

/// Sizes from the text of a config.json that lies beside ckpt-0. The keys are the names of xAI's
/// run.py (emb_size, key_size, num_q_heads ...); a key that is absent has Grok-1's value, except
/// that vocab_size, emb_size and num_layers must be there and ffn_size follows from widening_factor
/// as in xai-org/grok-1 model.py ffn_size(). Keys it does not know are left alone. Throws
/// Error(BadInput) naming `origin`, the byte or the key, what was expected and what was found.
ModelConfig parseXaiConfig(const std::string& text, const std::string& origin);

/// Width of one expert: 2/3 of widening * dModel, rounded up to a multiple of 8.
int ffnSize(double wideningFactor, int dModel);

}  // namespace gatescope

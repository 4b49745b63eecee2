#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/model/model_config.h"

namespace gatescope {

/// What the config.json of a Hugging Face directory says.
struct HfConfig {
    ModelConfig model;                   ///< tiedOutput is not set: the tensors decide
    std::optional<bool> tiedEmbeddings;  ///< tie_word_embeddings, where it is there
    std::vector<std::string> remarks;    ///< what was read otherwise than written, a sentence each
};

/// Reads the keys of the known conversions of Grok-1: hpcai-tech (num_experts), keyfan, SGLang
/// (num_local_experts). Multipliers that are absent have Grok-1's values; what these
/// conversions are known to have wrong (hidden_act silu, rope_theta 1e5, max_position_embeddings
/// 4096) is replaced, with a remark. Keys it does not know are left alone. Throws Error(BadInput)
/// naming `origin`, the byte or the key, expected and found: what is not JSON or deeper than it may
/// be, a key that is there twice, sizes that make no sense, and models of other
/// architectures (Grok-2 too: its experts stand beside a dense branch).
/// Source of the constants: xai-org/grok-1 run.py and model.py.
HfConfig parseHfConfig(const std::string& text, const std::string& origin);

}  // namespace gatescope

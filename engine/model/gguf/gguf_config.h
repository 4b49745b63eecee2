#pragma once

#include <string>
#include <vector>

#include "engine/model/gguf/gguf_file.h"
#include "engine/model/model_config.h"

namespace gatescope {

/// The sizes and constants of the model that the keys of `file` describe. `tensors` are those of
/// all parts. Where a key of the scales is absent, as in files made before August 2025, the value
/// is the number that llama.cpp uses for the same file: Grok-1's, whatever the sizes are.
/// Adds to `remarks`, a sentence each: values that are taken because a key is absent, keys that are
/// there and not used.
/// Throws Error(BadInput) naming file and key: another architecture (GGUF-511), a key that must be
/// there (GGUF-510), sizes that make no sense, and keys or tensors that ask for arithmetic that
/// Grok-1 does not have, as Grok-2's files do (GGUF-512).
/// Source: llama.cpp src/models/grok.cpp and src/llama-model.cpp.
ModelConfig ggufConfig(const GgufFile& file,
                       const std::vector<const GgufTensor*>& tensors,
                       std::vector<std::string>& remarks);

}  // namespace gatescope

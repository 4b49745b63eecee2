#pragma once

#include <string>
#include <vector>

#include "engine/model/gguf/gguf_parts.h"
#include "engine/model/model_config.h"
#include "engine/model/tensor_parts.h"

namespace gatescope {

/// Where each parameter of the model lies in the files. Takes every name that such files have used:
/// separate or fused query, key and value; experts in one tensor or one each; both names of the
/// fourth norm. Matrices stay in their stored type; one whose pieces are of several types becomes
/// f32, and `remarks` says so.
/// Throws Error(BadInput) naming file and tensor: one that is missing (TENSOR-101), of another
/// shape (TENSOR-104), a norm stored in blocks (TENSOR-105), and any that does not belong to the
/// model (TENSOR-103): what it would change is not known.
/// Source: llama.cpp src/llama-arch.cpp.
TensorParts ggufTensors(const std::vector<GgufPart>& parts,
                        const ModelConfig& config,
                        std::vector<std::string>& remarks);

}  // namespace gatescope

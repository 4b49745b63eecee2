#pragma once

#include <string>
#include <vector>

#include "engine/model/model_source.h"
#include "engine/model/safetensors/hf_config.h"
#include "engine/model/safetensors/hf_files.h"
#include "engine/model/tensor_parts.h"

namespace gatescope {

/// Bytes that lie in two files and must be the same: a tensor of which each rank has a copy.
struct HfCopy {
    std::size_t tensor = 0;  ///< index into the layouts
    std::string name;
    std::size_t firstFile = 0;
    std::uint64_t firstOffset = 0;
    std::size_t otherFile = 0;
    std::uint64_t otherOffset = 0;
    std::uint64_t bytes = 0;
};

/// A model's parameters and where they lie.
struct HfParts {
    ModelConfig config;               ///< with tiedOutput as the tensors have it
    TensorParts parts;                ///< `files` is left empty; indices are those of HfFiles
    std::vector<TensorInfo> tensors;  ///< one a layout
    std::vector<HfCopy> copies;
    std::vector<std::string> remarks;
};

/// Finds every parameter of `config` by one of its names. A share of a tensor that was cut for
/// several ranks (experts' w1, w3, query, key, value and both vocabulary matrices by rows, w2 and
/// the attention's output by columns) is told by its shape. An output matrix of its own is read
/// unless config.json says that the embedding is tied to it. Throws Error(BadInput): a parameter
/// or a rank's share that is missing, a tensor of another shape or of a type that is not read, an
/// fp8 matrix without scales, a tensor that belongs to no parameter.
HfParts findParameters(const HfConfig& config, const HfFiles& files);

}  // namespace gatescope

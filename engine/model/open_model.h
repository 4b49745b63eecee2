#pragma once

#include <memory>
#include <string>

#include "engine/model/model_source.h"

namespace gatescope {

/// Opens any MODEL of the contract (design page, section 5): the directory of an xAI checkpoint, a
/// Hugging Face directory or a .safetensors file in one, a GGUF file or the directory of one, or
/// `synthetic:NAME[,layers=N][,dtype=T][,seed=S]`. Looks at the content, not at the name.
/// Throws Error(BadInput) if nothing readable is there, saying what was expected.
std::unique_ptr<ModelSource> openModel(const std::string& model);

}  // namespace gatescope

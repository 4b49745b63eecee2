#pragma once

#include <vector>

#include "engine/model/weights_assembly.h"
#include "engine/offload/offload_clock.h"

namespace gatescope {

/// What a token reads of a model stored so, `layouts` being ModelSource::layouts(). Rounded down to
/// whole bytes an expert and layer. The row of an embedding that is no output matrix is left out.
OffloadSizes offloadSizes(const ModelConfig& config, const std::vector<TensorLayout>& layouts);

}  // namespace gatescope

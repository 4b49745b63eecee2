#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "kernels/quant/dtype.h"

namespace gatescope {

/// Index of the first element that is NaN or infinite; of block types, of the first block with such
/// a scale. What I8, I32 and MXFP4 hold is always finite. `stored` holds whole elements or blocks.
std::optional<std::size_t> firstNotFinite(DType type, std::span<const std::byte> stored);

}  // namespace gatescope

#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "kernels/quant/dtype.h"

namespace gatescope {

/// Index of the first element that is NaN or infinite. Looks at F32, F16, BF16 and F8E4M3; what
/// other types hold is not looked at. `stored` holds whole elements.
std::optional<std::size_t> firstNotFinite(DType type, std::span<const std::byte> stored);

}  // namespace gatescope

#pragma once

#include <cstdint>
#include <span>

#include "engine/model/weights_assembly.h"

namespace gatescope {

/// Multiplies int8 elements that became floats by their scales, exactly.
///   scales  [matrices, layout.numGroups, numOut]  bf16 bits
///   values  those from element `first` of [matrices, numIn, numOut] on
/// Requires a matrix kept inputs first, with scales.
void scaleElements(const TensorLayout& layout,
                   std::span<const std::uint16_t> scales,
                   std::uint64_t first,
                   std::span<float> values);

}  // namespace gatescope

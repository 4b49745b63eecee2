#pragma once

#include <span>
#include <stop_token>

#include "engine/decoder/reference/arithmetic.h"
#include "engine/model/weights.h"

namespace gatescope::reference {

/// y = x * W, for one token, with the matrix `index` of `weights` made f32 as it is used:
///   x  [numIn]   y  [numOut]
/// A stored int8 times its bf16 scale is exact in f32; with BF16 the product is rounded, as the
/// reference does. y itself is not rounded. When `stop` is requested y is unspecified.
/// Source: xai-org/grok-1 model.py, Linear and QuantizedWeight8bit.
void multiply(const MatrixView& weights,
              int index,
              std::span<const float> x,
              const Arithmetic& arithmetic,
              std::span<float> y,
              const std::stop_token& stop);

/// Sum of a[i] * b[i]. Requires equal lengths.
float dot(std::span<const float> a, std::span<const float> b);

}  // namespace gatescope::reference

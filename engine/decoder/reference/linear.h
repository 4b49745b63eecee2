#pragma once

#include <span>
#include <stop_token>

#include "engine/decoder/reference/arithmetic.h"
#include "engine/model/weights.h"

namespace gatescope::reference {

/// y = x * W, for one token, with the matrix `index` of `weights` made f32 as it is used:
///   x  [numIn]   y  [numOut]
/// A stored int8 times its bf16 scale is exact in f32; with BF16 the product is rounded, as the
/// reference does. y itself is not rounded. Each output adds its products in the order of the
/// inputs, so the two orders of storage give the same bits. When `stop` is requested y is
/// unspecified. Source: xai-org/grok-1 model.py, Linear and QuantizedWeight8bit.
void multiply(const MatrixView& weights,
              int index,
              std::span<const float> x,
              const Arithmetic& arithmetic,
              std::span<float> y,
              const std::stop_token& stop);

/// Output row `row` of matrix `index`, [numIn] as f32. Requires OutputsFirst: an output matrix, or
/// the embedding, whose rows are tokens.
void readOutputRow(const MatrixView& weights, int index, int row, std::span<float> out);

/// Sum of a[i] * b[i], in that order. Requires equal lengths.
float dot(std::span<const float> a, std::span<const float> b);

}  // namespace gatescope::reference

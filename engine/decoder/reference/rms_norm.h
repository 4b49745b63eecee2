#pragma once

#include <span>

#include "engine/decoder/reference/arithmetic.h"

namespace gatescope::reference {

/// weight * x / sqrt(mean(x^2) + eps), computed in f32, rounded at the end.
///   x, weight, y  [dModel]
/// Source: xai-org/grok-1 model.py, RMSNorm (plain multiply by the scale, never 1 + scale).
void rmsNorm(std::span<const float> x,
             std::span<const float> weight,
             float eps,
             const Arithmetic& arithmetic,
             std::span<float> y);

/// What the norm of `whole` makes of a part of it: weight * part / sqrt(mean(whole^2) + eps).
void rmsNormPart(std::span<const float> part,
                 std::span<const float> whole,
                 std::span<const float> weight,
                 float eps,
                 const Arithmetic& arithmetic,
                 std::span<float> y);

/// rmsNorm of every token.
Rows rmsNorm(const Rows& x, std::span<const float> weight, float eps, const Arithmetic& arithmetic);

}  // namespace gatescope::reference

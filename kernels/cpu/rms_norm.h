#pragma once

namespace gatescope::kernels {

/// y = weight * x / sqrt(mean(x^2) + eps). y may be x.
///   x, weight, y  [size]
/// Source: xai-org/grok-1 model.py, RMSNorm.
void rmsNorm(const float* x, const float* weight, int size, float eps, float* y);

/// What the norm of `whole` makes of a part of it: y = weight * part / sqrt(mean(whole^2) + eps).
/// y may be part.
void rmsNormPart(
    const float* part, const float* whole, const float* weight, int size, float eps, float* y);

}  // namespace gatescope::kernels

#pragma once

namespace gatescope::kernels {

/// Cosines and sines of the angles by which a head of `headSize` turns at `position`:
/// position * base^(-2i/headSize).
///   cosines, sines  [headSize / 2]
void ropeAngles(int position, float base, int headSize, float* cosines, float* sines);

/// Rotary position embedding, in place, "rotate half": element i turns with element i + headSize/2.
///   head            [headSize]
///   cosines, sines  [headSize / 2]
/// Source: xai-org/grok-1 model.py, RotaryEmbedding and rotate_half.
void rope(const float* cosines, const float* sines, int headSize, float* head);

}  // namespace gatescope::kernels

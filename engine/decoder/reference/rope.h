#pragma once

#include <span>

#include "engine/decoder/reference/arithmetic.h"

namespace gatescope::reference {

/// Rotary position embedding, in place, "rotate half": element i turns with element i + size/2 by
/// the angle position * base^(-2i/size).
///   head  [headSize]  a query or key of one head; headSize is even
/// Source: xai-org/grok-1 model.py, RotaryEmbedding and rotate_half.
void rope(std::span<float> head, int position, float base, const Arithmetic& arithmetic);

}  // namespace gatescope::reference

#pragma once

#include <cstdint>

namespace gatescope::kernels {

/// Indices of the `numSelected` largest probabilities, falling, the lower index first on a tie.
///   probs     [numExperts]
///   selected  [numSelected]  out; distinct even if probabilities are NaN
/// Requires 1 <= numSelected <= numExperts.
/// Source: xai-org/grok-1 model.py, Router (jax.lax.top_k).
void routerTopk(const float* probs, int numExperts, int numSelected, std::int32_t* selected);

}  // namespace gatescope::kernels

#pragma once

#include <cstdint>
#include <span>
#include <stop_token>

#include "engine/decoder/reference/arithmetic.h"
#include "engine/model/weights.h"

namespace gatescope::reference {

/// Sum over the selected experts of gate * W_down( gelu_tanh(W_gate x) * (W_up x) ), for one token.
///   x         [dModel]       residual stream after rms norm
///   experts   [numSelected]  of this layer, with whose weights
///   gates     [numSelected]  an expert whose gate is 0 (ablated) is not computed
///   y         [dModel]       out: before the norm behind it
///   parts     [numSelected, dModel]  out: gate * W_down(...) of each; empty: not wanted
/// Stopped: `y` is unspecified.
/// Source: xai-org/grok-1 model.py, MoELayer and DenseBlock ("linear" has the GELU, "linear_v"
/// not).
StepStatus moeLayer(const LayerWeights& weights,
                    std::span<const float> x,
                    std::span<const std::int32_t> experts,
                    std::span<const float> gates,
                    const Arithmetic& arithmetic,
                    std::span<float> y,
                    std::span<float> parts,
                    const std::stop_token& stop);

/// The tanh form of GELU: x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))).
/// Source: Hendrycks and Gimpel, arXiv 1606.08415; jax.nn.gelu's default.
float geluTanh(float x);

}  // namespace gatescope::reference

#pragma once

namespace gatescope::kernels {

/// gate = gelu_tanh(gate) * up, element by element: the two branches of an expert come together.
/// gelu_tanh(x) = x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))).
///   gate, up  [size]
/// Source: Hendrycks and Gimpel, arXiv 1606.08415; xai-org/grok-1 model.py, DenseBlock.
void geluTanhTimes(const float* up, int size, float* gate);

}  // namespace gatescope::kernels

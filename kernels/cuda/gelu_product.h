#pragma once

#include <cstdint>

#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// Part of an expert's activation: gelu_tanh(gate[r, n]) * up[r, n], as bf16 for tensor cores
/// (halves to even) or as f32. Formula: kernels/cpu/gelu_tanh.h.
struct GeluProduct {
    const float* gate = nullptr;  ///< [numRows, width]
    const float* up = nullptr;    ///< [numRows, width]
    int numRows = 0;              ///< below 65536
    int width = 0;
    int stride = 0;               ///< how far rows of what comes out lie apart: they are wider
    std::uint16_t* to = nullptr;  ///< [numRows, stride] bf16 bits out, `width` of each; or null:
    float* product = nullptr;     ///< the same, not rounded
};
int geluProduct(const GeluProduct& op, Stream stream);

}  // namespace gatescope::kernels::cuda

#pragma once

#include "kernels/cuda/device.h"

namespace gatescope::kernels::cuda {

/// Formula: kernels/cpu/gelu_tanh.h.
__device__ inline float geluTanh(float x) {
    const float inner = 0.7978845608028654F * (x + 0.044715F * (x * x * x));
    return x * (0.5F * (1 + tanhf(inner)));
}

}  // namespace gatescope::kernels::cuda

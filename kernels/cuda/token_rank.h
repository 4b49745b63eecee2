#pragma once

#include <cstdint>

#include "kernels/cuda/device.h"
#include "kernels/cuda/draw_token.h"

// Tokens by falling score as whole numbers, so that no order of threads matters. For kernels.

namespace gatescope::kernels::cuda {

/// Rises with the float; -0 is 0. No finite one gives 0.
__device__ inline unsigned ordered(float value) {
    const unsigned bits = __float_as_uint(value + 0.0F);
    return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}
__device__ inline float fromOrdered(unsigned bits) {
    return __uint_as_float((bits & 0x80000000U) != 0 ? bits & 0x7FFFFFFFU : ~bits);
}

/// A better token has the higher rank, of two alike the lower id; a rank is never 0.
__device__ inline Weight rankOf(float score, int token) {
    return static_cast<Weight>(ordered(score)) << 32U | ~static_cast<unsigned>(token);
}
__device__ inline int tokenOf(Weight rank) {
    return static_cast<int>(~static_cast<unsigned>(rank));
}
__device__ inline float scoreOfRank(Weight rank) {
    return fromOrdered(static_cast<unsigned>(rank >> 32U));
}

__device__ inline Weight warpSum(Weight value) {
    for (int by = kWarp / 2; by > 0; by /= 2) value += __shfl_xor_sync(kAllLanes, value, by);
    return value;
}

}  // namespace gatescope::kernels::cuda

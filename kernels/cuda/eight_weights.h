#pragma once

#include "kernels/cuda/device.h"
#include "kernels/cuda/matvec.h"
#include "kernels/cuda/with_type.h"

namespace gatescope::kernels::cuda {

constexpr int kInputs = 8;  ///< of a matrix without blocks, as many as a thread reads at a time

__device__ inline void loadEight(const float* from, float (&to)[kInputs]) {
    for (int i = 0; i < kInputs; i += 4) {
        const float4 four = *reinterpret_cast<const float4*>(from + i);
        to[i] = four.x;
        to[i + 1] = four.y;
        to[i + 2] = four.z;
        to[i + 3] = four.w;
    }
}
__device__ inline void loadEight(const F16* from, float (&to)[kInputs]) {
    const uint4 raw = *reinterpret_cast<const uint4*>(from);
    const unsigned pairs[4] = {raw.x, raw.y, raw.z, raw.w};
    for (int i = 0; i < 4; ++i) {
        to[2 * i] = fromF16(static_cast<std::uint16_t>(pairs[i] & 0xFFFFU));
        to[2 * i + 1] = fromF16(static_cast<std::uint16_t>(pairs[i] >> 16U));
    }
}
__device__ inline void loadEight(const Bf16* from, float (&to)[kInputs]) {
    const uint4 raw = *reinterpret_cast<const uint4*>(from);
    const unsigned pairs[4] = {raw.x, raw.y, raw.z, raw.w};
    for (int i = 0; i < 4; ++i) {
        to[2 * i] = __uint_as_float(pairs[i] << 16U);
        to[2 * i + 1] = __uint_as_float(pairs[i] & 0xFFFF0000U);
    }
}
__device__ inline void loadEight(const F8E4M3* from, float (&to)[kInputs]) {
    const uint2 raw = *reinterpret_cast<const uint2*>(from);
    const unsigned fours[2] = {raw.x, raw.y};
    for (int i = 0; i < kInputs; ++i) to[i] = fromF8E4M3(fours[i / 4] >> (8 * (i % 4)) & 0xFFU);
}
__device__ inline void loadEight(const std::int8_t* from, float (&to)[kInputs]) {
    const uint2 raw = *reinterpret_cast<const uint2*>(from);
    const unsigned fours[2] = {raw.x, raw.y};
    for (int i = 0; i < kInputs; ++i)
        to[i] = static_cast<float>(static_cast<std::int8_t>(fours[i / 4] >> (8 * (i % 4))));
}

/// The scales of eight inputs, most often the same one.
struct ScaleRows {
    int group[kInputs];
    bool same;
    __device__ ScaleRows(const Matrices& w, int k) : same(w.scales == nullptr) {
        if (same) return;
        group[0] = groupOf(w, k);
        same = groupOf(w, k + kInputs - 1) == group[0];
        if (same) return;
        GATESCOPE_UNROLL
        for (int i = 1; i < kInputs; ++i) group[i] = groupOf(w, k + i);
    }
};

}  // namespace gatescope::kernels::cuda

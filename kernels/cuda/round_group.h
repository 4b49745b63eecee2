#pragma once

#include "kernels/cuda/device.h"
#include "kernels/cuda/rounded_rows.h"

namespace gatescope::kernels::cuda {

/// An OCP float of 8 bits, halves to even, of a number that it has: at most 448.
__device__ inline unsigned toF8E4M3(float value) {
    const unsigned bits = __float_as_uint(value);
    const unsigned sign = bits >> 24U & 0x80U;
    unsigned magnitude = bits & 0x7FFFFFFFU;
    if (magnitude < 0x3C800000U)  // 2^-6: below, codes lie 2^-9 apart
        return sign | static_cast<unsigned>(rintf(fabsf(value) * 512.0F));
    magnitude += 0x7FFFFU + (magnitude >> 20U & 1U);
    return sign | ((magnitude >> 20U) - (120U << 3U));  // exponents of 127 and 7 less
}

/// The largest over a block of `kThreads`, for every thread of it.
template <int kThreads>
__device__ inline unsigned blockMax(unsigned value) {
    constexpr int kWarps = kThreads / kWarp;
    GATESCOPE_SHARED(unsigned, largest, [kWarps]);
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    const auto warpMax = [](unsigned of) {
        for (int by = kWarp / 2; by > 0; by /= 2) of = max(of, __shfl_xor_sync(kAllLanes, of, by));
        return of;
    };
    value = warpMax(value);
    __syncthreads();  // the last call's have been read
    if (lane == 0) largest[threadIdx.x / kWarp] = value;
    __syncthreads();
    return warpMax(lane < kWarps ? largest[lane] : 0U);
}

/// The numbers that share a scale, in 8 bits (see RoundedRows): all threads of a block of
/// `kThreads` come here together, and see what each of them wrote to x before.
template <int kThreads>
__device__ inline void roundGroup(
    const float* x, int count, DType type, void* codes, float* scale) {
    constexpr int kFour = 4;
    constexpr unsigned kInfinity = 0x7F800000U;
    const auto magnitude = [](float value) { return __float_as_uint(value) & 0x7FFFFFFFU; };
    __syncthreads();
    // As whole numbers, infinity is above all finite magnitudes and NaN above that.
    unsigned bits = 0;
    for (int i = static_cast<int>(threadIdx.x) * kFour; i < count; i += kThreads * kFour) {
        const float4 four = *reinterpret_cast<const float4*>(x + i);
        bits = max(bits, max(magnitude(four.x), magnitude(four.y)));
        bits = max(bits, max(magnitude(four.z), magnitude(four.w)));
    }
    bits = blockMax<kThreads>(bits);
    const float largest = __uint_as_float(bits);
    const float most = type == DType::I8 ? 127.0F : 448.0F;
    const bool isZero = bits == 0 || bits >= kInfinity;
    if (threadIdx.x == 0) *scale = bits < kInfinity ? largest / most : __uint_as_float(0x7FC00000U);
    // The inverse of a magnitude near 0 would be infinite: those are taken times 2^100, exactly.
    const float up = __uint_as_float(bits < 0x0D800000U ? 0x71800000U : 0x3F800000U);
    const float inverse = isZero ? 0.0F : most / (largest * up);
    for (int i = static_cast<int>(threadIdx.x) * kFour; i < count; i += kThreads * kFour) {
        const float4 four = *reinterpret_cast<const float4*>(x + i);
        const auto code = [&](float value) {
            const float part = isZero ? 0.0F : value * up * inverse;
            return type == DType::I8 ? static_cast<unsigned>(static_cast<int>(rintf(part))) & 0xFFU
                                     : toF8E4M3(part);
        };
        static_cast<unsigned*>(codes)[i / kFour] =
            code(four.x) | code(four.y) << 8U | code(four.z) << 16U | code(four.w) << 24U;
    }
}

}  // namespace gatescope::kernels::cuda

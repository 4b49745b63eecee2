#pragma once

// The words of CUDA that a kernel may use. nvcc knows them; the tests compile the same files for
// the host with tests/emulation/device.h in front, which stands for CUDA.
//   GATESCOPE_SHARED(float, sums, [8]);     a shared variable: float sums[8]
//   GATESCOPE_DYNAMIC_SHARED(float, rows);  shared memory as large as the launch says: float* rows
//   GATESCOPE_LAUNCH(kernel, grid, block, sharedBytes, stream, arguments...)
//   GATESCOPE_UNROLL                        in front of a loop whose variables belong in registers
// Plain __shared__ is not among them: the emulation could not guard it.

#include <cstddef>
#include <cstdint>

#ifdef __CUDACC__
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#define GATESCOPE_UNROLL _Pragma("unroll")
#define GATESCOPE_SHARED(T, name, ...) __shared__ T name __VA_ARGS__
#define GATESCOPE_DYNAMIC_SHARED(T, name)                            \
    extern __shared__ __align__(128) unsigned char dynamicShared_[]; \
    T* name = reinterpret_cast<T*>(dynamicShared_)
#define GATESCOPE_LAUNCH(kernel, grid, block, shared, stream, ...) \
    ::gatescope::kernels::cuda::launch(kernel, grid, block, shared, stream, __VA_ARGS__)

namespace gatescope::kernels::cuda {

template <class... Parameters, class... Arguments>
int launch(void (*kernel)(Parameters...),
           dim3 grid,
           dim3 block,
           std::size_t shared,
           cudaStream_t stream,
           Arguments... arguments) {
    cudaLaunchConfig_t config{};
    config.gridDim = grid;
    config.blockDim = block;
    config.dynamicSmemBytes = shared;
    config.stream = stream;
    return static_cast<int>(
        cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...));
}

__device__ inline float fromF16(std::uint16_t bits) {
    return __half2float(__ushort_as_half(bits));
}
__device__ inline std::uint16_t toF16(float value) {
    return __half_as_ushort(__float2half_rn(value));
}
__device__ inline std::uint16_t toBf16(float value) {
    return __bfloat16_as_ushort(__float2bfloat16_rn(value));
}
/// What the thread wrote to the host's memory is there before anything that comes behind this.
__device__ inline void fenceForHost() {
    __threadfence_system();
}
/// Written once, whole and not held back.
__device__ inline void storeForHost(unsigned* to, unsigned value) {
    *static_cast<volatile unsigned*>(to) = value;
}

}  // namespace gatescope::kernels::cuda

#elif !defined(GATESCOPE_EMULATION)
#error "compile with nvcc, or with tests/emulation/device.h in front"
#else

#include "kernels/quant/float_types.h"

namespace gatescope::kernels::cuda {

inline float fromF16(std::uint16_t bits) {
    return halfToFloat(bits);
}
inline std::uint16_t toF16(float value) {
    return floatToHalf(value);
}
inline std::uint16_t toBf16(float value) {
    return floatToBf16(value);
}
inline void fenceForHost() {
    emulation::fence();
}
inline void storeForHost(unsigned* to, unsigned value) {
    std::atomic_ref<unsigned>(*to).store(value, std::memory_order_release);
}

}  // namespace gatescope::kernels::cuda

#endif

namespace gatescope::kernels::cuda {

constexpr int kWarp = 32;
constexpr int kInvalidValue = 1;  ///< cudaErrorInvalidValue
constexpr unsigned kAllLanes = 0xFFFFFFFFU;

// Elements that are told apart by their type.
struct F16 {
    std::uint16_t bits;
};
struct Bf16 {
    std::uint16_t bits;
};
struct F8E4M3 {
    std::uint8_t bits;
};

/// Where row `row` of rows of `width` begins.
__host__ __device__ inline std::size_t rowAt(int row, int width) {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(width);
}

__device__ inline float fromBf16(std::uint16_t bits) {
    return __uint_as_float(static_cast<unsigned>(bits) << 16U);
}

/// An OCP float of 8 bits, NaN included: its exponent is that of an f16, less 8.
__device__ inline float fromF8E4M3(unsigned bits) {
    const unsigned magnitude = bits & 0x7FU;
    const unsigned half = (bits & 0x80U) << 8U | (magnitude == 0x7FU ? 0x7E00U : magnitude << 7U);
    return fromF16(static_cast<std::uint16_t>(half)) * 256.0F;
}

__device__ inline float warpSum(float value) {
    for (int by = kWarp / 2; by > 0; by /= 2) value += __shfl_xor_sync(kAllLanes, value, by);
    return value;
}

/// The sum over a block of `kThreads`, for every thread of it.
template <int kThreads>
__device__ inline float blockSum(float value) {
    constexpr int kWarps = kThreads / kWarp;
    GATESCOPE_SHARED(float, sums, [kWarps]);
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    const int warp = static_cast<int>(threadIdx.x) / kWarp;
    value = warpSum(value);
    __syncthreads();  // the last call's sums have been read
    if (lane == 0) sums[warp] = value;
    __syncthreads();
    return warpSum(lane < kWarps ? sums[lane] : 0.0F);
}

}  // namespace gatescope::kernels::cuda

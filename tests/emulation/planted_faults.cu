#include "tests/emulation/planted_faults.h"

#include "kernels/cuda/device.h"

namespace gatescope::emulation {
namespace {

using kernels::cuda::kAllLanes;
using kernels::cuda::kWarp;

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / kWarp;

template <Fault kFault>
__device__ float sumOfWarp(float value) {
    const unsigned mask = kFault == Fault::MaskTooSmall   ? 0x0000FFFFU
                          : kFault == Fault::MaskOfOthers ? ~(1U << (threadIdx.x % kWarp))
                                                          : kAllLanes;
    for (int by = kWarp / 2; by > 0; by /= 2) value += __shfl_xor_sync(mask, value, by);
    return value;
}

/// The sum of a block. It is called twice, so that the shared array is used again.
template <Fault kFault>
__device__ float sumOfBlock(float value) {
    GATESCOPE_SHARED(float, sums, [kFault == Fault::ShortSharedArray ? kWarps - 1 : kWarps]);
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    const int warp = static_cast<int>(threadIdx.x) / kWarp;
    value = sumOfWarp<kFault>(value);
    if (kFault != Fault::NoBarrierBeforeRewrite) __syncthreads();
    if (lane == 0) sums[warp] = value;
    if (kFault == Fault::DivergentBarrier) {
        if (warp == 0) __syncthreads();
    } else if (kFault == Fault::TwoBarriers) {
        if (warp == 0)
            __syncthreads();
        else
            __syncthreads();
    } else if (kFault != Fault::NoBarrierBeforeRead) {
        __syncthreads();
    }
    float sum = lane < kWarps ? sums[lane] : 0.0F;
    if (kFault == Fault::FullMaskInBranch) {
        if (lane < 16) sum = sumOfWarp<kFault>(sum);
        return __shfl_sync(kAllLanes, sum, 0);
    }
    return sumOfWarp<kFault>(sum);
}

template <Fault kFault>
__global__ void __launch_bounds__(kThreads)
    sumKernel(const float* x, int count, float* partial, unsigned* ticket, float* total) {
    GATESCOPE_SHARED(bool, last, [1]);
    GATESCOPE_DYNAMIC_SHARED(float, staged);
    const int thread = static_cast<int>(threadIdx.x);
    const int stride = kThreads * static_cast<int>(gridDim.x);
    const int end = count + (kFault == Fault::ReadPastTensor ? 1 : 0);
    staged[thread] = 0;
    for (int i = static_cast<int>(blockIdx.x) * kThreads + thread; i < end; i += stride)
        staged[thread] += x[i];
    if (kFault == Fault::BarrierAfterExit && thread >= 96) return;
    const float quarter = sumOfBlock<kFault>(staged[thread] / 4);
    const float sum = quarter + sumOfBlock<kFault>(staged[thread] * 3 / 4);
    if (thread == 0) {
        partial[blockIdx.x] = sum;
        if (kFault != Fault::NoFence) __threadfence();
        if (kFault == Fault::LostUpdate)
            last[0] = ++*ticket == gridDim.x;
        else
            last[0] = atomicInc(ticket, gridDim.x - 1) == gridDim.x - 1;
    }
    __syncthreads();
    if (!last[0] || thread != 0) return;
    if (kFault != Fault::NoFence) __threadfence();
    if (kFault == Fault::LostUpdate) *ticket = 0;
    float all = 0;
    for (unsigned b = 0; b < gridDim.x; ++b) all += partial[b];
    *total = all;
}

template <Fault kFault>
__global__ void __launch_bounds__(64) reverseKernel(const float* x, float* y) {
    GATESCOPE_SHARED(float, row, [64]);
    const unsigned thread = threadIdx.x;
    const unsigned lane = thread % kWarp;
    for (int round = 0; round < 3; ++round) {
        row[thread] = x[blockIdx.x * 64 + thread];
        if (kFault != Fault::NoSyncWarp) __syncwarp();
        y[blockIdx.x * 64 + thread] = row[thread - lane + 31 - lane];
        if (kFault != Fault::NoSyncWarp) __syncwarp();
    }
}

template <Fault kFault>
__global__ void __launch_bounds__(64) rotateKernel(const float* x, float* y) {
    GATESCOPE_SHARED(float, row, [64]);
    const unsigned thread = threadIdx.x;
    row[thread] = x[thread];
    __syncthreads();
    const float next = row[(thread + 1) % 64];
    if (kFault != Fault::NoBarrierBeforeRewrite) __syncthreads();
    row[thread] = next;
    __syncthreads();
    y[thread] = row[(thread + 1) % 64];
}

/// Calls use(std::integral_constant<Fault, fault>()).
template <int kFirst = 0, class Use>
void withFault(Fault fault, const Use& use) {
    if constexpr (kFirst <= static_cast<int>(Fault::DynamicSharedTooSmall)) {
        if (static_cast<int>(fault) == kFirst)
            use(std::integral_constant<Fault, static_cast<Fault>(kFirst)>());
        else
            withFault<kFirst + 1>(fault, use);
    }
}

}  // namespace

void sumWithFault(
    Fault fault, const float* x, int count, float* partial, unsigned* ticket, float* total) {
    const std::size_t shared =
        (fault == Fault::DynamicSharedTooSmall ? kThreads - 1 : kThreads) * sizeof(float);
    const auto blocks = static_cast<unsigned>((count + kThreads - 1) / kThreads);
    withFault(fault, [&](auto constant) {
        GATESCOPE_LAUNCH(sumKernel<decltype(constant)::value>,
                         blocks,
                         kThreads,
                         shared,
                         nullptr,
                         x,
                         count,
                         partial,
                         ticket,
                         total);
    });
}

void reverseWithFault(Fault fault, const float* x, float* y, int blocks) {
    withFault(fault, [&](auto constant) {
        GATESCOPE_LAUNCH(reverseKernel<decltype(constant)::value>,
                         static_cast<unsigned>(blocks),
                         64,
                         0,
                         nullptr,
                         x,
                         y);
    });
}

void rotateWithFault(Fault fault, const float* x, float* y) {
    withFault(fault, [&](auto constant) {
        GATESCOPE_LAUNCH(rotateKernel<decltype(constant)::value>, 1, 64, 0, nullptr, x, y);
    });
}

}  // namespace gatescope::emulation

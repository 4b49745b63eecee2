#pragma once

// CUDA's words for kernels that are compiled for the host: the compiler includes this file before a
// kernels/cuda/*.cu (kernels/cuda/device.h tells which words a kernel may use). No CUDA is needed.

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <tuple>
#include <type_traits>
#include <utility>

#include "tests/emulation/grid.h"

#define GATESCOPE_EMULATION 1

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __restrict__ __restrict
#define __launch_bounds__(...)

#define threadIdx (::gatescope::emulation::currentThread->index)
#define blockIdx (::gatescope::emulation::currentBlock().index)
#define blockDim (::gatescope::emulation::currentBlock().blockSize)
#define gridDim (::gatescope::emulation::currentBlock().gridSize)

#define GATESCOPE_UNROLL
#define GATESCOPE_SHARED(T, name, ...)                                                     \
    auto& name = []() -> auto& {                                                           \
        static const char key = 0;                                                         \
        using Variable = T __VA_ARGS__;                                                    \
        return *static_cast<Variable*>(::gatescope::emulation::sharedVariable(             \
            &key, sizeof(Variable), std::max<std::size_t>(alignof(Variable), 16), #name)); \
    }                                                                                      \
    ()
#define GATESCOPE_DYNAMIC_SHARED(T, name) \
    T* name = static_cast<T*>(::gatescope::emulation::currentBlock().dynamicShared)
#define GATESCOPE_LAUNCH(kernel, grid, block, shared, stream, ...) \
    ::gatescope::emulation::launch(kernel, #kernel, grid, block, shared, stream, __VA_ARGS__)

namespace gatescope::emulation {

/// Runs it at once. Arguments are copied, as the hardware does.
template <class... Parameters, class... Arguments>
int launch(void (*kernel)(Parameters...),
           const char* name,
           Dimensions grid,
           Dimensions block,
           std::size_t shared,
           const void* /*stream*/,
           Arguments&&... arguments) {
    const std::tuple<Parameters...> copies(std::forward<Arguments>(arguments)...);
    run(grid, block, shared, name, [&] { std::apply(kernel, copies); });
    return 0;
}

template <class T>
std::uint64_t packed(T value) {
    static_assert(sizeof(T) <= 8 && std::is_trivially_copyable_v<T>);
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    return bits;
}

template <class T>
T shuffled(WarpOp op, unsigned mask, T value, int argument, int width, Where where) {
    const std::uint64_t bits = warpOperation(op, mask, packed(value), argument, width, where);
    T out;
    std::memcpy(&out, &bits, sizeof out);
    return out;
}

}  // namespace gatescope::emulation

using dim3 = gatescope::emulation::Dimensions;

struct alignas(16) float4 {
    float x, y, z, w;
};
struct alignas(8) uint2 {
    unsigned x, y;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};

// Barriers, and operations of a warp.

inline void __syncthreads(gatescope::emulation::Where where = std::source_location::current()) {
    gatescope::emulation::barrier(where);
}
inline void __syncwarp(unsigned mask = ~0U,
                       gatescope::emulation::Where where = std::source_location::current()) {
    gatescope::emulation::warpOperation(gatescope::emulation::WarpOp::Sync, mask, 0, 0, 32, where);
}
inline void __threadfence() {
    gatescope::emulation::fence();
}

template <class T>
T __shfl_sync(unsigned mask,
              T value,
              int lane,
              int width = 32,
              gatescope::emulation::Where where = std::source_location::current()) {
    return gatescope::emulation::shuffled(
        gatescope::emulation::WarpOp::Shuffle, mask, value, lane, width, where);
}
template <class T>
T __shfl_xor_sync(unsigned mask,
                  T value,
                  int by,
                  int width = 32,
                  gatescope::emulation::Where where = std::source_location::current()) {
    return gatescope::emulation::shuffled(
        gatescope::emulation::WarpOp::ShuffleXor, mask, value, by, width, where);
}
// Numbers. CUDA's own functions may differ from these in the last places.

inline float __uint_as_float(unsigned bits) {
    return std::bit_cast<float>(bits);
}
inline unsigned __float_as_uint(float value) {
    return std::bit_cast<unsigned>(value);
}
/// Byte i of the result: of the eight bytes of `low` and `high`, the one that nibble i names.
inline unsigned __byte_perm(unsigned low, unsigned high, unsigned selector) {
    const std::uint64_t bytes = std::uint64_t{high} << 32U | low;
    unsigned out = 0;
    for (unsigned i = 0; i < 4; ++i)
        out |= static_cast<unsigned>(bytes >> (8 * (selector >> (4 * i) & 7U)) & 0xFFU) << (8 * i);
    return out;
}
using std::max;
using std::min;

// Atomic as on the device: without order.

inline int atomicMin(int* p, int value) {
    const std::atomic_ref<int> least(*p);
    int old = least.load(std::memory_order_relaxed);
    while (old > value && !least.compare_exchange_weak(old, value, std::memory_order_relaxed)) {
    }
    return old;
}

template <class T>
T atomicMax(T* p, T value) {
    const std::atomic_ref<T> most(*p);
    T old = most.load(std::memory_order_relaxed);
    while (old < value && !most.compare_exchange_weak(old, value, std::memory_order_relaxed)) {
    }
    return old;
}
template <class T>
T atomicAdd(T* p, T value) {
    return std::atomic_ref<T>(*p).fetch_add(value, std::memory_order_relaxed);
}
inline unsigned atomicOr(unsigned* p, unsigned value) {
    return std::atomic_ref<unsigned>(*p).fetch_or(value, std::memory_order_relaxed);
}

inline unsigned atomicXor(unsigned* p, unsigned value) {
    const std::atomic_ref<unsigned> combined(*p);
    return combined.fetch_xor(value, std::memory_order_relaxed);
}
/// Back to 0 after `last`.
inline unsigned atomicInc(unsigned* p, unsigned last) {
    const std::atomic_ref<unsigned> value(*p);
    unsigned old = value.load(std::memory_order_relaxed);
    while (
        !value.compare_exchange_weak(old, old >= last ? 0 : old + 1, std::memory_order_relaxed)) {
    }
    return old;
}

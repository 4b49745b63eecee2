#include "kernels/cuda/kv_cache.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/kv_element.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kMostHeadSize = 256;  // a thread for each element

// Each element as the cache keeps it.

__device__ void store(float value, float /*inverse*/, float* to) {
    *to = value;
}
__device__ void store(float value, float /*inverse*/, F16* to) {
    to->bits = toF16(value);
}
__device__ void store(float value, float /*inverse*/, Bf16* to) {
    to->bits = toBf16(value);
}
__device__ void store(float value, float inverse, std::int8_t* to) {
    *to = static_cast<std::int8_t>(rintf(value * inverse));
}

/// Element i of a head turned by the angles of its position.
__device__ float turned(const RopeAndStore& op, const float* head, int i, int position) {
    const int half = op.cache.headSize / 2;
    const std::size_t pair =
        rowAt(position, half) + static_cast<std::size_t>(i < half ? i : i - half);
    const float other = i < half ? -head[i + half] : head[i - half];
    return head[i] * op.cosines[pair] + other * op.sines[pair];
}

/// One row of the cache. With I8 its largest element becomes 127; if one is not finite, the scale
/// is NaN.
template <class T>
__device__ void storeRow(
    const float* row, int size, std::byte* cache, float* scales, std::size_t at) {
    GATESCOPE_SHARED(float, largest, [1]);
    GATESCOPE_SHARED(float, poison, [1]);  // 0, or NaN where an element is not finite
    float inverse = 1;
    if (scales != nullptr) {
        if (threadIdx.x < kWarp) {
            float most = 0, spoilt = 0;
            for (int i = static_cast<int>(threadIdx.x); i < size; i += kWarp) {
                most = fmaxf(most, fabsf(row[i]));
                spoilt += 0 * row[i];
            }
            for (int by = kWarp / 2; by > 0; by /= 2)
                most = fmaxf(most, __shfl_xor_sync(kAllLanes, most, by));
            spoilt = warpSum(spoilt);
            if (threadIdx.x == 0) {
                largest[0] = most;
                poison[0] = spoilt;
            }
        }
        __syncthreads();
        inverse = 127.0F / largest[0];
        if (!(inverse < INFINITY) || !(poison[0] == 0)) inverse = 0;
        if (threadIdx.x == 0) scales[at] = largest[0] / 127.0F + poison[0];
        __syncthreads();  // the next row may come
    }
    T* to = reinterpret_cast<T*>(cache) + at * static_cast<std::size_t>(size);
    for (int i = static_cast<int>(threadIdx.x); i < size; i += static_cast<int>(blockDim.x))
        store(row[i], inverse, to + i);
}

/// Block (head, token): heads of queries first, then those of keys and values.
template <class T>
__global__ void __launch_bounds__(kMostHeadSize) ropeAndStoreKernel(RopeAndStore op) {
    GATESCOPE_SHARED(float, row, [kMostHeadSize]);
    const KvLayer& cache = op.cache;
    const int head = static_cast<int>(blockIdx.x);
    const int token = static_cast<int>(blockIdx.y);
    const int position = *op.position + token;
    const int size = cache.headSize;
    const int i = static_cast<int>(threadIdx.x);
    if (head < op.numQHeads) {
        float* query = op.query + rowAt(token * op.numQHeads + head, size);
        const float value = i < size ? turned(op, query, i, position) : 0;
        __syncthreads();  // every element has been read
        if (i < size) query[i] = value;
        return;
    }
    const int kvHead = head - op.numQHeads;
    const std::size_t from = rowAt(token * cache.numKvHeads + kvHead, size);
    const std::size_t at = rowAt(kvHead, cache.capacity) + static_cast<std::size_t>(position);
    if (i < size) row[i] = turned(op, op.key + from, i, position);
    __syncthreads();
    storeRow<T>(row, size, cache.keys, cache.keyScales, at);
    storeRow<T>(op.value + from, size, cache.values, cache.valueScales, at);
}

}  // namespace

int ropeAndStore(const RopeAndStore& op, Stream stream) {
    const dim3 grid(static_cast<unsigned>(op.numQHeads + op.cache.numKvHeads),
                    static_cast<unsigned>(op.numTokens));
    const auto threads = static_cast<unsigned>((op.cache.headSize + kWarp - 1) / kWarp * kWarp);
    return withKvElement(op.cache.type, [&](auto element) {
        return GATESCOPE_LAUNCH(
            ropeAndStoreKernel<decltype(element)>, grid, threads, 0, stream, op);
    });
}

}  // namespace gatescope::kernels::cuda

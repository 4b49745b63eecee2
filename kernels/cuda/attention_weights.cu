#include "kernels/cuda/attention_weights.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/kv_element.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarp;

/// e^score of one key.
template <class T>
__device__ float weightOf(const AttentionWeights& op, const float* query, int position) {
    const int group = op.numQHeads / op.cache.numKvHeads;
    const std::size_t row =
        rowAt(op.head / group, op.cache.capacity) + static_cast<std::size_t>(position);
    const T* key = reinterpret_cast<const T*>(op.cache.keys) +
                   row * static_cast<std::size_t>(op.cache.headSize);
    float sum = 0;
    for (int k = 0; k < op.cache.headSize; k += kFour) {
        const float4 four = loadFour(key + k);
        const float4 q = *reinterpret_cast<const float4*>(query + k);
        sum += four.x * q.x + four.y * q.y + four.z * q.z + four.w * q.w;
    }
    if (op.cache.keyScales != nullptr) sum *= op.cache.keyScales[row];
    return expf(op.visible[position] != 0 ? op.cap * tanhf(op.scale * sum / op.cap) : kHiddenScore);
}

/// A block is a token.
template <class T>
__global__ void __launch_bounds__(kThreads) attentionWeightsKernel(AttentionWeights op) {
    GATESCOPE_SHARED(float, sums, [kWarps]);
    const int token = static_cast<int>(blockIdx.x);
    const int thread = static_cast<int>(threadIdx.x);
    const int seen = *op.position + token + 1;
    const float* query = op.query + rowAt(token * op.numQHeads + op.head, op.cache.headSize);
    float* out = op.out + rowAt(token, op.numKeys);
    float sum = 0;
    for (int i = thread; i < op.numKeys; i += kThreads) {
        const float weight = i < seen ? weightOf<T>(op, query, i) : 0.0F;
        out[i] = weight;
        sum += weight;
    }
    for (int by = kWarp / 2; by > 0; by /= 2) sum += __shfl_xor_sync(kAllLanes, sum, by);
    if (thread % kWarp == 0) sums[thread / kWarp] = sum;
    __syncthreads();
    float whole = 0;
    for (int w = 0; w < kWarps; ++w) whole += sums[w];
    for (int i = thread; i < op.numKeys; i += kThreads) out[i] /= whole;
}

}  // namespace

int attentionWeights(const AttentionWeights& op, Stream stream) {
    return withKvElement(op.cache.type, [&](auto element) {
        return GATESCOPE_LAUNCH(attentionWeightsKernel<decltype(element)>,
                                static_cast<unsigned>(op.numTokens),
                                kThreads,
                                0,
                                stream,
                                op);
    });
}

}  // namespace gatescope::kernels::cuda

#include "kernels/cuda/attention.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/kv_element.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / kWarp;
constexpr int kTile = 32;       // keys whose scores are made together
constexpr int kLanesOfKey = 8;  // lanes that share the dot product of a key

/// The keys of a split: [begin, end).
struct Keys {
    int begin, end;
};
__device__ Keys keysOfSplit(int numKeys, int split, int numSplits) {
    const int each = (numKeys + numSplits - 1) / numSplits;
    return {min(numKeys, split * each), min(numKeys, (split + 1) * each)};
}

/// What a block works on: up to kGroup query heads that share a KV head, one split of the
/// positions.
struct Share {
    int kvHead;
    int firstHead;
    int numHeads;
    int split;
    int number;  // of all shares of this split
};
template <int kGroup>
__device__ Share shareOfBlock(const DecodeAttention& op) {
    const int group = op.numQHeads / op.cache.numKvHeads;
    const int chunks = (group + kGroup - 1) / kGroup;
    const int number = static_cast<int>(blockIdx.x);
    const int inGroup = number % chunks * kGroup;
    return {.kvHead = number / chunks,
            .firstHead = number / chunks * group + inGroup,
            .numHeads = min(kGroup, group - inGroup),
            .split = static_cast<int>(blockIdx.y),
            .number = number};
}

/// weights[h][i] = e^score of key `first` + i and head h, for the keys of a tile; 0 behind the
/// last.
///   queries  [kGroup, headSize], shared
template <class T, int kGroup>
__device__ void weighTile(const DecodeAttention& op,
                          const float* queries,
                          const Share& share,
                          int first,
                          int end,
                          float (*weights)[kTile]) {
    const int size = op.cache.headSize;
    const int lane = static_cast<int>(threadIdx.x) % kLanesOfKey;
    for (int i = static_cast<int>(threadIdx.x) / kLanesOfKey; i < kTile;
         i += kThreads / kLanesOfKey) {
        const int position = min(first + i, end - 1);  // behind the last: as good as any
        const std::size_t row =
            rowAt(share.kvHead, op.cache.capacity) + static_cast<std::size_t>(position);
        const T* key =
            reinterpret_cast<const T*>(op.cache.keys) + row * static_cast<std::size_t>(size);
        float sums[kGroup] = {};
        for (int k = lane * kFour; k < size; k += kLanesOfKey * kFour) {
            const float4 four = loadFour(key + k);
            GATESCOPE_UNROLL
            for (int h = 0; h < kGroup; ++h) {
                const float* q = queries + h * size + k;
                sums[h] += four.x * q[0] + four.y * q[1] + four.z * q[2] + four.w * q[3];
            }
        }
        const float scale =
            op.cache.keyScales == nullptr ? op.scale : op.scale * op.cache.keyScales[row];
        const bool seen = op.visible[position] != 0;
        GATESCOPE_UNROLL
        for (int h = 0; h < kGroup; ++h) {
            for (int by = kLanesOfKey / 2; by > 0; by /= 2)
                sums[h] += __shfl_xor_sync(kAllLanes, sums[h], by);
            const float score = seen ? op.cap * tanhf(scale * sums[h] / op.cap) : kHiddenScore;
            if (lane == 0) weights[h][i] = first + i < end ? expf(score) : 0.0F;
        }
    }
}

/// Element `i` of a head's part, and behind the last the sum of its weights; parts of a split lie
/// side by side.
__device__ float* partOf(const DecodeAttention& op, int head, int split) {
    return op.parts + rowAt(head * op.numSplits + split, op.cache.headSize + 1);
}

template <class T, int kGroup>
__global__ void __launch_bounds__(kThreads, 3) decodeAttentionKernel(DecodeAttention op) {
    GATESCOPE_SHARED(float, weights, [kGroup][kTile]);
    GATESCOPE_SHARED(bool, last, [1]);
    GATESCOPE_DYNAMIC_SHARED(float, queries);  // [kGroup, headSize]
    const int size = op.cache.headSize;
    float* warpParts = queries + kGroup * size;  // [kWarps, kGroup, headSize + 1]
    const Share share = shareOfBlock<kGroup>(op);
    const Keys keys = keysOfSplit(*op.position + op.token + 1, share.split, op.numSplits);
    const int thread = static_cast<int>(threadIdx.x);
    const int warp = thread / kWarp;
    const int element = thread % kWarp * kFour;  // the lane's first of four
    for (int i = thread; i < kGroup * size; i += kThreads)
        queries[i] = i < share.numHeads * size
                         ? op.query[rowAt(share.firstHead, size) + static_cast<std::size_t>(i)]
                         : 0.0F;
    __syncthreads();

    // A warp takes every fourth key of a tile.
    float sums[kGroup][kFour] = {};
    float weightSums[kGroup] = {};
    for (int first = keys.begin; first < keys.end; first += kTile) {
        weighTile<T, kGroup>(op, queries, share, first, keys.end, weights);
        __syncthreads();
        for (int i = warp; i < kTile && first + i < keys.end; i += kWarps) {
            const std::size_t row =
                rowAt(share.kvHead, op.cache.capacity) + static_cast<std::size_t>(first + i);
            const T* value =
                reinterpret_cast<const T*>(op.cache.values) + row * static_cast<std::size_t>(size);
            const float scale = op.cache.valueScales == nullptr ? 1.0F : op.cache.valueScales[row];
            const float4 four = element < size ? loadFour(value + element) : float4{0, 0, 0, 0};
            GATESCOPE_UNROLL
            for (int h = 0; h < kGroup; ++h) {
                const float weight = weights[h][i];
                weightSums[h] += weight;
                sums[h][0] += weight * scale * four.x;
                sums[h][1] += weight * scale * four.y;
                sums[h][2] += weight * scale * four.z;
                sums[h][3] += weight * scale * four.w;
            }
        }
        __syncthreads();  // the next tile writes the weights anew
    }

    const int width = size + 1;
    GATESCOPE_UNROLL
    for (int h = 0; h < kGroup; ++h) {
        float* part = warpParts + (warp * kGroup + h) * width;
        for (int i = 0; i < kFour; ++i)
            if (element + i < size) part[element + i] = sums[h][i];
        if (element == 0) part[size] = weightSums[h];
    }
    __syncthreads();
    for (int i = thread; i < share.numHeads * width; i += kThreads) {
        float sum = 0;
        for (int w = 0; w < kWarps; ++w) sum += warpParts[w * kGroup * width + i];
        partOf(op, share.firstHead + i / width, share.split)[i % width] = sum;
    }

    // Whoever is done last adds up the splits.
    __threadfence();
    __syncthreads();
    if (thread == 0) {
        const auto most = static_cast<unsigned>(op.numSplits - 1);
        last[0] = atomicInc(op.tickets + share.number, most) == most;
    }
    __syncthreads();
    if (!last[0]) return;
    __threadfence();
    for (int i = thread; i < share.numHeads * size; i += kThreads) {
        const int head = share.firstHead + i / size;
        float sum = 0, weightSum = 0;
        for (int split = 0; split < op.numSplits; ++split) {
            const float* part = partOf(op, head, split);
            sum += part[i % size];
            weightSum += part[size];
        }
        op.out[rowAt(head, size) + static_cast<std::size_t>(i % size)] = sum / weightSum;
    }
}

template <class T, int kGroup>
int launchGroup(const DecodeAttention& op, Stream stream) {
    const int group = op.numQHeads / op.cache.numKvHeads;
    const int chunks = (group + kGroup - 1) / kGroup;
    const int size = op.cache.headSize;
    const std::size_t shared =
        sizeof(float) * static_cast<std::size_t>(kGroup * size + kWarps * kGroup * (size + 1));
    return GATESCOPE_LAUNCH((decodeAttentionKernel<T, kGroup>),
                            dim3(static_cast<unsigned>(op.cache.numKvHeads * chunks),
                                 static_cast<unsigned>(op.numSplits)),
                            kThreads,
                            shared,
                            stream,
                            op);
}

template <class T>
int launchType(const DecodeAttention& op, Stream stream) {
    const int group = op.numQHeads / op.cache.numKvHeads;
    if (group == 1) return launchGroup<T, 1>(op, stream);
    if (group <= 4) return launchGroup<T, 4>(op, stream);
    return launchGroup<T, 8>(op, stream);
}

}  // namespace

int decodeAttention(const DecodeAttention& op, Stream stream) {
    return withKvElement(op.cache.type,
                         [&](auto element) { return launchType<decltype(element)>(op, stream); });
}

}  // namespace gatescope::kernels::cuda

#include "kernels/cuda/attention.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/kv_element.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 128;
constexpr int kWarps = kThreads / kWarp;
constexpr int kTile = 32;       // keys whose scores are made together
constexpr int kLanesOfKey = 8;  // lanes that share the dot product of a key
constexpr int kMostHeadSize = 128;
constexpr int kTurns = kTile * kLanesOfKey / kThreads;         // keys of a lane in a tile
constexpr int kSteps = kMostHeadSize / (kLanesOfKey * kFour);  // loads of a lane for a key
constexpr int kValues = kTile / kWarps;                        // values of a warp in a tile
constexpr int kPartsAtOnce = 8;                                // loads while splits are added up

/// How the keys are cut: into no more splits than they have tiles, so that a short context makes
/// few.
struct Splits {
    int used, each;  ///< splits with keys; keys of each, but for the last
    __device__ Splits(int numKeys, int numSplits)
        : used(min(numSplits, (numKeys + kTile - 1) / kTile)) {
        each = (numKeys + used - 1) / used;
        used = (numKeys + each - 1) / each;
    }
};

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

/// The keys of a tile that a lane has a part of.
template <class T>
struct TileOfKeys {
    std::size_t row[kTurns];
    bool seen[kTurns];
    float4 part[kTurns][kSteps];

    /// Asks for all of it. Behind the last key one is as good as any.
    __device__ TileOfKeys(const DecodeAttention& op, const Share& share, int first, int end) {
        const int lane = static_cast<int>(threadIdx.x) % kLanesOfKey;
        GATESCOPE_UNROLL
        for (int turn = 0; turn < kTurns; ++turn) {
            const int position = min(first + indexOf(turn), end - 1);
            row[turn] = rowAt(share.kvHead, op.cache.capacity) + static_cast<std::size_t>(position);
            seen[turn] = op.visible[position] != 0;
            const T* key = reinterpret_cast<const T*>(op.cache.keys) +
                           row[turn] * static_cast<std::size_t>(op.cache.headSize);
            GATESCOPE_UNROLL
            for (int step = 0; step < kSteps; ++step) {
                const int k = (step * kLanesOfKey + lane) * kFour;
                part[turn][step] = k < op.cache.headSize ? loadFour(key + k) : float4{0, 0, 0, 0};
            }
        }
    }
    /// Of a key in its tile.
    __device__ static int indexOf(int turn) {
        return static_cast<int>(threadIdx.x) / kLanesOfKey + turn * (kThreads / kLanesOfKey);
    }
};

/// weights[h][i] = e^score of key `first` + i and head h, for the keys of a tile; 0 behind the
/// last.
///   queries  [kGroup, headSize], shared
template <class T, int kGroup>
__device__ void weighTile(const DecodeAttention& op,
                          const float* queries,
                          const TileOfKeys<T>& keys,
                          int numKeys,
                          float (*weights)[kTile]) {
    const int size = op.cache.headSize;
    const int lane = static_cast<int>(threadIdx.x) % kLanesOfKey;
    GATESCOPE_UNROLL
    for (int turn = 0; turn < kTurns; ++turn) {
        float sums[kGroup] = {};
        GATESCOPE_UNROLL
        for (int step = 0; step < kSteps; ++step) {
            const int k = (step * kLanesOfKey + lane) * kFour;
            if (k >= size) continue;
            const float4 four = keys.part[turn][step];
            GATESCOPE_UNROLL
            for (int h = 0; h < kGroup; ++h) {
                const float4 q = *reinterpret_cast<const float4*>(queries + h * size + k);
                sums[h] += four.x * q.x + four.y * q.y + four.z * q.z + four.w * q.w;
            }
        }
        const float scale = op.cache.keyScales == nullptr
                                ? op.scale
                                : op.scale * op.cache.keyScales[keys.row[turn]];
        const int i = TileOfKeys<T>::indexOf(turn);
        GATESCOPE_UNROLL
        for (int h = 0; h < kGroup; ++h) {
            for (int by = kLanesOfKey / 2; by > 0; by /= 2)
                sums[h] += __shfl_xor_sync(kAllLanes, sums[h], by);
            const float score =
                keys.seen[turn] ? op.cap * tanhf(scale * sums[h] / op.cap) : kHiddenScore;
            if (lane == 0) weights[h][i] = i < numKeys ? expf(score) : 0.0F;
        }
    }
}

/// The values of a tile that a warp has: every fourth, a lane's four elements of each.
template <class T>
struct TileOfValues {
    float4 part[kValues];
    float scale[kValues];

    __device__ TileOfValues(const DecodeAttention& op, const Share& share, int first, int end) {
        const int element = static_cast<int>(threadIdx.x) % kWarp * kFour;
        GATESCOPE_UNROLL
        for (int v = 0; v < kValues; ++v) {
            const int position = min(first + indexOf(v), end - 1);
            const std::size_t row =
                rowAt(share.kvHead, op.cache.capacity) + static_cast<std::size_t>(position);
            const T* value = reinterpret_cast<const T*>(op.cache.values) +
                             row * static_cast<std::size_t>(op.cache.headSize);
            part[v] = element < op.cache.headSize ? loadFour(value + element) : float4{0, 0, 0, 0};
            scale[v] = op.cache.valueScales == nullptr ? 1.0F : op.cache.valueScales[row];
        }
    }
    __device__ static int indexOf(int v) {
        return static_cast<int>(threadIdx.x) / kWarp + v * kWarps;
    }
};

/// Element `i` of a head's part, and behind the last the sum of its weights; parts of a split lie
/// side by side.
__device__ float* partOf(const DecodeAttention& op, int head, int split) {
    return op.parts + rowAt(head * op.numSplits + split, attentionPartWidth(op.cache.headSize));
}

/// Adds up the splits of the share's heads, in their order.
__device__ void addSplits(const DecodeAttention& op, const Share& share, int numSplits) {
    const int fours = op.cache.headSize / kFour;
    for (int i = static_cast<int>(threadIdx.x); i < share.numHeads * fours; i += kThreads) {
        const int head = share.firstHead + i / fours;
        const int element = i % fours * kFour;
        float4 sum{0, 0, 0, 0};
        float weightSum = 0;
        for (int first = 0; first < numSplits; first += kPartsAtOnce) {
            float4 parts[kPartsAtOnce];
            float weights[kPartsAtOnce];
            GATESCOPE_UNROLL
            for (int p = 0; p < kPartsAtOnce; ++p) {
                const float* part = partOf(op, head, min(first + p, numSplits - 1));
                parts[p] = *reinterpret_cast<const float4*>(part + element);
                weights[p] = part[op.cache.headSize];
            }
            GATESCOPE_UNROLL
            for (int p = 0; p < kPartsAtOnce; ++p) {
                if (first + p >= numSplits) break;
                sum = {
                    sum.x + parts[p].x, sum.y + parts[p].y, sum.z + parts[p].z, sum.w + parts[p].w};
                weightSum += weights[p];
            }
        }
        *reinterpret_cast<float4*>(op.out + rowAt(head, op.cache.headSize) + element) = {
            sum.x / weightSum, sum.y / weightSum, sum.z / weightSum, sum.w / weightSum};
    }
}

template <class T, int kGroup>
__global__ void __launch_bounds__(kThreads, 2) decodeAttentionKernel(DecodeAttention op) {
    GATESCOPE_SHARED(float, weights, [kGroup][kTile]);
    GATESCOPE_SHARED(bool, last, [1]);
    GATESCOPE_DYNAMIC_SHARED(float, queries);  // [kGroup, headSize]
    const int size = op.cache.headSize;
    float* warpParts = queries + kGroup * size;  // [kWarps, kGroup, headSize + 1]
    const Share share = shareOfBlock<kGroup>(op);
    const int numKeys = *op.position + op.token + 1;
    const Splits splits(numKeys, op.numSplits);
    if (share.split >= splits.used) return;
    const int begin = share.split * splits.each;
    const int end = min(numKeys, begin + splits.each);
    const int thread = static_cast<int>(threadIdx.x);
    const int warp = thread / kWarp;
    const int element = thread % kWarp * kFour;  // the lane's first of four
    for (int i = thread; i < kGroup * size; i += kThreads)
        queries[i] = i < share.numHeads * size
                         ? op.query[rowAt(share.firstHead, size) + static_cast<std::size_t>(i)]
                         : 0.0F;
    __syncthreads();

    float sums[kGroup][kFour] = {};
    float weightSums[kGroup] = {};
    for (int first = begin; first < end; first += kTile) {
        // Values are on their way while keys become weights.
        const TileOfKeys<T> keys(op, share, first, end);
        const TileOfValues<T> values(op, share, first, end);
        weighTile<T, kGroup>(op, queries, keys, end - first, weights);
        __syncthreads();
        GATESCOPE_UNROLL
        for (int v = 0; v < kValues; ++v) {
            const float4 four = values.part[v];
            GATESCOPE_UNROLL
            for (int h = 0; h < kGroup; ++h) {
                const float weight = weights[h][TileOfValues<T>::indexOf(v)];
                const float scaled = weight * values.scale[v];
                weightSums[h] += weight;
                sums[h][0] += scaled * four.x;
                sums[h][1] += scaled * four.y;
                sums[h][2] += scaled * four.z;
                sums[h][3] += scaled * four.w;
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
        const auto most = static_cast<unsigned>(splits.used - 1);
        last[0] = atomicInc(op.tickets + share.number, most) == most;
    }
    __syncthreads();
    if (!last[0]) return;
    __threadfence();
    addSplits(op, share, splits.used);
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
    if (group <= 6) return launchGroup<T, 6>(op, stream);  // Grok-1's
    return launchGroup<T, 8>(op, stream);
}

}  // namespace

int decodeAttention(const DecodeAttention& op, Stream stream) {
    return withKvElement(op.cache.type,
                         [&](auto element) { return launchType<decltype(element)>(op, stream); });
}

}  // namespace gatescope::kernels::cuda

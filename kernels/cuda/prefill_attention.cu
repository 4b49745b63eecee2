#include "kernels/cuda/prefill_attention.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/kv_element.h"

namespace gatescope::kernels::cuda {
namespace {

// A block takes one KV head and kRows rows of queries that read it, a row being a token and one of
// the heads that share the KV head. Keys and values come in tiles of kKeys, widened to f32, the
// values into the place of the keys when those are done with.
constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarp;
constexpr int kRows = 16;
constexpr int kKeys = 64;

// Scores: a warp makes those of 8 rows and 16 keys, a thread those of 2 rows and 2 keys, so that
// what it reads of each it uses twice. Its lanes lie 4 rows by 8 keys.
constexpr int kEach = 2;
constexpr int kRowLanes = 4;
constexpr int kKeyLanes = kWarp / kRowLanes;
constexpr int kRowsOfWarp = kRowLanes * kEach;
constexpr int kKeysOfWarp = kKeyLanes * kEach;
constexpr int kRowWarps = kRows / kRowsOfWarp;
constexpr int kKeyWarps = kKeys / kKeysOfWarp;
static_assert(kRowWarps * kKeyWarps == kWarps);

// Sums of values: a warp adds up half of a tile's keys for 4 rows, a lane 4 elements of those.
constexpr int kHalves = 2;
constexpr int kRowsOfSum = 4;
static_assert(kRows / kRowsOfSum * kHalves == kWarps);

// Rows in shared memory are an odd number of fours apart, so that lanes with different rows have
// different banks.
constexpr int kWeightStride = kRows + kFour;  // whole fours, to be read as such
static_assert(kWeightStride / kFour % 2 == 1);
constexpr int strideOf(int headSize) {
    return (headSize / kFour | 1) * kFour;
}

__device__ float4 fourAt(const float* from) {
    return *reinterpret_cast<const float4*>(from);
}
__device__ void storeFour(float* to, const float4& four) {
    *reinterpret_cast<float4*>(to) = four;
}
__device__ void addDot(float& sum, const float4& a, const float4& b) {
    sum += a.x * b.x;  // one after the other: four fused operations
    sum += a.y * b.y;
    sum += a.z * b.z;
    sum += a.w * b.w;
}

/// The rows of a block: [first, first + kRows) of all that read its KV head, in the order of their
/// tokens.
struct Rows {
    int kvHead;
    int first;
    int group;   // heads that share the KV head
    int number;  // of all rows
};
__device__ Rows rowsOfBlock(const PrefillAttention& op) {
    const int block = static_cast<int>(gridDim.x - 1 - blockIdx.x);  // those with most keys first
    const int group = op.numQHeads / op.cache.numKvHeads;
    return {.kvHead = block % op.cache.numKvHeads,
            .first = block / op.cache.numKvHeads * kRows,
            .group = group,
            .number = op.numTokens * group};
}
/// Where row `row` lies in the queries and in the output.
__device__ std::size_t offsetOf(const PrefillAttention& op, const Rows& rows, int row) {
    const int token = row / rows.group;
    const int head = rows.kvHead * rows.group + row % rows.group;
    return (rowAt(token, op.numQHeads) + static_cast<std::size_t>(head)) *
           static_cast<std::size_t>(op.cache.headSize);
}

/// queries = the block's rows; 0 behind the last.
///   queries  [kRows, strideOf(headSize)], shared
__device__ void loadQueries(const PrefillAttention& op, const Rows& rows, float* queries) {
    const int warp = static_cast<int>(threadIdx.x) / kWarp;
    const int element = static_cast<int>(threadIdx.x) % kWarp * kFour;
    if (element >= op.cache.headSize) return;
    for (int i = warp; i < kRows; i += kWarps) {
        const int row = rows.first + i;
        const float4 four =
            row < rows.number
                ? fourAt(op.query + offsetOf(op, rows, row) + static_cast<std::size_t>(element))
                : float4{0, 0, 0, 0};
        storeFour(queries + i * strideOf(op.cache.headSize) + element, four);
    }
}

/// tile = the keys or values of positions first ... last, kKeys of them at most; 0 behind the last.
///   from    [numKvHeads, capacity, headSize]  the cache's keys or values
///   scales  [numKvHeads, capacity]            theirs, or null
///   tile    [kKeys, strideOf(headSize)], shared
template <class T>
__device__ void loadTile(const KvLayer& cache,
                         const std::byte* from,
                         const float* scales,
                         int kvHead,
                         int first,
                         int last,
                         float* tile) {
    const int size = cache.headSize;
    const int warp = static_cast<int>(threadIdx.x) / kWarp;
    const int element = static_cast<int>(threadIdx.x) % kWarp * kFour;
    if (element >= size) return;
    const std::size_t row = rowAt(kvHead, cache.capacity) + static_cast<std::size_t>(first + warp);
    const T* at = reinterpret_cast<const T*>(from) + row * static_cast<std::size_t>(size) + element;
    tile += warp * strideOf(size) + element;
    GATESCOPE_UNROLL
    for (int i = 0; i < kKeys; i += kWarps) {
        float4 four{0, 0, 0, 0};
        if (first + warp + i <= last) {
            four = loadFour(at + i * size);
            if (scales != nullptr) {
                const float scale = scales[row + static_cast<std::size_t>(i)];
                four = {four.x * scale, four.y * scale, four.z * scale, four.w * scale};
            }
        }
        storeFour(tile + i * strideOf(size), four);
    }
}

/// What a thread does of the scores.
struct ScoreShare {
    int row;                       // of the block; the next is kRowLanes further
    int key;                       // of the tile; the next is kKeyLanes further
    int limit[kEach];              // the last key that each row sees
    float weightSums[kEach] = {};  // of its keys
};
__device__ ScoreShare shareOfThread(const Rows& rows, int position) {
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    const int warp = static_cast<int>(threadIdx.x) / kWarp;
    ScoreShare share{.row = warp % kRowWarps * kRowsOfWarp + lane / kKeyLanes,
                     .key = warp / kRowWarps * kKeysOfWarp + lane % kKeyLanes,
                     .limit = {}};
    GATESCOPE_UNROLL
    for (int r = 0; r < kEach; ++r) {
        const int row = rows.first + share.row + r * kRowLanes;
        share.limit[r] = row < rows.number ? position + row / rows.group : -1;
    }
    return share;
}

/// weights[key][row] = e^score of the tile's keys, which begin at `first`; 0 where the row does not
/// see the key.
///   queries  [kRows, strideOf(headSize)]
///   keys     [kKeys, strideOf(headSize)]
__device__ void weighTile(const PrefillAttention& op,
                          const float* queries,
                          const float* keys,
                          int first,
                          int last,
                          ScoreShare& share,
                          float* weights) {
    const int size = op.cache.headSize;
    const int stride = strideOf(size);
    bool seen[kEach];
    GATESCOPE_UNROLL
    for (int c = 0; c < kEach; ++c)
        seen[c] = op.visible[min(first + share.key + c * kKeyLanes, last)] != 0;

    const float scale = op.scale / op.cap;
    queries += share.row * stride;
    keys += share.key * stride;
    float sums[kEach][kEach] = {};
    for (int k = 0; k < size; k += kFour) {
        float4 q[kEach], key[kEach];
        GATESCOPE_UNROLL
        for (int r = 0; r < kEach; ++r) q[r] = fourAt(queries + r * kRowLanes * stride + k);
        GATESCOPE_UNROLL
        for (int c = 0; c < kEach; ++c) key[c] = fourAt(keys + c * kKeyLanes * stride + k);
        GATESCOPE_UNROLL
        for (int r = 0; r < kEach; ++r) {
            GATESCOPE_UNROLL
            for (int c = 0; c < kEach; ++c) addDot(sums[r][c], q[r], key[c]);
        }
    }
    GATESCOPE_UNROLL
    for (int c = 0; c < kEach; ++c) {
        const int key = share.key + c * kKeyLanes;
        GATESCOPE_UNROLL
        for (int r = 0; r < kEach; ++r) {
            const float score = seen[c] ? op.cap * tanhf(scale * sums[r][c]) : kHiddenScore;
            const float weight = first + key <= share.limit[r] ? expf(score) : 0.0F;
            weights[key * kWeightStride + share.row + r * kRowLanes] = weight;
            share.weightSums[r] += weight;
        }
    }
}

/// sums[r] += weight * value for the warp's rows and the keys of its half.
///   weights  at the first of both
///   values   at the first, and at the lane's elements
__device__ void addValues(const float* weights,
                          const float* values,
                          int stride,
                          float (*sums)[kFour]) {
    for (int i = 0; i < kKeys / kHalves; ++i) {
        const float4 weight = fourAt(weights + i * kWeightStride);
        const float4 value = fourAt(values + i * stride);
        const float ofRow[kRowsOfSum] = {weight.x, weight.y, weight.z, weight.w};
        GATESCOPE_UNROLL
        for (int r = 0; r < kRowsOfSum; ++r) {
            sums[r][0] += ofRow[r] * value.x;
            sums[r][1] += ofRow[r] * value.y;
            sums[r][2] += ofRow[r] * value.z;
            sums[r][3] += ofRow[r] * value.w;
        }
    }
}

constexpr std::size_t sharedBytes(int headSize) {
    const int floats = (kRows + kKeys) * strideOf(headSize) + kKeys * kWeightStride;
    return sizeof(float) * static_cast<std::size_t>(floats);
}
constexpr std::size_t kStaticBytes = sizeof(float) * kKeyWarps * kRows;
static_assert(sharedBytes(128) + kStaticBytes <= std::size_t{48} << 10);

template <class T>
__global__ void __launch_bounds__(kThreads, 2) prefillAttentionKernel(PrefillAttention op) {
    GATESCOPE_SHARED(float, weightSums, [kKeyWarps][kRows]);
    GATESCOPE_DYNAMIC_SHARED(float, queries);
    const int size = op.cache.headSize;
    const int stride = strideOf(size);
    float* tile = queries + kRows * stride;
    float* weights = tile + kKeys * stride;
    const Rows rows = rowsOfBlock(op);
    const int position = *op.position;
    const int last = position + (min(rows.first + kRows, rows.number) - 1) / rows.group;
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    const int warp = static_cast<int>(threadIdx.x) / kWarp;
    const int element = lane * kFour;
    const int half = warp % kHalves;
    const int rowOfSum = warp / kHalves * kRowsOfSum;
    ScoreShare share = shareOfThread(rows, position);
    float sums[kRowsOfSum][kFour] = {};
    loadQueries(op, rows, queries);
    for (int first = 0; first <= last; first += kKeys) {
        loadTile<T>(op.cache, op.cache.keys, op.cache.keyScales, rows.kvHead, first, last, tile);
        __syncthreads();
        weighTile(op, queries, tile, first, last, share, weights);
        __syncthreads();  // the keys have been read
        loadTile<T>(
            op.cache, op.cache.values, op.cache.valueScales, rows.kvHead, first, last, tile);
        __syncthreads();
        const int key = half * kKeys / kHalves;
        if (element < size)
            addValues(weights + key * kWeightStride + rowOfSum,
                      tile + key * stride + element,
                      stride,
                      sums);
        __syncthreads();  // the values and the weights have been read
    }

    // Each row's sum of weights lies with 8 lanes of 4 warps, its sum of values with 2 warps.
    GATESCOPE_UNROLL
    for (int r = 0; r < kEach; ++r) {
        float sum = share.weightSums[r];
        for (int by = kKeyLanes / 2; by > 0; by /= 2) sum += __shfl_xor_sync(kAllLanes, sum, by);
        if (lane % kKeyLanes == 0) weightSums[warp / kRowWarps][share.row + r * kRowLanes] = sum;
    }
    if (half == 1 && element < size)
        for (int r = 0; r < kRowsOfSum; ++r)
            storeFour(tile + (rowOfSum + r) * stride + element,
                      {sums[r][0], sums[r][1], sums[r][2], sums[r][3]});
    __syncthreads();
    if (half == 1 || element >= size) return;
    GATESCOPE_UNROLL
    for (int r = 0; r < kRowsOfSum; ++r) {
        const int row = rowOfSum + r;
        if (rows.first + row >= rows.number) break;
        float sum = 0;
        for (int w = 0; w < kKeyWarps; ++w) sum += weightSums[w][row];
        const float4 other = fourAt(tile + row * stride + element);
        storeFour(op.out + offsetOf(op, rows, rows.first + row) + static_cast<std::size_t>(element),
                  {(sums[r][0] + other.x) / sum,
                   (sums[r][1] + other.y) / sum,
                   (sums[r][2] + other.z) / sum,
                   (sums[r][3] + other.w) / sum});
    }
}

}  // namespace

int prefillAttention(const PrefillAttention& op, Stream stream) {
    const int numRows = op.numTokens * (op.numQHeads / op.cache.numKvHeads);
    const int tiles = (numRows + kRows - 1) / kRows;
    return withKvElement(op.cache.type, [&](auto element) {
        return GATESCOPE_LAUNCH((prefillAttentionKernel<decltype(element)>),
                                dim3(static_cast<unsigned>(tiles * op.cache.numKvHeads)),
                                kThreads,
                                sharedBytes(op.cache.headSize),
                                stream,
                                op);
    });
}

}  // namespace gatescope::kernels::cuda

#include "kernels/cuda/rank_tokens.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/token_rank.h"

namespace gatescope::kernels::cuda {
namespace {

// Two kernels: each block the best of its tokens, and then one the best of these. Whole numbers
// are sorted, so no order of threads changes what comes out.

constexpr int kThreads = 256;
constexpr int kMost = LikelyTokens::kMost;
constexpr int kSorted = 1024;  // ranks at a time: the best so far, and new ones
constexpr int kNew = kSorted - kMost;

/// The higher ones first. Source: Batcher, "Sorting networks and their applications" (1968).
__device__ void sortRanks(Weight* ranks) {
    for (int size = 2; size <= kSorted; size *= 2)
        for (int stride = size / 2; stride > 0; stride /= 2) {
            __syncthreads();
            for (int pair = static_cast<int>(threadIdx.x); pair < kSorted / 2; pair += kThreads) {
                const int low = 2 * pair - (pair & (stride - 1));
                const int high = low + stride;
                const Weight a = ranks[low];
                const Weight b = ranks[high];
                if ((a < b) != ((low & size) == 0)) continue;
                ranks[low] = b;
                ranks[high] = a;
            }
        }
    __syncthreads();
}

/// Leaves the best kMost of `count` ranks in front, 0 where there are fewer.
template <class RankAt>
__device__ void keepBest(Weight* ranks, int count, const RankAt& rankAt) {
    for (int i = static_cast<int>(threadIdx.x); i < kMost; i += kThreads) ranks[i] = 0;
    for (int begin = 0; begin < count; begin += kNew) {
        for (int i = static_cast<int>(threadIdx.x); i < kNew; i += kThreads)
            ranks[kMost + i] = begin + i < count ? rankAt(begin + i) : 0;
        sortRanks(ranks);
    }
}

__global__ void __launch_bounds__(kThreads) bestOfBlocksKernel(RankTokens op, int perBlock) {
    GATESCOPE_SHARED(Weight, ranks, [kSorted]);
    if (op.state->entropy < 0) return;
    const int first = static_cast<int>(blockIdx.x) * perBlock;
    const int count = min(perBlock, op.vocabSize - first);
    const Weight drawn = rankOf(op.logits[op.state->token], op.state->token);
    Weight better = 0;
    keepBest(ranks, count, [&](int i) {
        const Weight rank = rankOf(op.logits[first + i], first + i);
        better += rank > drawn ? 1 : 0;
        return rank;
    });
    better = warpSum(better);
    if (threadIdx.x % kWarp == 0) atomicAdd(op.better, static_cast<unsigned>(better));
    Weight* out = op.candidates + blockIdx.x * kMost;
    for (int i = static_cast<int>(threadIdx.x); i < kMost; i += kThreads) out[i] = ranks[i];
}

__global__ void __launch_bounds__(kThreads) likelyTokensKernel(RankTokens op, int numBlocks) {
    GATESCOPE_SHARED(Weight, ranks, [kSorted]);
    LikelyTokens& likely = *op.likely;
    if (op.state->entropy < 0) {
        if (threadIdx.x == 0) likely.count = 0;
        return;
    }
    keepBest(ranks, numBlocks * kMost, [&](int i) { return op.candidates[i]; });
    const int count = min(kMost, op.vocabSize);
    for (int i = static_cast<int>(threadIdx.x); i < count; i += kThreads) {
        const double logProb = static_cast<double>(scoreOfRank(ranks[i])) - op.state->logSum;
        likely.tokens[i] = tokenOf(ranks[i]);
        likely.logProbs[i] = static_cast<float>(min(max(logProb, -3.4e38), 0.0));
    }
    if (threadIdx.x != 0) return;
    likely.count = count;
    likely.rank = static_cast<int>(*op.better) + 1;
    *op.better = 0;
}

}  // namespace

int rankTokens(const RankTokens& op, Stream stream) {
    const int perBlock = max(kNew, (op.vocabSize + kMostRankBlocks - 1) / kMostRankBlocks);
    const int blocks = (op.vocabSize + perBlock - 1) / perBlock;
    if (const int error = GATESCOPE_LAUNCH(
            bestOfBlocksKernel, static_cast<unsigned>(blocks), kThreads, 0, stream, op, perBlock))
        return error;
    return GATESCOPE_LAUNCH(likelyTokensKernel, 1, kThreads, 0, stream, op, blocks);
}

}  // namespace gatescope::kernels::cuda

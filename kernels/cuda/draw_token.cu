#include "kernels/cuda/draw_token.h"

#include "kernels/cuda/device.h"
#include "kernels/cuda/token_rank.h"
#include "kernels/sampling/sampling_weight.h"

namespace gatescope::kernels::cuda {
namespace {

// Three kernels, each when the one before is done: the best score, what all others weigh beside
// it, and the draw. Sums are of whole numbers, so no order of threads changes them.

constexpr int kThreads = 256;
constexpr int kPerThread = 8;      // tokens
constexpr int kDrawThreads = 512;  // one block
constexpr int kDrawWarps = kDrawThreads / kWarp;
constexpr int kDigits = 256;  // of a byte
constexpr double kBitsPerNat = 1.4426950408889634;
constexpr float kBinsOfGap = 64;  // bins to a distance of 1; the last holds all from 64 on

/// The logit of a token after the penalty. Engine: Sampler::penaliseRepetition.
__device__ float scoreOf(const DrawToken& op, float penalty, int token) {
    const float logit = op.logits[token];
    if (penalty == 1.0F || op.seen[token] == 0) return logit;
    constexpr float kMost = 3.402823466e38F;
    return fminf(fmaxf(logit > 0 ? logit / penalty : logit * penalty, -kMost), kMost);
}

__global__ void __launch_bounds__(kThreads) bestTokenKernel(DrawToken op) {
    const float penalty = op.rules->penalty;
    const int numThreads = static_cast<int>(gridDim.x) * kThreads;
    Weight best = 0;
    Weight topLogit = 0;
    unsigned notFinite = 0;
    for (int i = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
         i < op.vocabSize;
         i += numThreads) {
        const float logit = op.logits[i];
        if (!(fabsf(logit) < INFINITY)) {
            notFinite = 1;
            continue;
        }
        best = max(best, rankOf(scoreOf(op, penalty, i), i));
        topLogit = max(topLogit, rankOf(logit, i));
    }
    for (int by = kWarp / 2; by > 0; by /= 2) {
        best = max(best, __shfl_xor_sync(kAllLanes, best, by));
        topLogit = max(topLogit, __shfl_xor_sync(kAllLanes, topLogit, by));
    }
    if (threadIdx.x % kWarp == 0) {
        atomicMax(&op.state->best, best);
        atomicMax(&op.state->topLogit, topLogit);
    }
    if (notFinite != 0) atomicOr(&op.state->notFinite, 1U);
}

/// How far a token is below the best, and what it weighs.
struct Distance {
    float top, temperature;
    __device__ explicit Distance(const DrawToken& op)
        : top(scoreOfRank(op.state->best)), temperature(op.rules->temperature) {}
    __device__ float gap(float score) const { return (top - score) / temperature; }
    __device__ static int bin(float gap) {
        return static_cast<int>(fminf(gap * kBinsOfGap, kGapBins - 1));
    }
};

__global__ void __launch_bounds__(kThreads) weighTokensKernel(DrawToken op) {
    if (op.state->notFinite != 0) return;
    const DrawRules rules = *op.rules;
    const Distance distance(op);
    const float topLogit = scoreOfRank(op.state->topLogit);
    const int numThreads = static_cast<int>(gridDim.x) * kThreads;
    Weight sum = 0;
    Weight sumOfModel = 0;
    Weight sumOfGaps = 0;
    for (int i = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
         i < op.vocabSize;
         i += numThreads) {
        const float below = topLogit - op.logits[i];
        const Weight ofModel = samplingWeight(below);
        sumOfModel += ofModel;
        if (ofModel > 0)
            sumOfGaps +=
                static_cast<Weight>(static_cast<double>(ofModel) * static_cast<double>(below));
        if (rules.temperature == 0) continue;
        const float gap = distance.gap(scoreOf(op, rules.penalty, i));
        const Weight weight = samplingWeight(gap);
        sum += weight;
        GapBin& bin = op.bins[Distance::bin(gap)];
        atomicAdd(&bin.weight, weight);
        atomicAdd(&bin.count, 1U);
    }
    sum = warpSum(sum);
    sumOfModel = warpSum(sumOfModel);
    sumOfGaps = warpSum(sumOfGaps);
    if (threadIdx.x % kWarp == 0) {
        atomicAdd(&op.state->sum, sum);
        atomicAdd(&op.state->sumOfModel, sumOfModel);
        atomicAdd(&op.state->sumOfGaps, sumOfGaps);
    }
}

// From here on one block.

/// Of some of the best tokens.
struct Tally {
    Weight weight = 0;
    unsigned count = 0;
    __device__ Tally operator+(const Tally& other) const {
        return {weight + other.weight, count + other.count};
    }
};

/// What the threads before this one have together.
__device__ Tally tallyBefore(Tally mine) {
    GATESCOPE_SHARED(Weight, weights, [kDrawWarps]);
    GATESCOPE_SHARED(unsigned, counts, [kDrawWarps]);
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    const int warp = static_cast<int>(threadIdx.x) / kWarp;
    Tally upTo = mine;
    for (int by = 1; by < kWarp; by *= 2) {
        const int from = max(lane - by, 0);
        const Tally other{__shfl_sync(kAllLanes, upTo.weight, from),
                          __shfl_sync(kAllLanes, upTo.count, from)};
        if (lane >= by) upTo = upTo + other;
    }
    __syncthreads();  // the last call's have been read
    if (lane == kWarp - 1) {
        weights[warp] = upTo.weight;
        counts[warp] = upTo.count;
    }
    __syncthreads();
    Tally before{upTo.weight - mine.weight, upTo.count - mine.count};
    for (int w = 0; w < warp; ++w) before = before + Tally{weights[w], counts[w]};
    return before;
}

/// A bin in which something is reached.
struct Found {
    int bin = 0;
    unsigned count = 0;  ///< of its tokens
    Tally before;        ///< of all tokens before it
};

/// Where `reached` first holds of what the bins up to there have together; the last one that has
/// tokens where it never does.
template <class Reached>
__device__ Found findBin(const GapBin* bins, int numBins, const Reached& reached) {
    GATESCOPE_SHARED(Weight, weight, [1]);
    GATESCOPE_SHARED(unsigned, counts, [2]);
    GATESCOPE_SHARED(int, place, [1]);
    const int perThread = (numBins + kDrawThreads - 1) / kDrawThreads;
    const int begin = static_cast<int>(threadIdx.x) * perThread;
    const int end = min(begin + perThread, numBins);
    Tally mine;
    for (int b = begin; b < end; ++b) mine = mine + Tally{bins[b].weight, bins[b].count};
    Tally before = tallyBefore(mine);
    if (!reached(before) && reached(before + mine)) {
        int b = begin;
        for (; !reached(before + Tally{bins[b].weight, bins[b].count}); ++b)
            before = before + Tally{bins[b].weight, bins[b].count};
        place[0] = b;
        weight[0] = before.weight;
        counts[0] = before.count;
        counts[1] = bins[b].count;
    }
    __syncthreads();
    return {place[0], counts[1], {weight[0], counts[0]}};
}

/// The token with which `reached` first holds of the best tokens up to it, and the weight of all
/// of these. Requires that it holds of all tokens and not of none.
struct Reached {
    Weight rank = 0;
    Weight weight = 0;
};
template <class Condition>
__device__ Reached reachedWith(const DrawToken& op,
                               const DrawRules& rules,
                               const Distance& distance,
                               const Condition& reached) {
    GATESCOPE_SHARED(GapBin, digits, [kDigits]);
    GATESCOPE_SHARED(unsigned, numMembers, [1]);
    GATESCOPE_SHARED(Weight, last, [1]);
    const int thread = static_cast<int>(threadIdx.x);
    if (thread == 0) numMembers[0] = 0;
    __syncthreads();
    // Near enough the best, bins hold a token or a few. Which they are, nobody has written down.
    Found found = findBin(op.bins, kGapBins, reached);
    for (int i = thread; i < op.vocabSize; i += kDrawThreads)
        if (Distance::bin(distance.gap(scoreOf(op, rules.penalty, i))) == found.bin)
            op.members[atomicAdd(numMembers, 1U)] = i;
    __syncthreads();
    // Their ranks, a byte at a time from the highest down, until one is left.
    Weight prefix = 0;
    unsigned shift = 64;
    while (found.count > 1) {
        shift -= 8;
        for (int d = thread; d < kDigits; d += kDrawThreads) digits[d] = {};
        __syncthreads();
        for (unsigned m = threadIdx.x; m < numMembers[0]; m += kDrawThreads) {
            const float score = scoreOf(op, rules.penalty, op.members[m]);
            const Weight rank = rankOf(score, op.members[m]);
            if (shift < 56 && rank >> (shift + 8) != prefix) continue;
            GapBin& digit = digits[kDigits - 1 - static_cast<int>(rank >> shift & 0xFFU)];
            atomicAdd(&digit.weight, Weight{samplingWeight(distance.gap(score))});
            atomicAdd(&digit.count, 1U);
        }
        __syncthreads();
        const Tally outside = found.before;
        found = findBin(digits, kDigits, [&](Tally inside) { return reached(outside + inside); });
        found.before = outside + found.before;
        prefix = prefix << 8U | static_cast<Weight>(kDigits - 1 - found.bin);
    }
    for (unsigned m = threadIdx.x; m < numMembers[0]; m += kDrawThreads) {
        const Weight rank = rankOf(scoreOf(op, rules.penalty, op.members[m]), op.members[m]);
        if (shift == 64 || rank >> shift == prefix) last[0] = rank;
    }
    __syncthreads();
    const Weight rank = last[0];
    __syncthreads();  // all have it before the next call
    return {rank, found.before.weight + samplingWeight(distance.gap(scoreOfRank(rank)))};
}

/// The weight of the tokens that min-p keeps.
__device__ Weight weightWithin(const DrawToken& op,
                               const DrawRules& rules,
                               const Distance& distance) {
    Tally mine;
    for (int i = static_cast<int>(threadIdx.x); i < op.vocabSize; i += kDrawThreads) {
        const float gap = distance.gap(scoreOf(op, rules.penalty, i));
        if (gap <= rules.mostGap) mine.weight += samplingWeight(gap);
    }
    GATESCOPE_SHARED(Weight, sum, [1]);
    const Tally before = tallyBefore(mine);
    if (threadIdx.x == kDrawThreads - 1) sum[0] = before.weight + mine.weight;
    __syncthreads();
    return sum[0];
}

/// Each filter keeps the best so many tokens: what they weigh says which keeps the fewest.
__device__ Weight drawnRank(const DrawToken& op, const DrawRules& rules) {
    const Distance distance(op);
    Weight sum = op.state->sum;
    if (rules.topK > 0 && rules.topK < op.vocabSize)
        sum = reachedWith(op, rules, distance, [&](Tally t) {
                  return t.count >= static_cast<unsigned>(rules.topK);
              }).weight;
    Weight kept = sum;
    if (rules.topP != 0) {
        const Weight enough = max(Weight{1}, Weight{highProduct(sum, rules.topP)});
        kept = reachedWith(op, rules, distance, [&](Tally t) { return t.weight >= enough; }).weight;
    }
    if (rules.mostGap < INFINITY) kept = min(kept, weightWithin(op, rules, distance));
    const Weight target = highProduct(op.randoms[op.state->numDrawn], kept);
    return reachedWith(op, rules, distance, [&](Tally t) { return t.weight > target; }).rank;
}

/// The reply is one token longer, and what counted for this draw is gone.
__device__ void take(const DrawToken& op, const DrawRules& rules, int token) {
    DrawState& state = *op.state;
    const int place = state.numBefore + state.numDrawn;
    op.history[place] = token;
    if (rules.window > 0) {
        ++op.seen[token];
        if (place >= rules.window) --op.seen[op.history[place - rules.window]];
    }
    state.logProb = 0;
    state.entropy = -1;
    if (state.notFinite != 0) {
        atomicMin(op.firstNonFinite, op.layer);
    } else {
        const double sum = static_cast<double>(state.sumOfModel) / static_cast<double>(kTopWeight);
        state.logSum = static_cast<double>(scoreOfRank(state.topLogit)) + log(sum);
        state.logProb = static_cast<float>(static_cast<double>(op.logits[token]) - state.logSum);
        // -sum p ln p, with p = exp(-gap) / sum.
        const double gaps =
            static_cast<double>(state.sumOfGaps) / static_cast<double>(state.sumOfModel);
        state.entropy = static_cast<float>((log(sum) + gaps) * kBitsPerNat);
    }
    state.token = token;
    ++state.numDrawn;
    state.best = state.topLogit = state.sum = state.sumOfModel = state.sumOfGaps = 0;
    state.notFinite = 0;
    *op.token = token;
    ++*op.position;
}

__global__ void __launch_bounds__(kDrawThreads) drawTokenKernel(DrawToken op) {
    const DrawRules rules = *op.rules;
    Weight rank = op.state->best;
    if (op.state->notFinite == 0 && rules.temperature > 0) rank = drawnRank(op, rules);
    __syncthreads();  // all have read the state and the bins
    for (int b = static_cast<int>(threadIdx.x); b < kGapBins; b += kDrawThreads) op.bins[b] = {};
    if (threadIdx.x == 0) take(op, rules, rank == 0 ? 0 : tokenOf(rank));
}

}  // namespace

int drawToken(const DrawToken& op, Stream stream) {
    constexpr int kPerBlock = kThreads * kPerThread;
    const auto blocks = static_cast<unsigned>((op.vocabSize + kPerBlock - 1) / kPerBlock);
    if (const int error = GATESCOPE_LAUNCH(bestTokenKernel, blocks, kThreads, 0, stream, op))
        return error;
    if (const int error = GATESCOPE_LAUNCH(weighTokensKernel, blocks, kThreads, 0, stream, op))
        return error;
    return GATESCOPE_LAUNCH(drawTokenKernel, 1, kDrawThreads, 0, stream, op);
}

}  // namespace gatescope::kernels::cuda

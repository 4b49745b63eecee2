#include "kernels/cuda/router_topk.h"

#include "kernels/cuda/device.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 512;  // a block takes a token
constexpr int kWarps = kThreads / kWarp;
constexpr int kAhead = 8;  // loads of a thread that are under way together

/// This lane's part of w . x, of the inputs that `warp` of `numWarps` takes: in fours if the rows
/// are whole ones.
__device__ float dotPart(const float* w, const float* x, int width, int warp, int numWarps) {
    const int first = warp * kWarp + static_cast<int>(threadIdx.x) % kWarp;
    const int step = numWarps * kWarp;
    float sum = 0;
    if (width % 4 != 0) {
        for (int i = first; i < width; i += step) sum += w[i] * x[i];
        return sum;
    }
    const auto* w4 = reinterpret_cast<const float4*>(w);
    const auto* x4 = reinterpret_cast<const float4*>(x);
    for (int begin = first; begin < width / 4; begin += kAhead * step) {
        float4 weights[kAhead];
        float4 inputs[kAhead];
        GATESCOPE_UNROLL
        for (int a = 0; a < kAhead; ++a) {
            const int i = begin + a * step;
            const bool inside = i < width / 4;
            weights[a] = inside ? w4[i] : float4{};
            inputs[a] = inside ? x4[i] : float4{};
        }
        GATESCOPE_UNROLL
        for (int a = 0; a < kAhead; ++a)
            sum += (weights[a].x * inputs[a].x + weights[a].y * inputs[a].y) +
                   (weights[a].z * inputs[a].z + weights[a].w * inputs[a].w);
    }
    return sum;
}

/// logits[e] = weight[e] . x, without the barrier behind it: each expert by one warp, or by several
/// where there are more.
__device__ void scoreExperts(const RouterTopk& op, const float* x, float* logits) {
    GATESCOPE_SHARED(float, partial, [kWarps]);
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    const int warp = static_cast<int>(threadIdx.x) / kWarp;
    const int numWarps = max(kWarps / op.numExperts, 1);  // of an expert
    if (numWarps == 1) {
        for (int e = warp; e < op.numExperts; e += kWarps) {
            const float sum = warpSum(dotPart(op.weight + rowAt(e, op.width), x, op.width, 0, 1));
            if (lane == 0) logits[e] = sum;
        }
        return;
    }
    const int expert = warp / numWarps;
    float sum = 0;
    if (expert < op.numExperts)
        sum = dotPart(op.weight + rowAt(expert, op.width), x, op.width, warp % numWarps, numWarps);
    sum = warpSum(sum);
    if (lane == 0) partial[warp] = sum;
    __syncthreads();
    const int e = static_cast<int>(threadIdx.x);
    if (e >= op.numExperts) return;
    logits[e] = 0;
    for (int w = 0; w < numWarps; ++w) logits[e] += partial[e * numWarps + w];
}

// From here on one thread works: a handful of experts is not worth a second.

/// Returns ln of the sum of exp over the values that were there.
__device__ float softmax(float* values, int count) {
    float largest = values[0];
    for (int i = 1; i < count; ++i) largest = fmaxf(largest, values[i]);
    float sum = 0;
    for (int i = 0; i < count; ++i) {
        values[i] = expf(values[i] - largest);
        sum += values[i];
    }
    for (int i = 0; i < count; ++i) values[i] /= sum;
    return largest + logf(sum);
}

__device__ bool contains(const std::int32_t* values, int count, std::int32_t value) {
    for (int i = 0; i < count; ++i)
        if (values[i] == value) return true;
    return false;
}

__device__ void topk(const float* probs,
                     const std::uint8_t* choice,
                     int numExperts,
                     int numSelected,
                     std::int32_t* selected) {
    for (int s = 0; s < numSelected; ++s) {
        std::int32_t best = -1;
        for (std::int32_t e = 0; e < numExperts; ++e)
            if (choice[e] != kNeverChosen && !contains(selected, s, e) &&
                (best < 0 || probs[e] > probs[best]))
                best = e;
        selected[s] = best;
    }
}

/// Each forced expert takes the place of the weakest selected one that is not forced.
__device__ void force(const std::uint8_t* choice,
                      int numExperts,
                      int numSelected,
                      std::int32_t* selected) {
    for (std::int32_t e = 0; e < numExperts; ++e) {
        if (choice[e] != kAlwaysChosen || contains(selected, numSelected, e)) continue;
        int weakest = numSelected - 1;
        while (weakest > 0 && choice[selected[weakest]] == kAlwaysChosen) --weakest;
        selected[weakest] = e;
    }
}

__device__ void sortByProbability(const float* probs, int count, std::int32_t* selected) {
    for (int i = 1; i < count; ++i)
        for (int j = i; j > 0; --j) {
            const std::int32_t a = selected[j - 1];
            const std::int32_t b = selected[j];
            if (probs[a] > probs[b] || (probs[a] == probs[b] && a < b)) break;
            selected[j - 1] = b;
            selected[j] = a;
        }
}

/// Where a token's pinned experts and gates lie, if it is pinned; -1: it is not.
__device__ std::ptrdiff_t pinOf(const RouterRules& rules, int token, int layer) {
    if (rules.pinnedSelected == nullptr) return -1;
    const auto at =
        static_cast<std::ptrdiff_t>(rowAt(token * rules.numLayers + layer, rules.numSelected));
    return rules.pinnedSelected[at] < 0 ? -1 : at;
}

/// The gate that was recorded of `expert`.
__device__ float pinnedGateOf(const RouterRules& rules,
                              std::ptrdiff_t pin,
                              int numSelected,
                              std::int32_t expert) {
    int s = 0;
    while (s + 1 < numSelected && rules.pinnedSelected[pin + s] != expert) ++s;
    return rules.pinnedGates[pin + s];
}

__device__ float gateOf(const RouterRules& rules,
                        const float* probs,
                        const float* factor,
                        const std::int32_t* selected,
                        int numSelected,
                        std::ptrdiff_t pin,
                        int s) {
    const float times = factor[selected[s]];
    if (times == 0) return 0;  // also where the probability is no number
    if (pin >= 0 && rules.pinnedGates != nullptr)
        return pinnedGateOf(rules, pin, numSelected, selected[s]);
    if (!rules.renormalise) return times * probs[selected[s]];
    float sum = 0;
    for (int i = 0; i < numSelected; ++i) sum += probs[selected[i]];
    return times * (probs[selected[s]] / sum);
}

__global__ void __launch_bounds__(kThreads, 1) routerTopkKernel(RouterTopk op) {
    GATESCOPE_SHARED(float, probs, [kMostExperts]);
    GATESCOPE_SHARED(float, bias, [kMostExperts]);
    GATESCOPE_SHARED(std::uint8_t, choice, [kMostExperts]);
    GATESCOPE_SHARED(float, factor, [kMostExperts]);
    GATESCOPE_SHARED(std::int32_t, computedBy, [kMostExperts]);
    GATESCOPE_SHARED(std::int32_t, selected, [kMostExperts]);
    const int token = static_cast<int>(blockIdx.x);
    const RouterRules rules = *op.rules;
    const std::ptrdiff_t pin = pinOf(rules, token, op.layer);
    const int numSelected = rules.numSelectedOf[op.layer];
    // While the weights come: one thread that reads them where it needs them would wait for each.
    for (int e = static_cast<int>(threadIdx.x); e < op.numExperts; e += kThreads) {
        const std::size_t at = rowAt(op.layer, op.numExperts) + static_cast<std::size_t>(e);
        bias[e] = rules.bias[at];
        choice[e] = rules.choice[at];
        factor[e] = rules.factor[at];
        computedBy[e] = rules.computedBy[at];
    }
    scoreExperts(op, op.normed + rowAt(token, op.width), probs);
    __syncthreads();
    for (int e = static_cast<int>(threadIdx.x); e < op.numExperts; e += kThreads)
        probs[e] += bias[e];
    __syncthreads();
    if (threadIdx.x == 0) {
        const float logSumExp = softmax(probs, op.numExperts);
        if (op.logSumExps != nullptr) op.logSumExps[token] = logSumExp;
        if (pin < 0) {
            topk(probs, choice, op.numExperts, numSelected, selected);
            force(choice, op.numExperts, numSelected, selected);
        }
        for (int s = 0; pin >= 0 && s < numSelected; ++s)
            selected[s] = rules.pinnedSelected[pin + s];
        sortByProbability(probs, numSelected, selected);
    }
    __syncthreads();
    for (int e = static_cast<int>(threadIdx.x); e < op.numExperts; e += kThreads)
        op.probs[rowAt(token, op.numExperts) + static_cast<std::size_t>(e)] = probs[e];
    for (int s = static_cast<int>(threadIdx.x); s < op.mostSelected; s += kThreads) {
        const std::size_t to = rowAt(token, op.mostSelected) + static_cast<std::size_t>(s);
        const bool used = s < numSelected;
        op.selected[to] = used ? selected[s] : -1;
        op.gates[to] = used ? gateOf(rules, probs, factor, selected, numSelected, pin, s) : 0.0F;
        op.computedBy[to] = used ? computedBy[selected[s]] : -1;
    }
}

}  // namespace

int routerTopk(const RouterTopk& op, Stream stream) {
    return GATESCOPE_LAUNCH(
        routerTopkKernel, static_cast<unsigned>(op.numTokens), kThreads, 0, stream, op);
}

}  // namespace gatescope::kernels::cuda

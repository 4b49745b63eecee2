#include "kernels/cuda/router_topk.h"

#include "kernels/cuda/device.h"

namespace gatescope::kernels::cuda {
namespace {

constexpr int kThreads = 256;  // a block takes a token, a warp every eighth expert
constexpr int kWarps = kThreads / kWarp;

// From here on one thread works: a handful of experts is not worth a second.

__device__ void softmax(float* values, int count) {
    float largest = values[0];
    for (int i = 1; i < count; ++i) largest = fmaxf(largest, values[i]);
    float sum = 0;
    for (int i = 0; i < count; ++i) {
        values[i] = expf(values[i] - largest);
        sum += values[i];
    }
    for (int i = 0; i < count; ++i) values[i] /= sum;
}

__device__ bool contains(const std::int32_t* values, int count, std::int32_t value) {
    for (int i = 0; i < count; ++i)
        if (values[i] == value) return true;
    return false;
}

__device__ void topk(const float* probs, int numExperts, int numSelected, std::int32_t* selected) {
    for (int s = 0; s < numSelected; ++s) {
        std::int32_t best = -1;
        for (std::int32_t e = 0; e < numExperts; ++e)
            if (!contains(selected, s, e) && (best < 0 || probs[e] > probs[best])) best = e;
        selected[s] = best;
    }
}

/// Each forced expert takes the place of the weakest selected one that is not forced.
__device__ void force(const std::uint8_t* forced,
                      int numExperts,
                      int numSelected,
                      std::int32_t* selected) {
    for (std::int32_t e = 0; e < numExperts; ++e) {
        if (forced[e] == 0 || contains(selected, numSelected, e)) continue;
        int weakest = numSelected - 1;
        while (weakest > 0 && forced[selected[weakest]] != 0) --weakest;
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

__device__ float gateOf(const RouterRules& rules,
                        const float* probs,
                        const std::uint8_t* ablated,
                        const std::int32_t* selected,
                        int s) {
    if (ablated[selected[s]] != 0) return 0;
    if (!rules.renormalise) return probs[selected[s]];
    float sum = 0;
    for (int i = 0; i < rules.numSelected; ++i) sum += probs[selected[i]];
    return probs[selected[s]] / sum;
}

__global__ void __launch_bounds__(kThreads) routerTopkKernel(RouterTopk op) {
    GATESCOPE_SHARED(float, probs, [kMostExperts]);
    GATESCOPE_SHARED(std::int32_t, selected, [kMostExperts]);
    const int token = static_cast<int>(blockIdx.x);
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    const int warp = static_cast<int>(threadIdx.x) / kWarp;
    const RouterRules rules = *op.rules;
    const std::size_t ofLayer = rowAt(op.layer, op.numExperts);
    const float* x = op.normed + rowAt(token, op.width);
    for (int e = warp; e < op.numExperts; e += kWarps) {
        const float* w = op.weight + rowAt(e, op.width);
        float sum = 0;
        for (int i = lane; i < op.width; i += kWarp) sum += w[i] * x[i];
        sum = warpSum(sum);
        if (lane == 0) probs[e] = sum + rules.bias[ofLayer + static_cast<std::size_t>(e)];
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        softmax(probs, op.numExperts);
        topk(probs, op.numExperts, rules.numSelected, selected);
        force(rules.forced + ofLayer, op.numExperts, rules.numSelected, selected);
        sortByProbability(probs, rules.numSelected, selected);
    }
    __syncthreads();
    for (int e = static_cast<int>(threadIdx.x); e < op.numExperts; e += kThreads)
        op.probs[rowAt(token, op.numExperts) + static_cast<std::size_t>(e)] = probs[e];
    for (int s = static_cast<int>(threadIdx.x); s < op.mostSelected; s += kThreads) {
        const std::size_t to = rowAt(token, op.mostSelected) + static_cast<std::size_t>(s);
        const bool used = s < rules.numSelected;
        op.selected[to] = used ? selected[s] : -1;
        op.gates[to] = used ? gateOf(rules, probs, rules.ablated + ofLayer, selected, s) : 0.0F;
    }
}

}  // namespace

int routerTopk(const RouterTopk& op, Stream stream) {
    return GATESCOPE_LAUNCH(
        routerTopkKernel, static_cast<unsigned>(op.numTokens), kThreads, 0, stream, op);
}

}  // namespace gatescope::kernels::cuda

#include "engine/decoder/cpu/moe_layer.h"

#include <algorithm>

#include "engine/decoder/cpu/linear.h"
#include "kernels/cpu/add.h"
#include "kernels/cpu/gelu_tanh.h"

namespace gatescope::cpu {
namespace {

/// Sorts the choices by expert (a counting sort that keeps the tokens' order); an expert whose gate
/// is 0 (ablated) gets nothing to do.
void groupByExpert(const ChunkRouting& routing, Scratch& scratch) {
    auto& begin = scratch.expertBegin;
    std::ranges::fill(begin, 0);
    const std::size_t numChoices = routing.selected.size();
    for (std::size_t c = 0; c < numChoices; ++c)
        if (routing.gates[c] != 0) ++begin[static_cast<std::size_t>(routing.selected[c]) + 1];
    for (std::size_t e = 1; e < begin.size(); ++e) begin[e] += begin[e - 1];
    // Placing moves each begin to its end, which is the next one's begin: shift back afterwards.
    for (std::size_t c = 0; c < numChoices; ++c) {
        if (routing.gates[c] == 0) {
            scratch.pairOf[c] = -1;
            continue;
        }
        const std::int32_t pair = begin[static_cast<std::size_t>(routing.selected[c])]++;
        scratch.pairOf[c] = pair;
        scratch.pairToken[static_cast<std::size_t>(pair)] =
            static_cast<std::int32_t>(c) / routing.numSelected;
    }
    std::shift_right(begin.begin(), begin.end(), 1);
    begin.front() = 0;
}

/// activation = gelu(W_gate x) * (W_up x), this thread's columns of every expert.
void expertsUp(const ModelConfig& config,
               const LayerWeights& weights,
               kernels::ColumnRange share,
               float* matmulScratch,
               Scratch& scratch,
               const std::stop_token& stop) {
    for (int e = 0; e < config.numExperts; ++e) {
        const int first = scratch.expertBegin[static_cast<std::size_t>(e)];
        const int count = scratch.expertBegin[static_cast<std::size_t>(e) + 1] - first;
        if (count == 0) continue;
        if (stop.stop_requested()) return;
        const std::int32_t* tokens = scratch.pairToken.data() + first;
        const Inputs x{.exact = {.data = scratch.normed.row(0),
                                 .stride = scratch.normed.width(),
                                 .index = tokens,
                                 .count = count},
                       .int8 = scratch.normedInt8.rows(0, count, tokens)};
        const kernels::OutputRows gate{scratch.activation.row(first), config.ffnSize};
        const kernels::OutputRows up{scratch.up.row(first), config.ffnSize};
        multiplyShare(weights.expertGate, e, x, gate, share, matmulScratch, stop);
        multiplyShare(weights.expertUp, e, x, up, share, matmulScratch, stop);
        for (int p = 0; p < count; ++p) {
            kernels::geluTanhTimes(
                up.row(p) + share.begin, share.end - share.begin, gate.row(p) + share.begin);
            scratch.activationInt8.round(scratch.activation, first + p, share.begin, share.end);
        }
    }
}

/// expertOut = W_down activation, this thread's columns of every expert.
void expertsDown(const ModelConfig& config,
                 const LayerWeights& weights,
                 kernels::ColumnRange share,
                 float* matmulScratch,
                 Scratch& scratch,
                 const std::stop_token& stop) {
    for (int e = 0; e < config.numExperts; ++e) {
        const int first = scratch.expertBegin[static_cast<std::size_t>(e)];
        const int count = scratch.expertBegin[static_cast<std::size_t>(e) + 1] - first;
        if (count == 0) continue;
        if (stop.stop_requested()) return;
        multiplyShare(weights.expertDown,
                      e,
                      {.exact = {.data = scratch.activation.row(first),
                                 .stride = config.ffnSize,
                                 .count = count},
                       .int8 = scratch.activationInt8.rows(first, count)},
                      {scratch.expertOut.row(first), config.dModel},
                      share,
                      matmulScratch,
                      stop);
    }
}

/// change = sum of gate * expertOut, strongest expert first as the reference adds them.
void mix(const ChunkRouting& routing, kernels::ColumnRange share, Scratch& scratch) {
    const int width = share.end - share.begin;
    for (int t = 0; t < routing.numTokens; ++t) {
        float* change = scratch.change.row(t) + share.begin;
        std::fill_n(change, width, 0.0F);
        for (int s = 0; s < routing.numSelected; ++s) {
            const auto choice = static_cast<std::size_t>(t * routing.numSelected + s);
            const std::int32_t pair = scratch.pairOf[choice];
            if (pair < 0) continue;
            kernels::addScaled(
                scratch.expertOut.row(pair) + share.begin, routing.gates[choice], width, change);
        }
    }
}

}  // namespace

void moeLayer(const ModelConfig& config,
              const LayerWeights& weights,
              const ChunkRouting& routing,
              WorkerPool& pool,
              Scratch& scratch,
              const std::stop_token& stop) {
    groupByExpert(routing, scratch);
    pool.run([&](int thread) {
        const auto share = shareOf(thread, pool.size(), config.ffnSize, kColumnGranule);
        expertsUp(config, weights, share, scratch.matmul.row(thread), scratch, stop);
    });
    if (stop.stop_requested()) return;
    pool.run([&](int thread) {
        const auto share = shareOf(thread, pool.size(), config.dModel, kColumnGranule);
        expertsDown(config, weights, share, scratch.matmul.row(thread), scratch, stop);
        mix(routing, share, scratch);
    });
}

}  // namespace gatescope::cpu

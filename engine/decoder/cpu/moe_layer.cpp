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
    const std::size_t numChoices = routing.experts.size();
    for (std::size_t c = 0; c < numChoices; ++c)
        if (routing.gates[c] != 0) ++begin[static_cast<std::size_t>(routing.experts[c]) + 1];
    for (std::size_t e = 1; e < begin.size(); ++e) begin[e] += begin[e - 1];
    // Placing moves each begin to its end, which is the next one's begin: shift back afterwards.
    for (std::size_t c = 0; c < numChoices; ++c) {
        if (routing.gates[c] == 0) {
            scratch.pairOf[c] = -1;
            continue;
        }
        const std::int32_t pair = begin[static_cast<std::size_t>(routing.experts[c])]++;
        scratch.pairOf[c] = pair;
        scratch.pairToken[static_cast<std::size_t>(pair)] =
            static_cast<std::int32_t>(c) / routing.numSelected;
    }
    std::shift_right(begin.begin(), begin.end(), 1);
    begin.front() = 0;
    scratch.activeExperts.clear();
    for (std::size_t e = 0; e + 1 < begin.size(); ++e)
        if (begin[e] != begin[e + 1]) scratch.activeExperts.push_back(static_cast<std::int32_t>(e));
}

/// Pairs of one expert.
struct Pairs {
    int first;
    int count;
};

Pairs pairsOf(const Scratch& scratch, int expert) {
    const int first = scratch.expertBegin[static_cast<std::size_t>(expert)];
    return {first, scratch.expertBegin[static_cast<std::size_t>(expert) + 1] - first};
}

/// activation = gelu(W_gate x) * (W_up x), some columns of one expert.
void expertUp(const LayerWeights& weights,
              int expert,
              kernels::ColumnRange tile,
              float* matmulScratch,
              Scratch& scratch) {
    const auto [first, count] = pairsOf(scratch, expert);
    const std::int32_t* tokens = scratch.pairToken.data() + first;
    const Inputs x{.exact = {.data = scratch.normed.row(0),
                             .stride = scratch.normed.width(),
                             .index = tokens,
                             .count = count},
                   .rounded = scratch.normedRounded.rows(0, count, tokens)};
    const int width = scratch.activation.width();
    const kernels::OutputRows gate{scratch.activation.row(first), width};
    const kernels::OutputRows up{scratch.up.row(first), width};
    multiplyTile(weights.expertGate, expert, x, gate, tile, matmulScratch);
    multiplyTile(weights.expertUp, expert, x, up, tile, matmulScratch);
    for (int p = 0; p < count; ++p) {
        kernels::geluTanhTimes(
            up.row(p) + tile.begin, tile.end - tile.begin, gate.row(p) + tile.begin);
        scratch.activationRounded.round(scratch.activation, first + p, tile.begin, tile.end);
    }
}

/// expertOut = W_down activation, some columns of one expert.
void expertDown(const LayerWeights& weights,
                int expert,
                kernels::ColumnRange tile,
                float* matmulScratch,
                Scratch& scratch) {
    const auto [first, count] = pairsOf(scratch, expert);
    multiplyTile(weights.expertDown,
                 expert,
                 {.exact = {.data = scratch.activation.row(first),
                            .stride = scratch.activation.width(),
                            .count = count},
                  .rounded = scratch.activationRounded.rows(first, count)},
                 {scratch.expertOut.row(first), scratch.expertOut.width()},
                 tile,
                 matmulScratch);
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
    const auto& experts = scratch.activeExperts;
    const ColumnTiles up = columnTiles(config.ffnSize, routing.numTokens, pool);
    const ColumnTiles down = columnTiles(config.dModel, routing.numTokens, pool);
    const int numExperts = static_cast<int>(experts.size());
    const bool byColumns = pool.numNodes() > 1;
    pool.run(numExperts * up.count(), [&](int tile, int thread) {
        if (stop.stop_requested()) return;
        const ExpertTile t = expertTile(tile, numExperts, up.count(), byColumns);
        expertUp(weights,
                 experts[static_cast<std::size_t>(t.expert)],
                 up.at(t.columns),
                 scratch.matmul.row(thread),
                 scratch);
    });
    if (stop.stop_requested()) return;
    pool.run(down.count(), [&](int tile, int thread) {
        const auto columns = down.at(tile);
        for (const int expert : experts) {
            if (stop.stop_requested()) return;
            expertDown(weights, expert, columns, scratch.matmul.row(thread), scratch);
        }
        mix(routing, columns, scratch);
    });
}

}  // namespace gatescope::cpu

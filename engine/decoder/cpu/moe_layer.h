#pragma once

#include <cstdint>
#include <span>
#include <stop_token>

#include "engine/decoder/cpu/scratch.h"
#include "engine/decoder/cpu/worker_pool.h"
#include "engine/model/weights.h"

namespace gatescope::cpu {

/// What the routers of a chunk decided in one layer.
struct ChunkRouting {
    std::span<const std::int32_t> experts;  ///< [numTokens, numSelected] with whose weights
    std::span<const float> gates;           ///< [numTokens, numSelected]
    int numTokens = 0;
    int numSelected = 0;
};

/// One tile of the products before the activation: tile `columns` of one of the experts that a
/// chunk needs.
struct ExpertTile {
    int expert = 0;
    int columns = 0;
};

/// Tile `tile` of numExperts * tilesPerExpert. A thread, which begins with neighbouring tiles,
/// streams one expert after the other; with `byColumns` some columns of all of them, as on several
/// nodes each has the same columns of every expert (nodeRanges()).
constexpr ExpertTile expertTile(int tile, int numExperts, int tilesPerExpert, bool byColumns) {
    if (byColumns) return {tile % numExperts, tile / numExperts};
    return {tile / tilesPerExpert, tile % tilesPerExpert};
}

/// The experts of one layer: scratch.normed -> scratch.change. The same as reference::moeLayer, but
/// the tokens of a chunk that chose the same expert go through it together.
/// When `stop` is requested the results are unspecified.
void moeLayer(const ModelConfig& config,
              const LayerWeights& weights,
              const ChunkRouting& routing,
              WorkerPool& pool,
              Scratch& scratch,
              const std::stop_token& stop);

}  // namespace gatescope::cpu

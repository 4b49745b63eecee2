#include "engine/decoder/cpu/attention.h"

#include <algorithm>
#include <array>

#include "engine/decoder/cpu/linear.h"
#include "kernels/cpu/rope.h"

namespace gatescope::cpu {
namespace {

Inputs inputsOf(RowBuffer& buffer, const RoundedBuffer& rounded, int count) {
    return {.exact = {.data = buffer.row(0), .stride = buffer.width(), .count = count},
            .rounded = rounded.rows(0, count)};
}

kernels::OutputRows outputOf(RowBuffer& buffer) {
    return {.data = buffer.row(0), .stride = buffer.width()};
}

/// Turns a token's queries and keys by its position and puts keys and values into the cache.
void placeToken(const ModelConfig& config,
                int layer,
                int position,
                int token,
                PanelKvCache& cache,
                Scratch& scratch) {
    const auto headSize = static_cast<std::size_t>(config.headSize);
    const float* cosines = scratch.cosines.row(token);
    const float* sines = scratch.sines.row(token);
    for (int h = 0; h < config.numQHeads; ++h)
        kernels::rope(cosines,
                      sines,
                      config.headSize,
                      scratch.query.row(token) + static_cast<std::size_t>(h) * headSize);
    for (int h = 0; h < config.numKvHeads; ++h) {
        float* key = scratch.key.row(token) + static_cast<std::size_t>(h) * headSize;
        const float* value = scratch.value.row(token) + static_cast<std::size_t>(h) * headSize;
        kernels::rope(cosines, sines, config.headSize, key);
        kernels::storeKeyValue(cache.head(layer, h), position, key, value);
    }
}

/// What all heads of one layer's attention share.
struct Attending {
    const ModelConfig& config;
    int layer;
    int position;  ///< of the first token
    PanelKvCache& cache;
    Scratch& scratch;

    int numKeys(int token) const { return position + token + 1; }
    float* attended(int token, int head) const {
        return scratch.attended.row(token) + head * config.headSize;
    }
};

int numBlocks(int numKeys) {
    return (numKeys + kernels::kAttentionBlock - 1) / kernels::kAttentionBlock;
}

/// One block of keys for the query heads of `token` that share a KV head; the part of the i-th goes
/// into row firstPart + i * partStep of the scratch.
void attendGroup(
    const Attending& a, int kvHead, int token, int block, int firstPart, int partStep) {
    const int groupSize = a.config.groupSize();
    const float* query = a.scratch.query.row(token) + kvHead * groupSize * a.config.headSize;
    std::array<kernels::AttentionQuery, 16> queries;
    for (int done = 0; done < groupSize;) {  // groups larger than the array are rare
        const int count = std::min(groupSize - done, static_cast<int>(queries.size()));
        for (int i = 0; i < count; ++i)
            queries[static_cast<std::size_t>(i)] = {
                .query = query + (done + i) * a.config.headSize,
                .numKeys = a.numKeys(token),
                .part = a.scratch.parts.row(firstPart + (done + i) * partStep)};
        kernels::attendBlock(a.cache.head(a.layer, kvHead),
                             attentionRules(a.config, a.cache),
                             block,
                             queries.data(),
                             count);
        done += count;
    }
}

/// A single token: blocks of keys are dealt out, their parts added afterwards.
void attendToken(const Attending& a, WorkerPool& pool, const std::stop_token& stop) {
    const int blocks = numBlocks(a.numKeys(0));
    const int groupSize = a.config.groupSize();
    pool.run(a.config.numKvHeads * blocks, [&](int tile, int /*thread*/) {
        if (stop.stop_requested()) return;
        const int kvHead = tile / blocks;
        const int block = tile % blocks;
        attendGroup(a, kvHead, 0, block, kvHead * groupSize * blocks + block, blocks);
    });
    for (int head = 0; head < a.config.numQHeads; ++head) {
        float* sum = a.scratch.parts.row(head * blocks);
        for (int block = 1; block < blocks; ++block)
            kernels::addPart(a.scratch.parts.row(head * blocks + block), a.config.headSize, sum);
        kernels::finishPart(sum, a.config.headSize, a.attended(0, head));
    }
    a.scratch.attendedRounded.round(a.scratch.attended, 0);
}

/// Some neighbouring tokens and one KV head: each block of keys serves all of them while it is in
/// the caches. `rows` is this thread's part of the scratch, one row for each token and head, and a
/// group's worth behind.
void attendTile(const Attending& a, int kvHead, kernels::ColumnRange tokens, int rows) {
    const int groupSize = a.config.groupSize();
    const int firstToken = tokens.begin;
    const int count = tokens.end - tokens.begin;
    const int fresh = rows + count * groupSize;
    for (int block = 0; block < numBlocks(a.numKeys(firstToken + count - 1)); ++block) {
        for (int t = 0; t < count; ++t) {
            if (block >= numBlocks(a.numKeys(firstToken + t))) continue;
            const int sums = rows + t * groupSize;
            attendGroup(a, kvHead, firstToken + t, block, block == 0 ? sums : fresh, 1);
            for (int i = 0; i < groupSize && block > 0; ++i)
                kernels::addPart(a.scratch.parts.row(fresh + i),
                                 a.config.headSize,
                                 a.scratch.parts.row(sums + i));
        }
    }
    for (int t = 0; t < count; ++t)
        for (int i = 0; i < groupSize; ++i)
            kernels::finishPart(a.scratch.parts.row(rows + t * groupSize + i),
                                a.config.headSize,
                                a.attended(firstToken + t, kvHead * groupSize + i));
}

/// Several tokens.
void attendTokens(const Attending& a,
                  int numTokens,
                  WorkerPool& pool,
                  const std::stop_token& stop) {
    const int tokenTiles = numTilesOf(numTokens, kTokenTile);
    pool.run(tokenTiles * a.config.numKvHeads, [&](int tile, int thread) {
        if (stop.stop_requested()) return;
        const auto tokens = tileOf(tile % tokenTiles, numTokens, kTokenTile);
        attendTile(a, tile / tokenTiles, tokens, thread * partsOfThread(a.config));
    });
    if (stop.stop_requested()) return;
    pool.run(tokenTiles, [&](int tile, int /*thread*/) {
        const auto tokens = tileOf(tile, numTokens, kTokenTile);
        for (int t = tokens.begin; t < tokens.end; ++t)
            a.scratch.attendedRounded.round(a.scratch.attended, t);
    });
}

/// query, key and value of every token, as one list of tiles.
void project(const LayerWeights& weights,
             const Inputs& in,
             WorkerPool& pool,
             Scratch& scratch,
             const std::stop_token& stop) {
    struct Projection {
        const MatrixView& weights;
        RowBuffer& out;
    };
    const std::array<Projection, 3> all{{{weights.query, scratch.query},
                                         {weights.key, scratch.key},
                                         {weights.value, scratch.value}}};
    int numTiles = 0;
    const auto tilesOf = [&](const Projection& p) {
        return columnTiles(p.weights.numOut, in.exact.count, pool);
    };
    for (const Projection& p : all) numTiles += tilesOf(p).count();
    pool.run(numTiles, [&](int tile, int thread) {
        if (stop.stop_requested()) return;
        for (const Projection& p : all) {
            const ColumnTiles tiles = tilesOf(p);
            if (tile < tiles.count())
                return multiplyTile(
                    p.weights, 0, in, outputOf(p.out), tiles.at(tile), scratch.matmul.row(thread));
            tile -= tiles.count();
        }
    });
}

}  // namespace

kernels::AttentionRules attentionRules(const ModelConfig& config, PanelKvCache& cache) {
    return {.visible = cache.visible().data(),
            .scale = config.attentionScale,
            .cap = config.attentionCap};
}

void attention(const ModelConfig& config,
               const LayerWeights& weights,
               int layer,
               int position,
               int numTokens,
               WorkerPool& pool,
               PanelKvCache& cache,
               Scratch& scratch,
               const std::stop_token& stop) {
    project(
        weights, inputsOf(scratch.normed, scratch.normedRounded, numTokens), pool, scratch, stop);
    if (stop.stop_requested()) return;
    pool.run(numTilesOf(numTokens, kTokenTile), [&](int tile, int /*thread*/) {
        const auto tokens = tileOf(tile, numTokens, kTokenTile);
        for (int t = tokens.begin; t < tokens.end; ++t)
            placeToken(config, layer, position + t, t, cache, scratch);
    });

    const Attending a{config, layer, position, cache, scratch};
    if (numTokens == 1)
        attendToken(a, pool, stop);
    else
        attendTokens(a, numTokens, pool, stop);
    if (stop.stop_requested()) return;
    const Inputs attended = inputsOf(scratch.attended, scratch.attendedRounded, numTokens);
    const ColumnTiles tiles = columnTiles(config.dModel, numTokens, pool);
    pool.run(tiles.count(), [&](int tile, int thread) {
        if (stop.stop_requested()) return;
        multiplyTile(weights.attentionOutput,
                     0,
                     attended,
                     outputOf(scratch.change),
                     tiles.at(tile),
                     scratch.matmul.row(thread));
    });
}

}  // namespace gatescope::cpu

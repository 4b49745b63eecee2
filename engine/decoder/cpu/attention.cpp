#include "engine/decoder/cpu/attention.h"

#include <algorithm>

#include "engine/decoder/cpu/linear.h"
#include "kernels/cpu/attention.h"
#include "kernels/cpu/rope.h"

namespace gatescope::cpu {
namespace {

Inputs inputsOf(RowBuffer& buffer, const Int8Buffer& int8, int count) {
    return {.exact = {.data = buffer.row(0), .stride = buffer.width(), .count = count},
            .int8 = int8.rows(0, count)};
}

kernels::OutputRows outputOf(RowBuffer& buffer) {
    return {.data = buffer.row(0), .stride = buffer.width()};
}

/// Turns a token's queries and keys by its position and puts keys and values into the cache.
void placeToken(const ModelConfig& config,
                int layer,
                int position,
                int token,
                HostKvCache& cache,
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
        const std::size_t at = static_cast<std::size_t>(position) * headSize;
        kernels::rope(cosines, sines, config.headSize, key);
        std::copy_n(key, headSize, cache.keys(layer, h) + at);
        std::copy_n(value, headSize, cache.values(layer, h) + at);
    }
}

}  // namespace

void attention(const ModelConfig& config,
               const LayerWeights& weights,
               int layer,
               int position,
               int numTokens,
               WorkerPool& pool,
               HostKvCache& cache,
               Scratch& scratch,
               const std::stop_token& stop) {
    const auto multiply = [&](int thread, const MatrixView& w, const Inputs& in, RowBuffer& out) {
        multiplyShare(w,
                      0,
                      in,
                      outputOf(out),
                      shareOf(thread, pool.size(), w.numOut, kColumnGranule),
                      scratch.matmul.row(thread),
                      stop);
    };
    const Inputs normed = inputsOf(scratch.normed, scratch.normedInt8, numTokens);
    pool.run([&](int thread) {
        multiply(thread, weights.query, normed, scratch.query);
        multiply(thread, weights.key, normed, scratch.key);
        multiply(thread, weights.value, normed, scratch.value);
    });
    if (stop.stop_requested()) return;
    for (int t = 0; t < numTokens; ++t) placeToken(config, layer, position + t, t, cache, scratch);

    // Later tokens see more keys, so heads and tokens are dealt out like cards.
    pool.run([&](int thread) {
        for (int unit = thread; unit < numTokens * config.numQHeads; unit += pool.size()) {
            const int t = unit / config.numQHeads;
            const int h = unit % config.numQHeads;
            if (stop.stop_requested()) return;
            const auto offset = static_cast<std::size_t>(h * config.headSize);
            const int kvHead = h / config.groupSize();
            kernels::attendHead({.query = scratch.query.row(t) + offset,
                                 .keys = cache.keys(layer, kvHead),
                                 .values = cache.values(layer, kvHead),
                                 .visible = cache.visible().data(),
                                 .numKeys = position + t + 1,
                                 .headSize = config.headSize,
                                 .scale = config.attentionScale,
                                 .cap = config.attentionCap},
                                scratch.scores.row(thread),
                                scratch.attended.row(t) + offset);
        }
    });
    if (stop.stop_requested()) return;
    const auto round = [&](int thread, int numShares) {
        const auto share = shareOf(thread, numShares, numTokens, 1);
        for (int t = share.begin; t < share.end; ++t)
            scratch.attendedInt8.round(scratch.attended, t);
    };
    if (numTokens == 1)
        round(0, 1);  // sooner done than handed out
    else
        pool.run([&](int thread) { round(thread, pool.size()); });
    const Inputs attended = inputsOf(scratch.attended, scratch.attendedInt8, numTokens);
    pool.run(
        [&](int thread) { multiply(thread, weights.attentionOutput, attended, scratch.change); });
}

}  // namespace gatescope::cpu

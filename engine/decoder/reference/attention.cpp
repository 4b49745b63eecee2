#include "engine/decoder/reference/attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/decoder/reference/linear.h"
#include "engine/decoder/reference/rope.h"
#include "engine/decoder/reference/softmax.h"

namespace gatescope::reference {
namespace {

constexpr float kMaskedScore = -1e30F;

/// Part `index` of a row that holds one vector a head.
std::span<float> head(std::span<float> row, int index, int headSize) {
    return row.subspan(static_cast<std::size_t>(index) * static_cast<std::size_t>(headSize),
                       static_cast<std::size_t>(headSize));
}

/// Row `position` of [capacity, headSize].
std::span<float> cacheRow(float* rows, int position, int headSize) {
    return {rows + static_cast<std::size_t>(position) * static_cast<std::size_t>(headSize),
            static_cast<std::size_t>(headSize)};
}

/// Key (turned by its position) and value of one token go into the cache.
void writeKeyAndValue(const ModelConfig& config,
                      const LayerWeights& weights,
                      int layer,
                      std::span<const float> input,
                      int position,
                      const Arithmetic& arithmetic,
                      HostKvCache& cache,
                      const std::stop_token& stop) {
    std::vector<float> key(static_cast<std::size_t>(config.kvWidth()));
    std::vector<float> value(key.size());
    multiply(weights.key, 0, input, arithmetic, key, stop);
    multiply(weights.value, 0, input, arithmetic, value, stop);
    arithmetic.round(key);
    arithmetic.round(value);
    for (int h = 0; h < config.numKvHeads; ++h) {
        rope(head(key, h, config.headSize), position, config.ropeBase, arithmetic);
        std::ranges::copy(head(key, h, config.headSize),
                          cacheRow(cache.keys(layer, h), position, config.headSize).begin());
        std::ranges::copy(head(value, h, config.headSize),
                          cacheRow(cache.values(layer, h), position, config.headSize).begin());
    }
}

/// One query head over the keys 0 ... position; leaves what it gave each in `weight`, [position +
/// 1].
void attendHead(const ModelConfig& config,
                std::span<const float> query,
                float* keys,
                float* values,
                std::span<const std::uint8_t> visible,
                const Arithmetic& arithmetic,
                std::vector<float>& weight,
                std::span<float> output) {
    weight.resize(visible.size());
    for (std::size_t t = 0; t < visible.size(); ++t) {
        const auto key = cacheRow(keys, static_cast<int>(t), config.headSize);
        const float score = arithmetic.round(dot(query, key)) * config.attentionScale;
        weight[t] = visible[t] != 0 ? config.attentionCap * std::tanh(score / config.attentionCap)
                                    : kMaskedScore;
    }
    softmax(weight);
    arithmetic.round(weight);
    std::ranges::fill(output, 0.0F);
    for (std::size_t t = 0; t < visible.size(); ++t) {
        const auto value = cacheRow(values, static_cast<int>(t), config.headSize);
        for (std::size_t i = 0; i < output.size(); ++i) output[i] += weight[t] * value[i];
    }
    arithmetic.round(output);
}

}  // namespace

StepStatus attention(const ModelConfig& config,
                     const LayerWeights& weights,
                     int layer,
                     const Rows& input,
                     const Arithmetic& arithmetic,
                     HostKvCache& cache,
                     Rows& output,
                     int tappedHead,
                     std::span<float> tapped,
                     const std::stop_token& stop) {
    std::vector<float> query(static_cast<std::size_t>(config.qWidth()));
    std::vector<float> attended(query.size());
    std::vector<float> weight;
    const std::size_t numKeys = tapped.size() / static_cast<std::size_t>(input.count());
    for (int token = 0; token < input.count(); ++token) {
        if (stop.stop_requested()) return StepStatus::Stopped;
        const int position = cache.length() + token;
        writeKeyAndValue(
            config, weights, layer, input.row(token), position, arithmetic, cache, stop);

        multiply(weights.query, 0, input.row(token), arithmetic, query, stop);
        arithmetic.round(query);
        const auto visible = cache.visible().first(static_cast<std::size_t>(position) + 1);
        for (int h = 0; h < config.numQHeads; ++h) {
            const auto queryHead = head(query, h, config.headSize);
            rope(queryHead, position, config.ropeBase, arithmetic);
            const int kvHead = h / config.groupSize();
            attendHead(config,
                       queryHead,
                       cache.keys(layer, kvHead),
                       cache.values(layer, kvHead),
                       visible,
                       arithmetic,
                       weight,
                       head(attended, h, config.headSize));
            if (!tapped.empty() && h == tappedHead)
                std::ranges::copy(
                    weight, tapped.subspan(static_cast<std::size_t>(token) * numKeys).begin());
        }
        multiply(weights.attentionOutput, 0, attended, arithmetic, output.row(token), stop);
        arithmetic.round(output.row(token));
    }
    return StepStatus::Done;
}

}  // namespace gatescope::reference

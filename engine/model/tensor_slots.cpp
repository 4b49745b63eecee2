#include "engine/model/tensor_slots.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "engine/check.h"

namespace gatescope {
namespace {

struct LayerTensor {
    TensorRole role;
    const char* path;  // below transformer/decoder_layer_N/
};

constexpr std::array<LayerTensor, kTensorsPerLayer> kLayerTensors{{
    {TensorRole::ExpertGate, "moe/linear/w"},
    {TensorRole::ExpertDown, "moe/linear_1/w"},
    {TensorRole::ExpertUp, "moe/linear_v/w"},
    {TensorRole::Key, "multi_head_attention/key/w"},
    {TensorRole::AttentionOutput, "multi_head_attention/linear/w"},
    {TensorRole::Query, "multi_head_attention/query/w"},
    {TensorRole::Value, "multi_head_attention/value/w"},
    {TensorRole::AttentionNorm, "rms_norm/scale"},
    {TensorRole::AttentionOutputNorm, "rms_norm_1/scale"},
    {TensorRole::MoeNorm, "rms_norm_2/scale"},
    {TensorRole::MoeOutputNorm, "rms_norm_3/scale"},
    {TensorRole::Router, "router/w"},
}};

std::vector<std::int64_t> shapeOf(TensorRole role, const ModelConfig& config) {
    const std::int64_t d = config.dModel;
    switch (role) {
        case TensorRole::Embedding:
        case TensorRole::Output:
            return {config.vocabSize, d};
        case TensorRole::ExpertGate:
        case TensorRole::ExpertUp:
            return {config.numExperts, d, config.ffnSize};
        case TensorRole::ExpertDown:
            return {config.numExperts, config.ffnSize, d};
        case TensorRole::Key:
        case TensorRole::Value:
            return {d, config.kvWidth()};
        case TensorRole::Query:
            return {d, config.qWidth()};
        case TensorRole::AttentionOutput:
            return {config.qWidth(), d};
        case TensorRole::Router:
            return {d, config.numExperts};
        case TensorRole::FinalNorm:
        case TensorRole::AttentionNorm:
        case TensorRole::AttentionOutputNorm:
        case TensorRole::MoeNorm:
        case TensorRole::MoeOutputNorm:
            return {d};
    }
    return {};
}

std::vector<int> layersInFileOrder(int numLayers) {
    std::vector<int> layers(static_cast<std::size_t>(numLayers));
    std::iota(layers.begin(), layers.end(), 0);
    std::sort(layers.begin(), layers.end(), [](int a, int b) {
        return std::to_string(a) < std::to_string(b);
    });
    return layers;
}

}  // namespace

bool TensorSlot::isMatrix() const {
    return role >= TensorRole::ExpertGate && role <= TensorRole::Value;
}

bool TensorSlot::isVocabularyMatrix() const {
    return role == TensorRole::Embedding || role == TensorRole::Output;
}

std::uint64_t TensorSlot::numElements() const {
    return std::accumulate(
        shape.begin(), shape.end(), std::uint64_t{1}, [](auto product, auto size) {
            return product * static_cast<std::uint64_t>(size);
        });
}

int TensorSlot::numMatrices() const {
    return isMatrix() && shape.size() == 3 ? static_cast<int>(shape[0]) : 1;
}

int TensorSlot::numIn() const {
    GS_CHECK(isMatrix() || isVocabularyMatrix());
    return static_cast<int>(isMatrix() ? shape[shape.size() - 2] : shape.back());
}

int TensorSlot::numOut() const {
    GS_CHECK(isMatrix() || isVocabularyMatrix());
    return static_cast<int>(isMatrix() ? shape.back() : shape[0]);
}

std::vector<TensorSlot> tensorSlots(const ModelConfig& config) {
    std::vector<TensorSlot> slots;
    const auto add = [&](std::string path, TensorRole role, int layer) {
        slots.push_back({.path = std::move(path),
                         .role = role,
                         .layer = layer,
                         .shape = shapeOf(role, config)});
    };
    add("language_model/in_out_embed/embeddings", TensorRole::Embedding, -1);
    add("language_model/rms_norm/scale", TensorRole::FinalNorm, -1);
    for (const int layer : layersInFileOrder(config.numLayers))
        for (const auto& tensor : kLayerTensors)
            add(fmt::format("transformer/decoder_layer_{}/{}", layer, tensor.path),
                tensor.role,
                layer);
    if (!config.tiedOutput) add("language_model/output/embeddings", TensorRole::Output, -1);
    return slots;
}

std::string shapeText(const std::vector<std::int64_t>& shape) {
    return fmt::format("[{}]", fmt::join(shape, ", "));
}

}  // namespace gatescope

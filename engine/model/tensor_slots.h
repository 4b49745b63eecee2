#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/model_config.h"

namespace gatescope {

/// What a tensor of the model is for. The layer part is in the order of the xAI checkpoint's files.
enum class TensorRole {
    Embedding,
    FinalNorm,
    ExpertGate,
    ExpertDown,
    ExpertUp,
    Key,
    AttentionOutput,
    Query,
    Value,
    AttentionNorm,
    AttentionOutputNorm,
    MoeNorm,
    MoeOutputNorm,
    Router,
    Output,  ///< only where it is not the embedding
};

/// One parameter of the model: where it belongs, and the shape the sizes demand.
struct TensorSlot {
    std::string path;  ///< the JAX parameter path, e.g. transformer/decoder_layer_0/moe/linear/w
    TensorRole role = TensorRole::Embedding;
    int layer = -1;                   ///< -1: not part of a layer
    std::vector<std::int64_t> shape;  ///< last dimension contiguous; matrices are [.., in, out]

    /// A layer's matrices, which may be stored in any type. Norms and routers are kept as f32.
    bool isMatrix() const;
    /// Embedding and output matrix: [vocabSize, dModel] in every format, in any type but I8.
    bool isVocabularyMatrix() const;
    std::uint64_t numElements() const;
    int numMatrices() const;  ///< numExperts for the experts' weights, else 1
    int numIn() const;        ///< requires one of the two kinds of matrices
    int numOut() const;       ///< the same
};

/// Every parameter of a model in the order of the xAI checkpoint's files: embedding, final norm,
/// then 12 a layer. Layers are sorted as text (0, 1, 10, 11, 2 ...), because JAX sorts the
/// parameter paths. An output matrix of its own (config.tiedOutput false) comes last; no xAI
/// checkpoint has one. Source: jax.tree_util flattening of the parameters of xai-org/grok-1
/// model.py.
std::vector<TensorSlot> tensorSlots(const ModelConfig& config);

constexpr int kTensorsPerLayer = 12;
constexpr int kTensorsOutsideLayers = 2;

/// "[8, 128, 688]"
std::string shapeText(const std::vector<std::int64_t>& shape);

}  // namespace gatescope

#include "tests/support/hf_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <optional>

#include "engine/check.h"
#include "engine/model/tensor_slots.h"
#include "kernels/quant/block_codec.h"
#include "kernels/quant/float_types.h"
#include "tests/support/tiny_model.h"

namespace gatescope::test {
namespace {

/// A matrix as it is published, outputs first.
struct FloatMatrix {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<float> values;
    bool vector = false;
};

FloatMatrix matrixOf(const MatrixView& view, int index) {
    FloatMatrix out{.rows = static_cast<std::size_t>(view.numOut),
                    .columns = static_cast<std::size_t>(view.numIn),
                    .values = {}};
    out.values.resize(out.rows * out.columns);
    std::vector<float> stored(out.values.size());
    kernels::decodeElements(view.dtype, view.matrix(index), stored.size(), stored.data());
    if (view.order == MatrixOrder::OutputsFirst) {
        GS_CHECK(view.rowScales == nullptr);
        out.values = stored;
        return out;
    }
    for (std::size_t k = 0; k < out.columns; ++k)
        for (std::size_t n = 0; n < out.rows; ++n) {
            float value = stored[k * out.rows + n];
            if (view.scales != nullptr) {
                const auto groups = static_cast<std::size_t>(view.numGroups);
                const std::size_t group = k * groups / out.columns;
                const auto matrix = static_cast<std::size_t>(index);
                value *=
                    kernels::bf16ToFloat(view.scales[(matrix * groups + group) * out.rows + n]);
            }
            out.values[n * out.columns + k] = value;
        }
    return out;
}

FloatMatrix normOf(std::span<const float> norm) {
    return {
        .rows = 1, .columns = norm.size(), .values = {norm.begin(), norm.end()}, .vector = true};
}

FloatMatrix routerOf(std::span<const float> router, int numExperts) {
    const auto experts = static_cast<std::size_t>(numExperts);
    FloatMatrix out{.rows = experts, .columns = router.size() / experts, .values = {}};
    for (std::size_t n = 0; n < experts; ++n)
        for (std::size_t k = 0; k < out.columns; ++k) out.values.push_back(router[k * experts + n]);
    return out;
}

FloatMatrix parameter(const ModelWeights& weights, const TensorSlot& slot, int expert) {
    if (slot.role == TensorRole::Embedding) return matrixOf(weights.embedding, 0);
    if (slot.role == TensorRole::Output) return matrixOf(weights.output, 0);
    if (slot.role == TensorRole::FinalNorm) return normOf(weights.finalNorm);
    const LayerWeights& layer = weights.layers[static_cast<std::size_t>(slot.layer)];
    switch (slot.role) {
        case TensorRole::ExpertGate:
            return matrixOf(layer.expertGate, expert);
        case TensorRole::ExpertDown:
            return matrixOf(layer.expertDown, expert);
        case TensorRole::ExpertUp:
            return matrixOf(layer.expertUp, expert);
        case TensorRole::Key:
            return matrixOf(layer.key, 0);
        case TensorRole::AttentionOutput:
            return matrixOf(layer.attentionOutput, 0);
        case TensorRole::Query:
            return matrixOf(layer.query, 0);
        case TensorRole::Value:
            return matrixOf(layer.value, 0);
        case TensorRole::AttentionNorm:
            return normOf(layer.attentionNorm);
        case TensorRole::AttentionOutputNorm:
            return normOf(layer.attentionOutputNorm);
        case TensorRole::MoeNorm:
            return normOf(layer.moeNorm);
        case TensorRole::MoeOutputNorm:
            return normOf(layer.moeOutputNorm);
        default:
            return routerOf(layer.router, weights.config.numExperts);
    }
}

/// The nearest of the 254 finite values; ties go either way.
std::uint8_t nearestF8(float value) {
    static const auto magnitudes = [] {
        std::array<float, 127> out{};
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = kernels::f8E4M3ToFloat(static_cast<std::uint8_t>(i));
        return out;
    }();
    const float magnitude = std::abs(value);
    const auto above = std::ranges::lower_bound(magnitudes, magnitude);
    auto index = static_cast<std::size_t>(above - magnitudes.begin());
    if (index == magnitudes.size()) index = magnitudes.size() - 1;
    if (index > 0 && magnitude - magnitudes[index - 1] < magnitudes[index] - magnitude) --index;
    return static_cast<std::uint8_t>(index | (value < 0 ? 0x80U : 0U));
}

template <class T>
void append(std::string& bytes, T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string typeName(DType type) {
    switch (type) {
        case DType::F16:
            return "F16";
        case DType::BF16:
            return "BF16";
        case DType::F8E4M3:
            return "F8_E4M3";
        default:
            return "F32";
    }
}

/// A weight, or a part of it, and its scales where it has them.
struct Encoded {
    StoredTensor weight;
    std::optional<StoredTensor> scale;
};

void appendElement(std::string& bytes, DType type, float value, float scale, bool roundOnly) {
    if (roundOnly && type == DType::F8E4M3)
        append(bytes, kernels::f8E4M3ToFloat(nearestF8(value / scale)) * scale);
    else if (roundOnly && type == DType::BF16)
        append(bytes, kernels::roundToBf16(value));
    else if (roundOnly && type == DType::F16)
        append(bytes, kernels::halfToFloat(kernels::floatToHalf(value)));
    else if (type == DType::F8E4M3)
        append(bytes, nearestF8(value / scale));
    else if (type == DType::BF16)
        append(bytes, kernels::floatToBf16(value));
    else if (type == DType::F16)
        append(bytes, kernels::floatToHalf(value));
    else
        append(bytes, value);
}

/// Scales that bring the largest value of a row, or of all, to the largest of fp8.
std::vector<float> scalesOf(const FloatMatrix& matrix, bool rowScales) {
    constexpr float kLargestF8 = 448.0F;
    std::vector<float> largest(matrix.rows, 0.0F);
    for (std::size_t r = 0; r < matrix.rows; ++r)
        for (std::size_t c = 0; c < matrix.columns; ++c)
            largest[r] = std::max(largest[r], std::abs(matrix.values[r * matrix.columns + c]));
    if (!rowScales) std::ranges::fill(largest, *std::ranges::max_element(largest));
    for (float& value : largest) value = std::max(value, 1e-6F) / kLargestF8;
    return largest;
}

Encoded encode(const std::string& name,
               const FloatMatrix& matrix,
               const std::vector<float>& scales,
               DType type,
               const HfForm& form) {
    Encoded out;
    out.weight = {.name = name,
                  .type = typeName(form.roundOnly ? DType::F32 : type),
                  .shape = {},
                  .bytes = {}};
    if (!matrix.vector) out.weight.shape.push_back(static_cast<std::int64_t>(matrix.rows));
    out.weight.shape.push_back(static_cast<std::int64_t>(matrix.columns));
    for (std::size_t r = 0; r < matrix.rows; ++r)
        for (std::size_t c = 0; c < matrix.columns; ++c)
            appendElement(out.weight.bytes,
                          type,
                          matrix.values[r * matrix.columns + c],
                          scales[r],
                          form.roundOnly);
    if (type != DType::F8E4M3 || form.roundOnly) return out;
    out.scale = {.name = name + "_scale", .type = "F32", .shape = {}, .bytes = {}};
    if (form.rowScales) out.scale->shape = {static_cast<std::int64_t>(matrix.rows), 1};
    for (std::size_t r = 0; r < (form.rowScales ? matrix.rows : 1); ++r)
        append(out.scale->bytes, scales[r]);
    return out;
}

enum class Cut { None, Rows, Columns };

Cut cutOf(TensorRole role, const HfForm& form) {
    if (form.ranks == 1) return Cut::None;
    if (role == TensorRole::ExpertGate || role == TensorRole::ExpertUp) return Cut::Rows;
    if (role == TensorRole::ExpertDown) return Cut::Columns;
    if (!form.cutAttention) return Cut::None;
    switch (role) {
        case TensorRole::Query:
        case TensorRole::Key:
        case TensorRole::Value:
        case TensorRole::Embedding:
        case TensorRole::Output:
            return Cut::Rows;
        case TensorRole::AttentionOutput:
            return Cut::Columns;
        default:
            return Cut::None;
    }
}

FloatMatrix share(const FloatMatrix& whole, Cut cut, int rank, int ranks) {
    const auto r = static_cast<std::size_t>(rank);
    const auto n = static_cast<std::size_t>(ranks);
    FloatMatrix out{.rows = cut == Cut::Rows ? whole.rows / n : whole.rows,
                    .columns = cut == Cut::Columns ? whole.columns / n : whole.columns,
                    .values = {}};
    const std::size_t firstRow = cut == Cut::Rows ? r * out.rows : 0;
    const std::size_t firstColumn = cut == Cut::Columns ? r * out.columns : 0;
    for (std::size_t row = 0; row < out.rows; ++row)
        for (std::size_t column = 0; column < out.columns; ++column)
            out.values.push_back(
                whole.values[(firstRow + row) * whole.columns + firstColumn + column]);
    return out;
}

void put(HfFileToWrite& file, Encoded tensor) {
    file.tensors.push_back(std::move(tensor.weight));
    if (tensor.scale) file.tensors.push_back(std::move(*tensor.scale));
}

std::vector<HfFileToWrite> emptyFiles(const HfForm& form) {
    std::vector<HfFileToWrite> files;
    if (form.ranks > 1) {
        for (int rank = 0; rank < form.ranks; ++rank)
            files.push_back({fmt::format("pytorch_model-00000-TP-{:03}.safetensors", rank), {}});
        files.push_back({"pytorch_model-00000-TP-common.safetensors", {}});
        return files;
    }
    for (int i = 0; i < form.files; ++i)
        files.push_back({form.files == 1
                             ? "model.safetensors"
                             : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, form.files),
                         {}});
    return files;
}

}  // namespace

std::vector<HfFileToWrite> hfFiles(const ModelWeights& weights, const HfForm& form) {
    std::vector<HfFileToWrite> files = emptyFiles(form);
    ModelConfig config = weights.config;
    config.tiedOutput = !form.outputMatrix;
    std::size_t next = 0;
    for (const TensorSlot& slot : tensorSlots(config))
        for (int expert = 0; expert < slot.numMatrices(); ++expert, ++next) {
            const std::string name = hfName(form.naming, slot, std::to_string(expert));
            const FloatMatrix whole = parameter(weights, slot, expert);
            const bool small = !slot.isMatrix() && !slot.isVocabularyMatrix();
            const DType type = slot.isMatrix()                         ? form.matrices
                               : small && form.others == DType::F8E4M3 ? DType::F32
                                                                       : form.others;
            const Cut cut = cutOf(slot.role, form);
            if (cut == Cut::None) {
                // Shares come first, what is common to all lies in the last file.
                const std::size_t at = form.ranks > 1 ? files.size() - 1 : next % files.size();
                put(files[at], encode(name, whole, scalesOf(whole, form.rowScales), type, form));
                continue;
            }
            for (int rank = 0; rank < form.ranks; ++rank) {
                // A share of the rows has a scale of its own, one of the columns the whole's.
                const FloatMatrix part = share(whole, cut, rank, form.ranks);
                put(files[static_cast<std::size_t>(rank)],
                    encode(name,
                           part,
                           scalesOf(cut == Cut::Rows ? part : whole, form.rowScales),
                           type,
                           form));
            }
        }
    return files;
}

std::string hfConfig(const ModelConfig& config, HfNaming naming) {
    const std::string multipliers = fmt::format(
        R"("embedding_multiplier_scale": {}, "output_multiplier_scale": {},
 "attn_output_multiplier": {}, "rms_norm_eps": {}, "pad_token_id": {}, "eos_token_id": {})",
        config.embeddingScale,
        config.logitScale,
        config.attentionScale,
        config.rmsEps,
        config.padToken,
        config.eosToken);
    const std::string sizes = fmt::format(
        R"("vocab_size": {}, "hidden_size": {}, "intermediate_size": {}, "num_hidden_layers": {},
 "num_attention_heads": {}, "num_key_value_heads": {}, "num_experts_per_tok": {},
 "max_position_embeddings": {})",
        config.vocabSize,
        config.dModel,
        config.ffnSize,
        config.numLayers,
        config.numQHeads,
        config.numKvHeads,
        config.numSelected,
        config.contextLength);
    switch (naming) {
        case HfNaming::Hpcai:
            return fmt::format(
                R"({{"architectures": ["Grok1ModelForCausalLM"], {}, {}, "num_experts": {},
 "max_attn_value": {}, "torch_dtype": "bfloat16"}})",
                sizes,
                multipliers,
                config.numExperts,
                config.attentionCap);
        case HfNaming::Keyfan:
            return fmt::format(
                R"({{"architectures": ["GrokForCausalLM"], "model_type": "grok", {}, {},
 "num_experts": {}, "max_attn_value": {}, "hidden_act": "gelu", "rope_theta": {}}})",
                sizes,
                multipliers,
                config.numExperts,
                config.attentionCap,
                config.ropeBase);
        case HfNaming::Sglang:
            return fmt::format(
                R"({{"architectures": ["Grok1ModelForCausalLM"], "model_type": "mixtral", {}, {},
 "num_local_experts": {}, "head_dim": {}, "rope_theta": {}, "attn_logit_softcapping": {}}})",
                sizes,
                multipliers,
                config.numExperts,
                config.headSize,
                config.ropeBase,
                config.attentionCap);
    }
    return {};
}

std::string hfIndex(const std::vector<HfFileToWrite>& files) {
    std::string map;
    std::size_t bytes = 0;
    for (const HfFileToWrite& file : files)
        for (const StoredTensor& tensor : file.tensors) {
            map += fmt::format(R"({}"{}": "{}")", map.empty() ? "" : ",\n", tensor.name, file.name);
            bytes += tensor.bytes.size();
        }
    return fmt::format(R"({{"metadata": {{"total_size": {}}}, "weight_map": {{{}}}}})", bytes, map);
}

void writeHfDirectory(const std::filesystem::path& dir,
                      const ModelWeights& weights,
                      const HfForm& form) {
    std::filesystem::create_directories(dir);
    const auto files = hfFiles(weights, form);
    for (const HfFileToWrite& file : files)
        writeBytes(dir / file.name, safetensorsOf(file.tensors));
    if (form.ranks == 1 && form.files > 1)
        writeBytes(dir / "model.safetensors.index.json", hfIndex(files));
    writeBytes(dir / "config.json", hfConfig(weights.config, form.naming));
}

}  // namespace gatescope::test

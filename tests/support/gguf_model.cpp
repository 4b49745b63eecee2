#include "tests/support/gguf_model.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/check.h"
#include "kernels/quant/block_codec.h"
#include "kernels/quant/float_types.h"
#include "tests/support/random_blocks.h"
#include "tests/support/tiny_model.h"

namespace gatescope::test {
namespace {

using Floats = std::vector<float>;

/// [numOut, numIn] of one matrix, whatever it is stored as.
Floats rowsOf(const MatrixView& view, int index) {
    const auto in = static_cast<std::size_t>(view.numIn);
    const auto out = static_cast<std::size_t>(view.numOut);
    Floats stored(in * out);
    kernels::decodeElements(view.dtype, view.matrix(index), stored.size(), stored.data());
    if (view.order == MatrixOrder::OutputsFirst) return stored;
    Floats rows(in * out);
    for (std::size_t k = 0; k < in; ++k)
        for (std::size_t n = 0; n < out; ++n) {
            float value = stored[k * out + n];
            if (view.dtype == DType::I8) {
                const auto groups = static_cast<std::size_t>(view.numGroups);
                const std::size_t group = k * groups / in;
                const std::size_t matrix = static_cast<std::size_t>(index) * groups;
                value *= kernels::bf16ToFloat(view.scales[(matrix + group) * out + n]);
            }
            rows[n * in + k] = value;
        }
    return rows;
}

std::string encoded(DType type, const Floats& values) {
    if (isBlockType(type)) return randomBlocks(type, values.size());
    std::string bytes;
    for (const float value : values) {
        if (type == DType::F32) bytes += GgufWriter::packed(value);
        if (type == DType::F16) bytes += GgufWriter::packed(kernels::floatToHalf(value));
        if (type == DType::BF16) bytes += GgufWriter::packed(kernels::floatToBf16(value));
    }
    GS_CHECK_EQ(bytes.size(), storedBytes(type, values.size()));
    return bytes;
}

std::uint64_t u64(int value) {
    return static_cast<std::uint64_t>(value);
}

class ModelWriter {
  public:
    ModelWriter(const ModelWeights& weights, const GgufForm& form)
        : weights_(weights), config_(weights.config), form_(form) {}

    GgufWriter write() {
        addKeys();
        if (form_.scaleKeys) addScales();
        addMatrix("token_embd.weight", weights_.embedding, form_.vocabulary);
        addFloats("output_norm.weight", weights_.finalNorm);
        for (int layer = 0; layer < config_.numLayers; ++layer) addLayer(layer);
        if (form_.storedOutput) addMatrix("output.weight", weights_.output, form_.vocabulary);
        return std::move(writer_);
    }

  private:
    void addKeys() {
        const auto size = [&](const char* key, int value) {
            writer_.u32(fmt::format("grok.{}", key), static_cast<std::uint32_t>(value));
        };
        writer_.text("general.architecture", "grok").text("general.name", "tiny");
        size("context_length", config_.contextLength);
        size("embedding_length", config_.dModel);
        size("block_count", config_.numLayers);
        size("feed_forward_length", config_.ffnSize);
        size("attention.head_count", config_.numQHeads);
        size("attention.head_count_kv", config_.numKvHeads);
        if (config_.headSize * config_.numQHeads != config_.dModel) {
            size("attention.key_length", config_.headSize);
            size("attention.value_length", config_.headSize);
        }
        size("rope.dimension_count", config_.headSize);
        size("expert_count", config_.numExperts);
        size("expert_used_count", config_.numSelected);
        writer_.f32("grok.attention.layer_norm_rms_epsilon", config_.rmsEps);
        writer_.f32("grok.rope.freq_base", config_.ropeBase);
    }

    void addScales() {
        writer_.f32("grok.embedding_scale", config_.embeddingScale)
            .f32("grok.logit_scale", config_.logitScale)
            .f32("grok.attention.output_scale", config_.attentionScale)
            .f32("grok.attn_logit_softcapping", config_.attentionCap)
            .f32("grok.router_logit_softcapping", 30);
    }

    void addMatrix(const std::string& name, const MatrixView& view, DType type) {
        Floats all;
        for (int m = 0; m < view.numMatrices; ++m) {
            const Floats rows = rowsOf(view, m);
            all.insert(all.end(), rows.begin(), rows.end());
        }
        std::vector<std::uint64_t> sizes{u64(view.numIn), u64(view.numOut)};
        if (view.numMatrices > 1) sizes.push_back(u64(view.numMatrices));
        writer_.tensor(name, sizes, type, encoded(type, all));
    }

    void addFloats(const std::string& name, std::span<const float> values) {
        writer_.tensor(
            name, {values.size()}, DType::F32, encoded(DType::F32, {values.begin(), values.end()}));
    }

    void addExperts(const std::string& name, const MatrixView& view) {
        if (!form_.separateExperts) return addMatrix(name + "_exps.weight", view, form_.matrices);
        for (int e = 0; e < view.numMatrices; ++e)
            writer_.tensor(fmt::format("{}.{}.weight", name, e),
                           {u64(view.numIn), u64(view.numOut)},
                           form_.matrices,
                           encoded(form_.matrices, rowsOf(view, e)));
    }

    void addAttention(const std::string& block, const LayerWeights& layer) {
        const auto views = {&layer.query, &layer.key, &layer.value};
        if (form_.fusedQkv) {
            Floats rows;
            int numOut = 0;
            for (const MatrixView* view : views) {
                const Floats more = rowsOf(*view, 0);
                rows.insert(rows.end(), more.begin(), more.end());
                numOut += view->numOut;
            }
            writer_.tensor(block + "attn_qkv.weight",
                           {u64(config_.dModel), u64(numOut)},
                           form_.matrices,
                           encoded(form_.matrices, rows));
        } else {
            addMatrix(block + "attn_q.weight", layer.query, form_.matrices);
            addMatrix(block + "attn_k.weight", layer.key, form_.matrices);
            addMatrix(block + "attn_v.weight", layer.value, form_.matrices);
        }
        addMatrix(block + "attn_output.weight", layer.attentionOutput, form_.matrices);
    }

    void addRouter(const std::string& block, std::span<const float> router) {
        const auto in = static_cast<std::size_t>(config_.dModel);
        const auto out = static_cast<std::size_t>(config_.numExperts);
        Floats rows(in * out);
        for (std::size_t k = 0; k < in; ++k)
            for (std::size_t n = 0; n < out; ++n) rows[n * in + k] = router[k * out + n];
        writer_.tensor(
            block + "ffn_gate_inp.weight", {in, out}, form_.router, encoded(form_.router, rows));
    }

    void addLayer(int index) {
        const LayerWeights& layer = weights_.layers[static_cast<std::size_t>(index)];
        const std::string block = fmt::format("blk.{}.", index);
        addExperts(block + "ffn_gate", layer.expertGate);
        addExperts(block + "ffn_down", layer.expertDown);
        addExperts(block + "ffn_up", layer.expertUp);
        addAttention(block, layer);
        addFloats(block + "attn_norm.weight", layer.attentionNorm);
        addFloats(block + "attn_output_norm.weight", layer.attentionOutputNorm);
        addFloats(block + "ffn_norm.weight", layer.moeNorm);
        addFloats(block + (form_.postFfwNorm ? "post_ffw_norm.weight" : "layer_output_norm.weight"),
                  layer.moeOutputNorm);
        addRouter(block, layer.router);
    }

    const ModelWeights& weights_;
    const ModelConfig& config_;
    const GgufForm& form_;
    GgufWriter writer_;
};

}  // namespace

GgufWriter ggufOf(const ModelWeights& weights, const GgufForm& form) {
    return ModelWriter(weights, form).write();
}

void addVocabulary(GgufWriter& writer, const GgufVocabulary& vocabulary) {
    writer.text("tokenizer.ggml.model", vocabulary.model)
        .text("tokenizer.ggml.pre", "default")
        .texts("tokenizer.ggml.tokens", vocabulary.tokens)
        .floats("tokenizer.ggml.scores", vocabulary.scores)
        .integers("tokenizer.ggml.token_type", vocabulary.tokenTypes)
        .u32("tokenizer.ggml.bos_token_id", 1)
        .u32("tokenizer.ggml.eos_token_id", 2)
        .u32("tokenizer.ggml.unknown_token_id", 3)
        .u32("tokenizer.ggml.padding_token_id", 0);
}

GgufWriter dequantised(GgufWriter writer) {
    for (GgufWriter::Tensor& tensor : writer.tensors) {
        const DType type = *dtypeOfGgml(tensor.type);
        const std::size_t count =
            tensor.bytes.size() / traits(type).bytesPerBlock * traits(type).blockSize;
        Floats values(count);
        kernels::decodeElements(
            type, reinterpret_cast<const std::byte*>(tensor.bytes.data()), count, values.data());
        tensor.type = *ggmlOfDType(DType::F32);
        tensor.bytes = encoded(DType::F32, values);
    }
    return writer;
}

std::filesystem::path writeSplit(const std::filesystem::path& dir,
                                 const std::string& prefix,
                                 const GgufWriter& writer,
                                 int numParts,
                                 bool emptyFirst) {
    const auto pathOf = [&](int part) {
        return dir / fmt::format("{}-{:05}-of-{:05}.gguf", prefix, part + 1, numParts);
    };
    std::vector<GgufWriter> parts(static_cast<std::size_t>(numParts));
    parts[0].entries = writer.entries;
    const std::size_t first = emptyFirst ? 1 : 0;
    const std::size_t shares = parts.size() - first;
    for (std::size_t i = 0; i < writer.tensors.size(); ++i)
        parts[first + i * shares / writer.tensors.size()].tensors.push_back(writer.tensors[i]);
    for (int part = 0; part < numParts; ++part) {
        auto& file = parts[static_cast<std::size_t>(part)];
        file.u16("split.no", static_cast<std::uint16_t>(part))
            .u16("split.count", static_cast<std::uint16_t>(numParts))
            .i32("split.tensors.count", static_cast<std::int32_t>(writer.tensors.size()));
        writeBytes(pathOf(part), file.finish());
    }
    return pathOf(0);
}

}  // namespace gatescope::test

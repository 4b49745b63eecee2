#include "engine/model/convert/gguf_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <set>

#include "engine/check.h"
#include "engine/error.h"
#include "engine/model/gguf/gguf_metadata.h"
#include "engine/tokenizer/sentencepiece_file.h"
#include "kernels/quant/block_codec.h"

namespace gatescope {
namespace {

constexpr std::uint32_t kQuantizationVersion =
    2;  // of the block layouts (ggml.h, GGML_QNT_VERSION)

/// llama.cpp's number for "mostly this type" (include/llama.h, llama_ftype).
std::uint32_t fileType(DType type) {
    switch (type) {
        case DType::F32:
            return 0;
        case DType::F16:
            return 1;
        case DType::Q4_0:
            return 2;
        case DType::Q8_0:
            return 7;
        case DType::Q4_K:
            return 14;
        case DType::BF16:
            return 32;
        default:
            throw Error(
                ErrorKind::BadUsage,
                fmt::format("type {} is not written; expected f32, f16, bf16, q8_0, q4_0 or "
                            "q4_k",
                            name(type)));
    }
}

struct NamedRole {
    TensorRole role;
    const char* name;  // below blk.N. where it belongs to a layer
};

// In the order in which a decoder reads them.
constexpr std::array<NamedRole, 15> kNames{{
    {TensorRole::Embedding, "token_embd.weight"},
    {TensorRole::Output, "output.weight"},
    {TensorRole::FinalNorm, "output_norm.weight"},
    {TensorRole::AttentionNorm, "attn_norm.weight"},
    {TensorRole::Query, "attn_q.weight"},
    {TensorRole::Key, "attn_k.weight"},
    {TensorRole::Value, "attn_v.weight"},
    {TensorRole::AttentionOutput, "attn_output.weight"},
    {TensorRole::AttentionOutputNorm, "attn_output_norm.weight"},
    {TensorRole::MoeNorm, "ffn_norm.weight"},
    {TensorRole::Router, "ffn_gate_inp.weight"},
    {TensorRole::ExpertGate, "ffn_gate_exps.weight"},
    {TensorRole::ExpertUp, "ffn_up_exps.weight"},
    {TensorRole::ExpertDown, "ffn_down_exps.weight"},
    {TensorRole::MoeOutputNorm, "layer_output_norm.weight"},
}};

std::size_t placeOf(TensorRole role) {
    const auto found = std::ranges::find(kNames, role, &NamedRole::role);
    GS_CHECK(found != kNames.end());
    return static_cast<std::size_t>(found - kNames.begin());
}

std::string ggufName(const TensorSlot& slot) {
    const char* name = kNames[placeOf(slot.role)].name;
    return slot.layer < 0 ? name : fmt::format("blk.{}.{}", slot.layer, name);
}

bool isFourBits(DType type) {
    return type == DType::Q4_0 || type == DType::Q4_K;
}

/// What a tensor is stored in when `wanted` was asked for.
DType typeFor(const TensorSlot& slot, DType wanted) {
    if (!slot.isMatrix() && !slot.isVocabularyMatrix()) return DType::F32;
    DType type = slot.isVocabularyMatrix() && isFourBits(wanted) ? DType::Q8_0 : wanted;
    const auto columns = static_cast<std::uint64_t>(slot.numIn());
    if (columns % traits(type).blockSize != 0) type = DType::Q8_0;
    return columns % traits(type).blockSize == 0 ? type : DType::F16;
}

std::vector<PlannedTensor> planTensors(const ModelSource& source, DType type) {
    const auto& layouts = source.layouts();
    std::vector<PlannedTensor> tensors;
    for (std::size_t i = 0; i < layouts.size(); ++i) {
        const TensorSlot& slot = layouts[i].slot;
        PlannedTensor tensor{.source = i,
                             .name = ggufName(slot),
                             .dtype = typeFor(slot, type),
                             .shape = rowShapeOf(slot)};
        tensor.bytes = storedBytes(tensor.dtype, tensor.shape.numElements());
        tensors.push_back(std::move(tensor));
    }
    std::ranges::sort(tensors, {}, [&](const PlannedTensor& tensor) {
        const TensorSlot& slot = layouts[tensor.source].slot;
        return std::pair(slot.layer, placeOf(slot.role));
    });
    return tensors;
}

void addSizes(const ModelConfig& config, GgufHeader& header) {
    const auto u32 = [](int value) { return static_cast<std::uint32_t>(value); };
    header.add("grok.block_count", u32(config.numLayers));
    header.add("grok.context_length", u32(config.contextLength));
    header.add("grok.embedding_length", u32(config.dModel));
    header.add("grok.feed_forward_length", u32(config.ffnSize));
    header.add("grok.expert_feed_forward_length", u32(config.ffnSize));
    header.add("grok.expert_count", u32(config.numExperts));
    header.add("grok.expert_used_count", u32(config.numSelected));
    header.add("grok.vocab_size", u32(config.vocabSize));
    header.add("grok.attention.head_count", u32(config.numQHeads));
    header.add("grok.attention.head_count_kv", u32(config.numKvHeads));
    header.add("grok.attention.key_length", u32(config.headSize));
    header.add("grok.attention.value_length", u32(config.headSize));
    header.add("grok.attention.layer_norm_rms_epsilon", config.rmsEps);
    header.add("grok.rope.dimension_count", u32(config.headSize));
    header.add("grok.rope.freq_base", config.ropeBase);
    header.add("grok.embedding_scale", config.embeddingScale);
    header.add("grok.logit_scale", config.logitScale);
    header.add("grok.attention.output_scale", config.attentionScale);
    header.add("grok.attn_logit_softcapping", config.attentionCap);
    // The key exists and its default is 30, but no graph uses it: Grok-1's router has no cap.
    header.add("grok.final_logit_softcapping", 0.0F);
}

/// llama.cpp knows no user-defined pieces in front of the byte pieces: its own converter lists
/// Grok-1's (newlines, digits, tabs, spaces) as normal ones, and with that it cuts texts as
/// SentencePiece does. VocabBuilder puts them back.
std::vector<std::int32_t> tokenTypes(const SentencePieceModel& model) {
    std::vector<std::int32_t> types;
    bool beforeBytes = true;
    for (const SentencePiece& piece : model.pieces) {
        beforeBytes = beforeBytes && piece.kind != PieceKind::Byte;
        const bool lost = beforeBytes && piece.kind == PieceKind::UserDefined && piece.score == 0;
        types.push_back(static_cast<std::int32_t>(lost ? PieceKind::Normal : piece.kind));
    }
    return types;
}

std::optional<std::uint32_t> idOf(const SentencePieceModel& model,
                                  PieceKind kind,
                                  std::initializer_list<std::string_view> spellings) {
    for (std::size_t id = 0; id < model.pieces.size(); ++id) {
        const SentencePiece& piece = model.pieces[id];
        if (piece.kind != kind) continue;
        if (spellings.size() == 0 || std::ranges::find(spellings, piece.text) != spellings.end())
            return static_cast<std::uint32_t>(id);
    }
    return std::nullopt;
}

void addVocabulary(const SentencePieceModel& model, const ModelConfig& config, GgufHeader& header) {
    std::vector<std::string> tokens;
    std::vector<float> scores;
    for (const SentencePiece& piece : model.pieces) {
        tokens.push_back(piece.text);
        scores.push_back(piece.score);
    }
    header.add("tokenizer.ggml.model", "llama");
    header.add("tokenizer.ggml.pre", "default");
    header.add("tokenizer.ggml.tokens", std::span<const std::string>(tokens));
    header.add("tokenizer.ggml.scores", std::span<const float>(scores));
    header.add("tokenizer.ggml.token_type", std::span<const std::int32_t>(tokenTypes(model)));
    if (const auto id = idOf(model, PieceKind::Control, {"[BOS]", "<s>", "<bos>"}))
        header.add("tokenizer.ggml.bos_token_id", *id);
    header.add("tokenizer.ggml.eos_token_id", static_cast<std::uint32_t>(config.eosToken));
    if (const auto id = idOf(model, PieceKind::Unknown, {}))
        header.add("tokenizer.ggml.unknown_token_id", *id);
    header.add("tokenizer.ggml.padding_token_id", static_cast<std::uint32_t>(config.padToken));
    header.add("tokenizer.ggml.add_bos_token", false);  // the reference never adds one
    header.add("tokenizer.ggml.add_eos_token", false);
    header.add("tokenizer.ggml.add_space_prefix", model.addDummyPrefix);
}

/// Can GGUF's "llama" vocabulary say all that this model says?
std::string whyNoVocabulary(const SentencePieceModel* model) {
    if (model == nullptr) return "the model has no tokenizer";
    if (model->algorithm != SentencePieceModel::Algorithm::Bpe)
        return "its tokenizer is a unigram model, which GGUF's llama vocabulary cannot hold";
    if (!model->byteFallback || !model->charsmap.empty() || model->removeExtraWhitespaces)
        return "its tokenizer normalises text, which GGUF's llama vocabulary cannot say";
    return {};
}

void addTokenizer(const ModelSource& source, GgufHeader& header, GgufPlan& plan) {
    const auto tokenizer = source.tokenizer();
    const SentencePieceModel* model = tokenizer ? tokenizer->sentencePieceModel() : nullptr;
    const std::string why = whyNoVocabulary(model);
    if (why.empty()) return addVocabulary(*model, source.config(), header);
    header.add("tokenizer.ggml.model", "no_vocab");
    plan.remarks.push_back(fmt::format("the file has no vocabulary: {}", why));
}

void addTypeRemarks(const ModelSource& source, DType wanted, GgufPlan& plan) {
    std::map<DType, std::set<std::string_view>> others;
    for (const PlannedTensor& tensor : plan.tensors) {
        const TensorSlot& slot = source.layouts()[tensor.source].slot;
        if (tensor.dtype == wanted || (!slot.isMatrix() && !slot.isVocabularyMatrix())) continue;
        others[tensor.dtype].insert(kNames[placeOf(slot.role)].name);
    }
    for (const auto& [dtype, names] : others) {
        std::string list;
        for (const auto name : names) list += fmt::format("{}{}", list.empty() ? "" : ", ", name);
        plan.remarks.push_back(
            fmt::format("{} in place of {}: {}", name(dtype), name(wanted), list));
    }
}

}  // namespace

GgufPlan planGguf(const ModelSource& source, DType type, const std::optional<GgufOrigin>& origin) {
    const ModelConfig& config = source.config();
    GgufHeader header;
    header.add("general.architecture", "grok");
    header.add("general.type", "model");
    header.add("general.name", source.name());
    header.add("general.file_type", fileType(type));
    header.add("general.quantization_version", kQuantizationVersion);
    header.add("general.alignment", static_cast<std::uint32_t>(GgufHeader::kAlignment));
    addSizes(config, header);
    GgufPlan plan;
    addTokenizer(source, header, plan);
    plan.tensors = planTensors(source, type);
    if (origin) {
        plan.checksumBytes = (plan.tensors.size() + 1) * sizeof(std::uint32_t);
        header.add(kGgufLocationKey, origin->location);
        header.add(kGgufStateKey, origin->state);
        header.add(kGgufChecksumBytesKey, static_cast<std::uint32_t>(plan.checksumBytes));
    }
    for (PlannedTensor& tensor : plan.tensors) {
        const auto u64 = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
        std::vector<std::uint64_t> sizes{u64(tensor.shape.numColumns)};
        const TensorSlot& slot = source.layouts()[tensor.source].slot;
        if (slot.shape.size() > 1) sizes.push_back(u64(tensor.shape.numRows));
        if (slot.shape.size() > 2) sizes.push_back(u64(tensor.shape.numMatrices));
        tensor.offset = header.offset(header.addTensor(tensor.name, sizes, tensor.dtype));
    }
    plan.header = header.bytes();
    for (PlannedTensor& tensor : plan.tensors) tensor.offset += plan.header.size();
    plan.checksumOffset = plan.header.size() + header.dataBytes();
    plan.fileBytes = plan.checksumOffset + plan.checksumBytes;
    addTypeRemarks(source, type, plan);
    return plan;
}

}  // namespace gatescope

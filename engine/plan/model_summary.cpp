#include "engine/plan/model_summary.h"

#include <fmt/format.h>

#include "engine/tokenizer/sentencepiece_file.h"

namespace gatescope {
namespace {

const char* kindText(PieceKind kind) {
    switch (kind) {
        case PieceKind::Normal:
            return "normal";
        case PieceKind::Unknown:
            return "unknown";
        case PieceKind::Control:
            return "control";
        case PieceKind::UserDefined:
            return "user-defined";
        case PieceKind::Unused:
            return "unused";
        case PieceKind::Byte:
            return "byte";
    }
    return "";
}

TokenizerSummary summarize(const Tokenizer& tokenizer,
                           const std::string& origin,
                           const ModelConfig& config) {
    TokenizerSummary summary{.origin = origin, .numPieces = tokenizer.vocabSize()};
    summary.specialTokens = {{"eos", config.eosToken}, {"padding", config.padToken}};
    const SentencePieceModel* model = tokenizer.sentencePieceModel();
    if (model == nullptr) return summary;
    summary.algorithm = model->algorithm == SentencePieceModel::Algorithm::Bpe ? "BPE" : "unigram";
    summary.spaceBeforeText = model->addDummyPrefix;
    TokenId id = 0;
    for (const SentencePiece& piece : model->pieces) {
        ++summary.piecesByKind[kindText(piece.kind)];
        if (piece.kind == PieceKind::Unknown) summary.specialTokens["unknown"] = id;
        if (piece.kind == PieceKind::Control && (piece.text == "[BOS]" || piece.text == "<s>"))
            summary.specialTokens["bos"] = id;
        ++id;
    }
    return summary;
}

std::uint64_t elementsOf(const TensorInfo& tensor) {
    std::uint64_t count = 1;
    for (const auto size : tensor.shape) count *= static_cast<std::uint64_t>(size);
    return count;
}

/// What a tensor holds beyond its own elements are scales: bf16 beside int8, f32 beside 8-bit
/// floats.
void addBytes(const TensorInfo& tensor, std::map<std::string, std::uint64_t>& bytesByType) {
    const std::uint64_t own = storedBytes(tensor.dtype, elementsOf(tensor));
    bytesByType[std::string(name(tensor.dtype))] += own;
    if (tensor.bytes > own)
        bytesByType[tensor.dtype == DType::I8 ? "bf16 scales" : "scales"] += tensor.bytes - own;
}

/// 314000000000 -> "314,000,000,000"
std::string grouped(std::uint64_t number) {
    const std::string digits = std::to_string(number);
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

std::string tokenizerText(const ModelSummary& summary) {
    if (!summary.tokenizer) return "none: the model reads and writes ids only";
    const TokenizerSummary& tokenizer = *summary.tokenizer;
    std::string text = fmt::format("SentencePiece{}{}, {} pieces from {}",
                                   tokenizer.algorithm.empty() ? "" : " ",
                                   tokenizer.algorithm,
                                   grouped(static_cast<std::uint64_t>(tokenizer.numPieces)),
                                   tokenizer.origin);
    for (const char* special : {"bos", "eos", "unknown", "padding"}) {
        const auto found = tokenizer.specialTokens.find(special);
        if (found == tokenizer.specialTokens.end()) continue;
        text += fmt::format(", {} {}", special, found->second);
        if (found->first == "bos") text += " (never added)";
    }
    return text;
}

}  // namespace

ModelSummary summarize(const ModelSource& source, const DecoderOptions& decoder) {
    ModelSummary summary{.name = source.name(),
                         .format = source.format(),
                         .synthetic = source.isSynthetic(),
                         .config = source.config(),
                         .parameters = countParameters(source.config()),
                         .numTensors = source.tensors().size(),
                         .remarks = source.remarks()};
    for (const TensorInfo& tensor : source.tensors()) {
        addBytes(tensor, summary.bytesByType);
        summary.storedBytes += tensor.bytes;
    }
    if (const auto tokenizer = source.tokenizer())
        summary.tokenizer = summarize(*tokenizer, source.tokenizerOrigin(), source.config());
    summary.plan = planOnThisMachine(source, decoder);
    return summary;
}

std::vector<std::pair<std::string, std::string>> rowsOf(const ModelSummary& summary) {
    const ModelConfig& c = summary.config;
    std::string types;
    for (const auto& [type, bytes] : summary.bytesByType)
        types += fmt::format("{}{} {}", types.empty() ? "" : ", ", type, bytesText(bytes));
    std::vector<std::pair<std::string, std::string>> rows{
        {"format", summary.format + (summary.synthetic ? " (SYNTHETIC)" : "")},
        {"architecture",
         fmt::format("{}: {} layers, {} wide, {} experts of width {}, {} selected a token",
                     c.architecture,
                     c.numLayers,
                     c.dModel,
                     c.numExperts,
                     c.ffnSize,
                     c.numSelected)},
        {"attention",
         fmt::format("{} query and {} key/value heads of {}, context {}",
                     c.numQHeads,
                     c.numKvHeads,
                     c.headSize,
                     c.contextLength)},
        {"parameters",
         fmt::format("{} in all, {} active a token",
                     grouped(summary.parameters.total),
                     grouped(summary.parameters.active))},
        {"weights",
         fmt::format(
             "{} in {} tensors: {}", bytesText(summary.storedBytes), summary.numTensors, types)},
        {"tokenizer", tokenizerText(summary)},
    };
    for (const std::string& remark : summary.remarks) rows.emplace_back("note", remark);
    rows.emplace_back("plan (derived)",
                      summary.plan.fits ? "fits this machine" : "does not fit this machine");
    for (const std::string& reason : summary.plan.reasons) rows.emplace_back("", reason);
    rows.emplace_back(
        "",
        fmt::format("a token reads {} of weights", bytesText(summary.plan.weightBytesPerToken)));
    return rows;
}

}  // namespace gatescope

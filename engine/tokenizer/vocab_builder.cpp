#include "engine/tokenizer/vocab_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "engine/error_codes.h"
#include "engine/io/shown_text.h"
#include "engine/io/utf8.h"
#include "engine/tokenizer/piece_checks.h"

namespace gatescope {
namespace {

// The piece that SentencePiece decodes as " ⁇ " unless the training settings, which GGUF does not
// carry, say otherwise. Grok-1's settings name both the piece and its text "[UNK]".
constexpr std::string_view kDefaultUnknown = "<unk>";

class VocabBuilder {
  public:
    VocabBuilder(const GgufVocabulary& vocabulary, const std::string& file, int vocabSize)
        : vocabulary_(vocabulary), file_(file), vocabSize_(vocabSize) {}

    SentencePieceModel build() {
        checkShape();
        checkSpecialIds();
        setFlags();
        takePieces();
        restoreUnknown();
        restoreUserDefined();
        checkPieces();
        checkMergeOrder();
        return std::move(model_);
    }

  private:
    [[noreturn]] void refuse(ErrorCode code,
                             std::string_view place,
                             std::string_view expected,
                             std::string_view found) const {
        gatescope::refuse(code,
                          fmt::format("{}: {}", file_, place),
                          fmt::format("expected {}, found {}", expected, found));
    }

    void checkShape() const {
        if (vocabulary_.model != "llama")
            refuse(ErrorCode::VocabularyModel,
                   "tokenizer.ggml.model",
                   "llama (SentencePiece)",
                   fmt::format("{}, which is not supported yet", quotedText(vocabulary_.model)));
        if (vocabulary_.tokens.empty())
            refuse(ErrorCode::VocabularyCount, "tokenizer.ggml.tokens", "some tokens", "none");
        checkCount(
            "tokens", vocabulary_.tokens.size(), "one for each row of the model's embedding");
        checkCount("scores", vocabulary_.scores.size(), "one for each token");
        if (!vocabulary_.tokenTypes.empty())
            checkCount("token_type", vocabulary_.tokenTypes.size(), "one for each token");
    }

    void checkCount(std::string_view key, std::size_t count, std::string_view why) const {
        if (vocabSize_ < 0 || count != static_cast<std::size_t>(vocabSize_))
            refuse(ErrorCode::VocabularyCount,
                   fmt::format("tokenizer.ggml.{}", key),
                   fmt::format("{}, {}", vocabSize_, why),
                   fmt::format("{}", count));
    }

    void checkSpecialIds() const {
        const auto check = [&](std::string_view key, std::optional<std::uint32_t> id) {
            if (id && *id >= vocabulary_.tokens.size())
                refuse(ErrorCode::VocabularyId,
                       fmt::format("tokenizer.ggml.{}", key),
                       fmt::format("an id from 0 to {}", vocabulary_.tokens.size() - 1),
                       fmt::format("{}", *id));
        };
        check("bos_token_id", vocabulary_.bosId);
        check("eos_token_id", vocabulary_.eosId);
        check("unknown_token_id", vocabulary_.unknownId);
        check("padding_token_id", vocabulary_.paddingId);
    }

    void setFlags() {
        model_.algorithm = SentencePieceModel::Algorithm::Bpe;
        model_.byteFallback = true;
        model_.addDummyPrefix = vocabulary_.addSpacePrefix.value_or(true);
        model_.removeExtraWhitespaces = false;
        model_.escapeWhitespaces = true;
    }

    void takePieces() {
        model_.pieces.reserve(vocabulary_.tokens.size());
        for (std::size_t id = 0; id < vocabulary_.tokens.size(); ++id)
            model_.pieces.push_back({.text = vocabulary_.tokens[id],
                                     .score = vocabulary_.scores[id],
                                     .kind = kind(id)});
    }

    PieceKind kind(std::size_t id) const {
        if (vocabulary_.tokenTypes.empty()) return guessedKind(id);
        const std::int32_t type = vocabulary_.tokenTypes[id];
        if (type < 1 || type > 6)
            refuse(ErrorCode::VocabularyToken,
                   fmt::format("token {} of tokenizer.ggml", id),
                   "a type from 1 to 6",
                   fmt::format("{}", type));
        return static_cast<PieceKind>(type);
    }

    PieceKind guessedKind(std::size_t id) const {
        if (id == vocabulary_.unknownId) return PieceKind::Unknown;
        for (const auto special : {vocabulary_.bosId, vocabulary_.eosId, vocabulary_.paddingId})
            if (id == special) return PieceKind::Control;
        return byteOfSpelling(vocabulary_.tokens[id]) ? PieceKind::Byte : PieceKind::Normal;
    }

    /// With byte pieces no text ever becomes the unknown piece, but the library must have one.
    void restoreUnknown() {
        const auto typed = std::find_if(
            model_.pieces.begin(), model_.pieces.end(), [](const SentencePiece& piece) {
                return piece.kind == PieceKind::Unknown;
            });
        SentencePiece* unknown = typed == model_.pieces.end() ? unknownAmongControls() : &*typed;
        if (unknown == nullptr) return;  // checkPieces() says so
        unknown->kind = PieceKind::Unknown;
        if (unknown->text != kDefaultUnknown) model_.unknownSurface = unknown->text;
    }

    SentencePiece* unknownAmongControls() {
        for (std::size_t id = 0; id < model_.pieces.size(); ++id) {
            auto& piece = model_.pieces[id];
            if (piece.kind != PieceKind::Control) continue;
            const bool spelled = piece.text == kDefaultUnknown || piece.text == "[UNK]";
            if (vocabulary_.unknownId ? id == *vocabulary_.unknownId : spelled) return &piece;
        }
        return nullptr;
    }

    void restoreUserDefined() {
        for (auto& piece : model_.pieces) {
            if (piece.kind == PieceKind::Byte) return;
            if (piece.kind == PieceKind::Normal && piece.score == 0)
                piece.kind = PieceKind::UserDefined;
        }
    }

    void checkPieces() const {
        const auto fault = findPieceFault(model_);
        if (!fault) return;
        refuse(ErrorCode::VocabularyToken,
               fault->id ? fmt::format("token {} of tokenizer.ggml", *fault->id)
                         : "tokenizer.ggml.tokens",
               fault->expected,
               fault->found);
    }

    /// One converter writes the same score for every token: then nothing says which pair of pieces
    /// merges first, and every text would be cut in another way than the model was trained with.
    void checkMergeOrder() const {
        const SentencePiece* first = nullptr;
        std::size_t merged = 0;
        for (const auto& piece : model_.pieces) {
            if (piece.kind != PieceKind::Normal || isOneCharacter(piece.text)) continue;
            if (first == nullptr) first = &piece;
            if (piece.score != first->score) return;
            ++merged;
        }
        if (merged > 1)
            refuse(ErrorCode::VocabularyOrder,
                   "tokenizer.ggml.scores",
                   "scores that say which pieces merge first",
                   fmt::format("{} for all {} merged pieces", first->score, merged));
    }

    static bool isOneCharacter(std::string_view text) { return readUtf8(text).size == text.size(); }

    const GgufVocabulary& vocabulary_;
    const std::string& file_;
    int vocabSize_;
    SentencePieceModel model_;
};

}  // namespace

SentencePieceModel sentencePieceModelOf(const GgufVocabulary& vocabulary,
                                        const std::string& file,
                                        int vocabSize) {
    return VocabBuilder(vocabulary, file, vocabSize).build();
}

std::shared_ptr<const Tokenizer> tokenizerOf(const GgufVocabulary& vocabulary,
                                             const std::string& file,
                                             int vocabSize) {
    return Tokenizer::make(sentencePieceModelOf(vocabulary, file, vocabSize), file);
}

}  // namespace gatescope

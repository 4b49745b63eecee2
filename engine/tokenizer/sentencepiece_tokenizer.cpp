#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include <algorithm>
#include <limits>
#include <new>

#include "engine/check.h"
#include "engine/error.h"
#include "engine/io/shown_text.h"
#include "engine/io/utf8.h"
#include "engine/tokenizer/piece_checks.h"
#include "engine/tokenizer/sentencepiece_file.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope {
namespace {

// A piece of our own that no text holds: these bytes are no UTF-8, and broken bytes are replaced
// before the library sees a text. Four bytes, because its tables take 0xFF for the start of a
// character of four. As a user-defined piece it is frozen: nothing merges across it.
constexpr std::string_view kSentinel = "\xFF\xFF\xFF\xFF";
constexpr std::size_t kMaxTextBytes = std::size_t{64} << 20;
// What the library itself writes for an unknown piece when the model names nothing else.
constexpr std::string_view kDefaultUnknownSurface = " \xE2\x81\x87 ";

/// Encodes with the library, decodes by itself: decoding is a table, and done here it cannot fail
/// on an id and is the same by token and by document.
class SentencePieceTokenizer : public Tokenizer {
  public:
    SentencePieceTokenizer(SentencePieceModel model, std::string name)
        : model_(std::move(model)), name_(std::move(name)) {
        guarded("load",
                [&] { return processor_.LoadFromSerializedProto(serialize(model_, kSentinel)); });
        const std::vector<TokenId> probe = encodeWith(kSentinel);
        if (probe.empty() || probe.back() != vocabSize())
            throw Error(ErrorKind::BadInput,
                        fmt::format("{}: expected SentencePiece to take its {} pieces, found that "
                                    "it does not; report this file",
                                    name_,
                                    vocabSize()));
        // Each piece's text is wanted for every streamed token: looked up, not built again.
        surfaces_.reserve(model_.pieces.size());
        for (TokenId id = 0; id < vocabSize(); ++id) surfaces_.push_back(makeSurface(id));
        // Elsewhere a run of any length can become one unknown piece, or vanish.
        const bool everyByteCounts =
            model_.byteFallback && !model_.removeExtraWhitespaces && model_.charsmap.empty();
        if (everyByteCounts) longestPieceBytes_ = Tokenizer::longestPieceBytes();
    }

    std::size_t longestPieceBytes() const override { return longestPieceBytes_; }

    const SentencePieceModel* sentencePieceModel() const override { return &model_; }
    int vocabSize() const override { return static_cast<int>(model_.pieces.size()); }

    std::vector<TokenId> encode(std::string_view text) const override {
        return encodeWith(replaceInvalidUtf8(checkedSize(text)));
    }

    std::vector<TokenId> encodeContinuation(std::string_view text) const override {
        if (text.empty()) return {};
        std::vector<TokenId> ids =
            encodeWith(std::string(kSentinel) + replaceInvalidUtf8(checkedSize(text)));
        const auto sentinel = std::find(ids.begin(), ids.end(), vocabSize());
        GS_CHECK(sentinel != ids.end());
        ids.erase(ids.begin(), sentinel + 1);
        return ids;
    }

    std::string decode(std::span<const TokenId> ids) const override {
        // The decoder lives in this call, so it may borrow.
        StreamDecoder decoder(std::shared_ptr<const Tokenizer>(std::shared_ptr<void>(), this),
                              true);
        std::string text;
        for (const TokenId id : ids) text += decoder.next(id);
        return text + decoder.finish();
    }

    std::string piece(TokenId id) const override { return at(id).text; }
    bool isControl(TokenId id) const override { return at(id).kind == PieceKind::Control; }

    PieceSurface surface(TokenId id) const override {
        GS_CHECK(id >= 0 && id < vocabSize());
        return surfaces_[static_cast<std::size_t>(id)];
    }

    LeadingSpace leadingSpace() const override {
        if (model_.removeExtraWhitespaces) return LeadingSpace::DropAll;
        return model_.addDummyPrefix ? LeadingSpace::DropOne : LeadingSpace::Keep;
    }

  private:
    const SentencePiece& at(TokenId id) const {
        GS_CHECK(id >= 0 && id < vocabSize());
        return model_.pieces[static_cast<std::size_t>(id)];
    }

    PieceSurface makeSurface(TokenId id) const {
        switch (at(id).kind) {
            case PieceKind::Unknown:
                return {.text = model_.unknownSurface.value_or(std::string(kDefaultUnknownSurface)),
                        .byte = std::nullopt};
            case PieceKind::Byte:
            case PieceKind::Control:
                return Tokenizer::surface(id);
            default: {
                PieceSurface surface = Tokenizer::surface(id);
                // A text piece may be spelled like a byte without being one.
                if (surface.byte) surface = {.text = at(id).text, .byte = std::nullopt};
                return surface;
            }
        }
    }

    /// Everything the library can report or throw becomes an Error here.
    template <class Call>
    void guarded(std::string_view what, const Call& call) const {
        std::string reason;
        try {
            const sentencepiece::util::Status status = call();
            if (status.ok()) return;
            reason = status.error_message();
        } catch (const std::bad_alloc&) {
            throw Error(ErrorKind::NoMemory,
                        fmt::format("{}: not enough memory to {}; close other programs or use a "
                                    "shorter text",
                                    name_,
                                    what));
        } catch (const std::exception& exception) {  // the trie builder throws its own type
            reason = exception.what();
        }
        throw Error(ErrorKind::BadInput,
                    fmt::format("{}: SentencePiece could not {}: {}; take the tokenizer that "
                                "belongs to this model",
                                name_,
                                what,
                                quotedText(reason)));
    }

    static std::string_view checkedSize(std::string_view text) {
        if (text.size() > kMaxTextBytes)
            throw Error(ErrorKind::BadUsage,
                        fmt::format("the text has {} bytes: expected at most {}; split it",
                                    text.size(),
                                    kMaxTextBytes));
        return text;
    }

    std::vector<TokenId> encodeWith(std::string_view text) const {
        std::vector<int> ids;
        guarded("encode a text", [&] { return processor_.Encode(text, &ids); });
        for (const int id : ids) GS_CHECK(id >= 0 && id <= vocabSize());
        return ids;
    }

    SentencePieceModel model_;
    std::string name_;
    sentencepiece::SentencePieceProcessor processor_;
    std::vector<PieceSurface> surfaces_;
    std::size_t longestPieceBytes_ = std::numeric_limits<std::size_t>::max();
};

}  // namespace

std::shared_ptr<const Tokenizer> Tokenizer::parse(std::string_view bytes,
                                                  const std::string& name,
                                                  int vocabSize) {
    return make(parseSentencePieceModel(bytes, name, vocabSize), name);
}

std::shared_ptr<const Tokenizer> Tokenizer::make(SentencePieceModel model,
                                                 const std::string& name) {
    GS_DCHECK(!findPieceFault(model));
    return std::make_shared<SentencePieceTokenizer>(std::move(model), name);
}

}  // namespace gatescope

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ids.h"

namespace gatescope {

struct SentencePieceModel;

/// What one piece adds to a text, before a document's leading space is dropped.
struct PieceSurface {
    std::string text;                   ///< UTF-8, plain spaces; empty for control pieces
    std::optional<unsigned char> byte;  ///< set for a byte piece, which is part of a character
    bool startsWord = false;            ///< spelled with U+2581 first: that space can be dropped
};

/// What becomes of the space SentencePiece puts before a document when it is decoded again.
enum class LeadingSpace {
    Keep,
    DropOne,  ///< Grok-1
    DropAll,  ///< one of each piece until there is text: vocabularies that remove extra whitespace
};

/// Text <-> token ids with a SentencePiece model. Immutable: any thread may use it.
/// BOS policy: none is ever added. Grok-1's reference code (xai-org/grok-1 runners.py) never adds
/// one.
class Tokenizer {
  public:
    /// Reads and checks the model before the SentencePiece library sees a byte (wire format, sizes,
    /// unique pieces, finite scores). `vocabSize` rows exist in the embedding; a different piece
    /// count is refused. `name` stands for the file in errors. Throws Error(BadInput) naming the
    /// file and the byte.
    static std::shared_ptr<const Tokenizer> parse(std::string_view bytes,
                                                  const std::string& name,
                                                  int vocabSize);
    /// Of a model that findPieceFault() has found nothing wrong with; `name` stands for the file
    /// in errors.
    static std::shared_ptr<const Tokenizer> make(SentencePieceModel model, const std::string& name);

    virtual ~Tokenizer() = default;
    virtual int vocabSize() const = 0;

    /// Ids of `text` as the start of a document. Invalid UTF-8 is read as U+FFFD.
    virtual std::vector<TokenId> encode(std::string_view text) const = 0;
    /// Ids of `text` where other text stands before it: without the space SentencePiece puts before
    /// a document.
    virtual std::vector<TokenId> encodeContinuation(std::string_view text) const = 0;
    /// The text of a whole document. Ids outside the vocabulary: Error(BadUsage).
    virtual std::string decode(std::span<const TokenId> ids) const = 0;
    /// The vocabulary's own spelling, for display: "▁the", "<0x0A>". Id must lie in the vocabulary.
    virtual std::string piece(TokenId id) const = 0;
    virtual bool isControl(TokenId id) const = 0;
    /// Text of one piece. The default reads the spelling: "<0x0A>" is a byte, U+2581 a space.
    virtual PieceSurface surface(TokenId id) const;
    virtual LeadingSpace leadingSpace() const { return LeadingSpace::DropOne; }
    /// Bytes of text that a single token can stand for at most.
    virtual std::size_t longestPieceBytes() const;
    /// The vocabulary and its settings; null where they are not SentencePiece's.
    virtual const SentencePieceModel* sentencePieceModel() const { return nullptr; }
};

/// Turns ids into text one by one. Never gives half a UTF-8 character; what all calls gave, and
/// finish(), joined, is decode() of the whole.
class StreamDecoder {
  public:
    /// `atDocumentStart`: the first piece's leading space is dropped, as decode() does; false
    /// behind a prompt.
    StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer, bool atDocumentStart);

    /// New text that is complete after this id, possibly empty. Ids outside the vocabulary:
    /// Error(BadUsage).
    std::string next(TokenId id);
    /// What an unfinished character leaves: one U+FFFD a byte.
    std::string finish();

  private:
    std::string takeCharacters();

    std::shared_ptr<const Tokenizer> tokenizer_;
    std::string pendingBytes_;  ///< start of a UTF-8 character that came as byte pieces
    bool atStart_;
};

}  // namespace gatescope

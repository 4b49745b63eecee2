#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenizer/tokenizer.h"

namespace gatescope::test {

/// A vocabulary made by hand: 0 <pad>, 1 <unk>, 2 </s>, 3 to 258 the bytes, then `words`, filled up
/// with pieces that no text contains. Encodes greedily, the longest word first, bytes for the rest;
/// encode() puts a space before the text as SentencePiece does, encodeContinuation() does not.
class PieceTokenizer : public Tokenizer {
  public:
    static constexpr TokenId kFirstByte = 3;
    static constexpr TokenId kFirstWord = kFirstByte + 256;

    /// `words` with plain spaces.
    explicit PieceTokenizer(const std::vector<std::string>& words, int vocabSize = 512);

    int vocabSize() const override { return static_cast<int>(pieces_.size()); }
    std::vector<TokenId> encode(std::string_view text) const override;
    std::vector<TokenId> encodeContinuation(std::string_view text) const override;
    std::string decode(std::span<const TokenId> ids) const override;
    std::string piece(TokenId id) const override;
    bool isControl(TokenId id) const override { return id < kFirstByte; }

    /// Id of one of `words`.
    TokenId word(const std::string& text) const { return words_.at(text); }
    static TokenId byte(unsigned char value) { return kFirstByte + value; }

  private:
    std::vector<std::string> pieces_;  ///< spelled with U+2581 for a space
    std::map<std::string, TokenId> words_;
};

}  // namespace gatescope::test

#include "tests/support/piece_tokenizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace gatescope::test {
namespace {

std::string spelled(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ' ')
            out += "\xE2\x96\x81";
        else
            out += c;
    }
    return out;
}

}  // namespace

PieceTokenizer::PieceTokenizer(const std::vector<std::string>& words, int vocabSize)
    : pieces_{"<pad>", "<unk>", "</s>"} {
    for (int byte = 0; byte < 256; ++byte) pieces_.push_back(fmt::format("<0x{:02X}>", byte));
    for (const auto& word : words) {
        words_[word] = static_cast<TokenId>(pieces_.size());
        pieces_.push_back(spelled(word));
    }
    while (std::ssize(pieces_) < vocabSize)
        pieces_.push_back(fmt::format("<unused{}>", pieces_.size()));
}

std::vector<TokenId> PieceTokenizer::encode(std::string_view text) const {
    return encodeContinuation(std::string(1, ' ').append(text));
}

std::vector<TokenId> PieceTokenizer::encodeContinuation(std::string_view text) const {
    std::vector<TokenId> ids;
    while (!text.empty()) {
        std::size_t length = 0;
        TokenId id = byte(static_cast<unsigned char>(text[0]));
        for (const auto& [word, wordId] : words_)
            if (word.size() > length && text.starts_with(word)) {
                length = word.size();
                id = wordId;
            }
        ids.push_back(id);
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return ids;
}

std::string PieceTokenizer::decode(std::span<const TokenId> ids) const {
    // Borrowed, not owned: the decoder ends with this call.
    const std::shared_ptr<const Tokenizer> self(std::shared_ptr<void>(), this);
    StreamDecoder decoder(self, /*atDocumentStart=*/true);
    std::string text;
    for (const auto id : ids) text += decoder.next(id);
    return text + decoder.finish();
}

std::string PieceTokenizer::piece(TokenId id) const {
    return pieces_.at(static_cast<std::size_t>(id));
}

}  // namespace gatescope::test

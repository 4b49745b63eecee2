#include <fmt/format.h>

#include "engine/error.h"
#include "engine/tokenizer/piece_checks.h"
#include "engine/tokenizer/tokenizer.h"

#include <algorithm>
#include "engine/io/utf8.h"

namespace gatescope {
namespace {

constexpr std::string_view kSpaceSymbol = "\xE2\x96\x81";  // U+2581

std::string replaceSpaceSymbols(std::string_view piece) {
    std::string out;
    out.reserve(piece.size());
    while (!piece.empty()) {
        const auto at = piece.find(kSpaceSymbol);
        out += piece.substr(0, at);
        if (at == std::string_view::npos) break;
        out += ' ';
        piece.remove_prefix(at + kSpaceSymbol.size());
    }
    return out;
}

}  // namespace

std::size_t Tokenizer::longestPieceBytes() const {
    std::size_t longest = 1;
    for (TokenId id = 0; id < vocabSize(); ++id)
        longest = std::max(longest, surface(id).text.size());
    return longest;
}

PieceSurface Tokenizer::surface(TokenId id) const {
    if (isControl(id)) return {};
    const std::string spelled = piece(id);
    if (const auto byte = byteOfSpelling(spelled)) return {.text = {}, .byte = byte};
    return {.text = replaceSpaceSymbols(spelled),
            .byte = std::nullopt,
            .startsWord = spelled.starts_with(kSpaceSymbol)};
}

StreamDecoder::StreamDecoder(std::shared_ptr<const Tokenizer> tokenizer, bool atDocumentStart)
    : tokenizer_(std::move(tokenizer)),
      atStart_(atDocumentStart && tokenizer_->leadingSpace() != LeadingSpace::Keep) {}

std::string StreamDecoder::next(TokenId id) {
    if (id < 0 || id >= tokenizer_->vocabSize())
        throw Error(
            ErrorKind::BadUsage,
            fmt::format(
                "token id {}: the vocabulary has ids 0 to {}", id, tokenizer_->vocabSize() - 1));
    PieceSurface surface = tokenizer_->surface(id);
    if (surface.byte) {
        atStart_ = false;
        pendingBytes_ += static_cast<char>(*surface.byte);
        return takeCharacters();
    }
    std::string out = finish();
    if (atStart_ && surface.startsWord) {
        surface.text.erase(0, 1);
        atStart_ = tokenizer_->leadingSpace() == LeadingSpace::DropAll;
    }
    if (!surface.text.empty()) atStart_ = false;
    return out + surface.text;
}

std::string StreamDecoder::finish() {
    const std::string out = replaceInvalidUtf8(pendingBytes_);
    pendingBytes_.clear();
    return out;
}

/// Gives what is decided: complete characters, and bytes that cannot belong to one. A start that
/// may still become a character stays.
std::string StreamDecoder::takeCharacters() {
    std::string out;
    while (!pendingBytes_.empty()) {
        const Utf8Head head = readUtf8(pendingBytes_);
        if (head.kind == Utf8Head::Kind::Incomplete) break;
        out += head.kind == Utf8Head::Kind::Character
                   ? std::string_view(pendingBytes_).substr(0, head.size)
                   : kReplacementCharacter;
        pendingBytes_.erase(0, head.size);
    }
    return out;
}

}  // namespace gatescope

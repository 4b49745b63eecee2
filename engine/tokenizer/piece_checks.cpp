#include "engine/tokenizer/piece_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "engine/io/shown_text.h"
#include "engine/io/utf8.h"

namespace gatescope {
namespace {

// The library recurses once a byte of a piece when it builds its trie: 4 KiB stay far from the end
// of an 8 MiB stack, 500 kB do not. Real pieces have at most a few dozen bytes.
constexpr std::size_t kMaxPieceBytes = 4096;
// PrefixMatcher keeps 64 results on its stack and writes no more, but reads as many as were found.
constexpr int kMaxNestedUserDefined = 64;

using Fault = std::optional<PieceFault>;

bool isText(const SentencePiece& piece) {
    return piece.kind == PieceKind::Normal || piece.kind == PieceKind::UserDefined ||
           piece.kind == PieceKind::Unused;
}

Fault findInPieces(const SentencePieceModel& model) {
    for (std::size_t id = 0; id < model.pieces.size(); ++id) {
        const auto& piece = model.pieces[id];
        if (piece.text.empty()) return PieceFault{id, "some text", "none"};
        if (piece.text.size() > kMaxPieceBytes)
            return PieceFault{id,
                              fmt::format("at most {} bytes of text", kMaxPieceBytes),
                              fmt::format("{}", piece.text.size())};
        if (!isUtf8(piece.text)) return PieceFault{id, "text in UTF-8", quotedText(piece.text)};
        if (!std::isfinite(piece.score))
            return PieceFault{id, "a finite score", fmt::format("{}", piece.score)};
    }
    return std::nullopt;
}

/// Text pieces and reserved ones are two name spaces to the library: a vocabulary may hold "<s>" as
/// both.
Fault findDouble(const SentencePieceModel& model) {
    std::unordered_set<std::string_view> text, reserved;
    text.reserve(model.pieces.size());
    for (std::size_t id = 0; id < model.pieces.size(); ++id) {
        const auto& piece = model.pieces[id];
        if (!(isText(piece) ? text : reserved).insert(piece.text).second)
            return PieceFault{id, "a text no other piece has", quotedText(piece.text) + " again"};
    }
    return std::nullopt;
}

Fault findInUnknowns(const SentencePieceModel& model) {
    int unknowns = 0;
    for (std::size_t id = 0; id < model.pieces.size(); ++id)
        if (model.pieces[id].kind == PieceKind::Unknown && ++unknowns > 1)
            return PieceFault{id, "one unknown piece in all", "a second one"};
    if (unknowns == 0) return PieceFault{{}, "one unknown piece", "none"};
    return std::nullopt;
}

Fault findInBytes(const SentencePieceModel& model) {
    std::array<bool, 256> found{};
    for (std::size_t id = 0; id < model.pieces.size(); ++id) {
        const auto& piece = model.pieces[id];
        if (piece.kind != PieceKind::Byte) continue;
        if (!model.byteFallback)
            return PieceFault{id, "no byte piece, byte_fallback is off", "one"};
        const auto byte = byteOfSpelling(piece.text);
        if (!byte)
            return PieceFault{id, "a byte piece spelled <0x00> to <0xFF>", quotedText(piece.text)};
        found[*byte] = true;
    }
    const auto missing = std::find(found.begin(), found.end(), false);
    if (!model.byteFallback || missing == found.end()) return std::nullopt;
    return PieceFault{
        {}, fmt::format("the byte piece <0x{:02X}>", missing - found.begin()), "none"};
}

/// The library's trie takes C strings: of user-defined pieces always, of every text piece in a
/// unigram model. A NUL inside would cut one and end the process with an exception. Elsewhere a NUL
/// is odd but harmless, and real models have it.
Fault findNul(const SentencePieceModel& model) {
    const bool unigram = model.algorithm == SentencePieceModel::Algorithm::Unigram;
    bool trieIsEmpty = true;
    for (std::size_t id = 0; id < model.pieces.size(); ++id) {
        const auto& piece = model.pieces[id];
        const bool inTrie = piece.kind == PieceKind::UserDefined || (unigram && isText(piece));
        if (inTrie && piece.text.find('\0') != std::string::npos)
            return PieceFault{id, "a text without NUL", quotedText(piece.text)};
        trieIsEmpty = trieIsEmpty && !isText(piece);
    }
    if (unigram && trieIsEmpty) return PieceFault{{}, "at least one normal piece", "none"};
    return std::nullopt;
}

/// In sorted order a piece's prefixes form a chain before it.
Fault findInNesting(const SentencePieceModel& model) {
    std::vector<std::size_t> sorted;
    for (std::size_t id = 0; id < model.pieces.size(); ++id)
        if (model.pieces[id].kind == PieceKind::UserDefined) sorted.push_back(id);
    const auto text = [&](std::size_t id) -> const std::string& { return model.pieces[id].text; };
    std::sort(sorted.begin(), sorted.end(), [&](std::size_t a, std::size_t b) {
        return text(a) < text(b);
    });
    std::vector<std::size_t> chain;
    for (const std::size_t id : sorted) {
        while (!chain.empty() && !text(id).starts_with(text(chain.back()))) chain.pop_back();
        chain.push_back(id);
        if (chain.size() > kMaxNestedUserDefined)
            return PieceFault{id,
                              fmt::format("at most {} user-defined pieces that begin one another",
                                          kMaxNestedUserDefined),
                              "more"};
    }
    return std::nullopt;
}

}  // namespace

std::optional<PieceFault> findPieceFault(const SentencePieceModel& model) {
    for (const auto find :
         {findInPieces, findDouble, findInUnknowns, findInBytes, findNul, findInNesting})
        if (Fault fault = find(model)) return fault;
    return std::nullopt;
}

std::optional<unsigned char> byteOfSpelling(std::string_view text) {
    if (text.size() != 6 || !text.starts_with("<0x") || text[5] != '>') return std::nullopt;
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const auto high = kDigits.find(text[3]);
    const auto low = kDigits.find(text[4]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    return static_cast<unsigned char>(high * 16 + low);
}

}  // namespace gatescope

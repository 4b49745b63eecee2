#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatescope {

/// Kinds of pieces; the values are the file's. Source: google/sentencepiece
/// src/sentencepiece_model.proto.
enum class PieceKind {
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6
};

struct SentencePiece {
    std::string text;  ///< spaces spelled U+2581
    float score = 0;
    PieceKind kind = PieceKind::Normal;
    std::size_t offset = 0;  ///< in the file, for errors
};

/// What a SentencePiece model file says that encoding and decoding depend on; all else in it
/// (training settings, self tests, extensions) is neither kept nor passed on.
struct SentencePieceModel {
    enum class Algorithm { Unigram = 1, Bpe = 2 };

    std::vector<SentencePiece> pieces;  ///< index = id
    Algorithm algorithm = Algorithm::Unigram;
    bool byteFallback = false;
    bool addDummyPrefix = true;
    bool removeExtraWhitespaces = true;
    bool escapeWhitespaces = true;
    std::optional<std::string> unknownSurface;  ///< how the unknown piece decodes
    std::string charsmap;                       ///< precompiled normaliser, empty: identity
};

/// Bytes of the largest file that is read at all; Grok-1's has 2.2 million.
constexpr std::uint64_t kLargestSentencePieceFile = std::uint64_t{64} << 20;

/// Reads and checks the bytes of a file so that SentencePiece 0.1.97 cannot crash, abort or
/// overflow its stack on it, whatever the bytes: sizes, types, one unknown piece, all byte pieces,
/// no piece that is empty, double, over 4 KiB or not UTF-8, no NUL where the library builds C
/// strings, finite scores, and a normaliser trie that cannot be left. Throws Error(BadInput) naming
/// file, byte, expected and found.
///   vocabSize  rows of the embedding; the number of pieces must equal it
///   name       stands for the file in errors
SentencePieceModel parseSentencePieceModel(std::string_view bytes,
                                           std::string_view name,
                                           int vocabSize);

/// The model as bytes that hold nothing but what was checked, for the library to read. `sentinel`
/// becomes one more user-defined piece, behind all others.
std::string serialize(const SentencePieceModel& model, std::string_view sentinel);

}  // namespace gatescope

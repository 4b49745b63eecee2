#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/tokenizer/sentencepiece_file.h"

namespace gatescope {

/// The first thing about a vocabulary that SentencePiece 0.1.97 would not survive, or that makes no
/// sense. Two phrases for the reader's own sentence, which knows the file and the place in it.
struct PieceFault {
    std::optional<std::size_t> id;  ///< the piece, if it is one piece's fault
    std::string expected;
    std::string found;
};

/// What keeps the library from crashing, aborting or overflowing its stack, wherever the pieces
/// came from: every model passes here before the library sees it.
/// Checks that no piece is empty, double, over 4 KiB or not UTF-8, that scores are finite, that
/// there is one unknown piece and, with byte fallback, each of the 256 byte pieces, that no NUL
/// stands where the library builds C strings, and that few user-defined pieces begin one another.
std::optional<PieceFault> findPieceFault(const SentencePieceModel& model);

/// The byte a piece of the form <0x00> to <0xFF> stands for; the only form the library knows.
std::optional<unsigned char> byteOfSpelling(std::string_view text);

}  // namespace gatescope

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/tokenizer/sentencepiece_file.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope {

/// A vocabulary as a GGUF file's metadata carries it, keys `tokenizer.ggml.*`. Nothing in it is
/// trusted: strings are any bytes, numbers any numbers.
/// Source: ggml-org/ggml docs/gguf.md, "Tokenizer".
struct GgufVocabulary {
    std::string model;                     ///< only "llama" (SentencePiece) is supported
    std::vector<std::string> tokens;       ///< index = id
    std::vector<float> scores;             ///< one a token
    std::vector<std::int32_t> tokenTypes;  ///< one a token, numbered as PieceKind; or none at all
    std::optional<std::uint32_t> bosId, eosId, unknownId, paddingId;
    /// Facts for the user. Encoding never adds BOS or EOS, whatever they say (see Tokenizer).
    std::optional<bool> addBos, addEos;
    std::optional<bool>
        addSpacePrefix;  ///< a space before a document; true where the key is absent
};

/// The SentencePiece model that the vocabulary was made from, as far as it can be told, with the
/// normaliser of Grok-1, Llama and Mixtral: none but the space before a document.
/// What converters lose on the way is put back:
///   - Learnt pieces stand behind the byte pieces in every model that SentencePiece has trained
///     (google/sentencepiece src/trainer_interface.cc, InitMetaPieces), and what stands before them
///     has the score 0. So a normal piece with score 0 before the first byte piece was
///     user-defined: Grok-1's 4..68 (newlines, digits, tabs, runs of spaces, <|separator|> and its
///     like); none in Llama's and Mixtral's vocabularies, whose first learnt piece has the score 0
///     too, but behind.
///   - The unknown piece, where a converter has listed it among the control pieces, and its text:
///     its own spelling, or what SentencePiece writes for an "<unk>".
///   - All types, where there are none.
/// Throws Error(BadInput) naming `file`, the key and the token.
///   vocabSize  rows of the embedding; the number of tokens must equal it
SentencePieceModel sentencePieceModelOf(const GgufVocabulary& vocabulary,
                                        const std::string& file,
                                        int vocabSize);

/// The tokenizer of that model. Throws as sentencePieceModelOf() does.
std::shared_ptr<const Tokenizer> tokenizerOf(const GgufVocabulary& vocabulary,
                                             const std::string& file,
                                             int vocabSize);

}  // namespace gatescope

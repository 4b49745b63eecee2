#pragma once

#include "engine/tokenizer/vocab_builder.h"

namespace gatescope::test {

/// What a GGUF file holds of a SentencePiece model after llama.cpp's converter: user-defined pieces
/// have become normal ones, and all settings are gone.
/// Source: ggml-org/llama.cpp conversion/base.py, _create_vocab_sentencepiece.
inline GgufVocabulary convertedVocabulary(const SentencePieceModel& model) {
    GgufVocabulary out;
    out.model = "llama";
    for (const auto& piece : model.pieces) {
        const bool lost = piece.kind == PieceKind::UserDefined;
        out.tokens.push_back(piece.text);
        out.scores.push_back(piece.score);
        out.tokenTypes.push_back(static_cast<int>(lost ? PieceKind::Normal : piece.kind));
    }
    return out;
}

}  // namespace gatescope::test

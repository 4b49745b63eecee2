#pragma once

#include <filesystem>
#include <memory>

#include "engine/tokenizer/sentencepiece_file.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope::test {

/// The tokenizer.model at `file`, as a model source reads it.
std::shared_ptr<const Tokenizer> loadTokenizer(const std::filesystem::path& file, int vocabSize);
SentencePieceModel loadSentencePieceModel(const std::filesystem::path& file, int vocabSize);

}  // namespace gatescope::test

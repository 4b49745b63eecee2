#include "tests/support/tokenizer_file.h"

#include "tests/support/tiny_model.h"

namespace gatescope::test {

std::shared_ptr<const Tokenizer> loadTokenizer(const std::filesystem::path& file, int vocabSize) {
    return Tokenizer::parse(readBytes(file), file.filename().string(), vocabSize);
}

SentencePieceModel loadSentencePieceModel(const std::filesystem::path& file, int vocabSize) {
    return parseSentencePieceModel(readBytes(file), file.filename().string(), vocabSize);
}

}  // namespace gatescope::test

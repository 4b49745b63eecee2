#include "engine/model/gguf/gguf_vocabulary.h"

#include <fmt/format.h>

#include "engine/error_codes.h"
#include "engine/tokenizer/vocab_builder.h"

namespace gatescope {
namespace {

constexpr std::string_view kModel = "tokenizer.ggml.model";
constexpr std::string_view kTokens = "tokenizer.ggml.tokens";

/// Null where the key is absent, which the builder judges. The numbers must agree before anything
/// is read: an array may be as long as its file.
const GgufEntry* arrayOf(const GgufFile& file,
                         std::string_view key,
                         GgufValueType elements,
                         int vocabSize) {
    const GgufEntry* entry = file.metadata.array(key, elements);
    if (entry != nullptr && entry->length != static_cast<std::uint64_t>(vocabSize))
        refuse(ErrorCode::VocabularyCount,
               fmt::format("{}: {}", file.name, key),
               fmt::format("expected {}, one for each row of the model's embedding, found {}",
                           vocabSize,
                           entry->length));
    return entry;
}

}  // namespace

bool hasGgufVocabulary(const GgufFile& file) {
    const auto model = file.metadata.text(kModel);
    if (!model) return file.metadata.find(kTokens) != nullptr;
    return *model != "none" && *model != "no_vocab";
}

std::shared_ptr<const Tokenizer> ggufTokenizer(const GgufFile& file,
                                               const ByteSource& source,
                                               int vocabSize) {
    const GgufMetadata& keys = file.metadata;
    GgufVocabulary vocabulary;
    vocabulary.model = keys.text(kModel).value_or("");
    if (vocabulary.model == "llama") {
        if (const auto* tokens = arrayOf(file, kTokens, GgufValueType::String, vocabSize))
            vocabulary.tokens = readTexts(source, file.name, *tokens);
        if (const auto* scores =
                arrayOf(file, "tokenizer.ggml.scores", GgufValueType::F32, vocabSize))
            vocabulary.scores = readFloats(source, file.name, *scores);
        if (const auto* types =
                arrayOf(file, "tokenizer.ggml.token_type", GgufValueType::I32, vocabSize))
            vocabulary.tokenTypes = readIntegers(source, file.name, *types);
    }
    vocabulary.bosId = keys.u32("tokenizer.ggml.bos_token_id");
    vocabulary.eosId = keys.u32("tokenizer.ggml.eos_token_id");
    vocabulary.unknownId = keys.u32("tokenizer.ggml.unknown_token_id");
    vocabulary.paddingId = keys.u32("tokenizer.ggml.padding_token_id");
    vocabulary.addBos = keys.boolean("tokenizer.ggml.add_bos_token");
    vocabulary.addEos = keys.boolean("tokenizer.ggml.add_eos_token");
    vocabulary.addSpacePrefix = keys.boolean("tokenizer.ggml.add_space_prefix");
    return tokenizerOf(vocabulary, file.name, vocabSize);
}

}  // namespace gatescope

#include "engine/tokenizer/vocab_builder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sentencepiece_processor.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <random>

#include "engine/error.h"
#include "tests/support/gguf_vocabulary.h"
#include "tests/support/test_paths.h"
#include "tests/support/tokenizer_file.h"
#include "tests/unit/engine/tokenizer/model_writer.h"
#include "tests/unit/engine/tokenizer/random_text.h"

namespace gatescope {
namespace {

using test::convertedVocabulary;
using test::kSpace;
using test::smallModel;
using ::testing::HasSubstr;

/// Builds from as many tokens as there are rows.
std::shared_ptr<const Tokenizer> build(const GgufVocabulary& vocabulary) {
    return tokenizerOf(vocabulary, "m.gguf", static_cast<int>(vocabulary.tokens.size()));
}

SentencePieceModel modelOf(const GgufVocabulary& vocabulary) {
    return sentencePieceModelOf(vocabulary, "m.gguf", static_cast<int>(vocabulary.tokens.size()));
}

PieceKind kindOf(const GgufVocabulary& vocabulary, std::size_t id) {
    return modelOf(vocabulary).pieces[id].kind;
}

/// The sentence a vocabulary is refused with where the embedding has `rows`; empty if it is taken.
std::string refusal(const GgufVocabulary& vocabulary, int rows) {
    try {
        tokenizerOf(vocabulary, "m.gguf", rows);
        return {};
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput) << error.what();
        EXPECT_THAT(error.what(), ::testing::StartsWith("m.gguf: "));
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
        return error.what();
    }
}

std::string refusal(const GgufVocabulary& vocabulary) {
    return refusal(vocabulary, static_cast<int>(vocabulary.tokens.size()));
}

GgufVocabulary smallVocabulary() {
    const auto model = smallModel();
    return convertedVocabulary(parseSentencePieceModel(model.bytes(), "m", model.vocabSize()));
}

/// 3 special tokens, 256 bytes, pieces learnt in this order: as Llama's and Mixtral's files are.
GgufVocabulary llamaVocabulary() {
    GgufVocabulary out;
    out.model = "llama";
    const auto add = [&](const std::string& text, float score, PieceKind kind) {
        out.tokens.push_back(text);
        out.scores.push_back(score);
        out.tokenTypes.push_back(static_cast<int>(kind));
    };
    add("<unk>", 0, PieceKind::Unknown);
    add("<s>", 0, PieceKind::Control);
    add("</s>", 0, PieceKind::Control);
    for (int byte = 0; byte < 256; ++byte) add(fmt::format("<0x{:02X}>", byte), 0, PieceKind::Byte);
    float score = 0;
    for (const std::string& text : {kSpace + kSpace, kSpace + "t", std::string("er"), kSpace})
        add(text, score--, PieceKind::Normal);
    out.bosId = 1;
    out.eosId = 2;
    out.unknownId = 0;
    return out;
}

/// Adds one more token and returns it for a test to bend.
void addToken(GgufVocabulary& vocabulary, const std::string& text, PieceKind kind, float score) {
    vocabulary.tokens.push_back(text);
    vocabulary.scores.push_back(score);
    vocabulary.tokenTypes.push_back(static_cast<int>(kind));
}

// --- parity with the model that was converted

/// A bare answer: the difference of two megabytes would be no help, and takes gtest minutes.
bool same(const SentencePieceModel& a, const SentencePieceModel& b) {
    return serialize(a, "x") == serialize(b, "x") && a.unknownSurface == b.unknownSurface;
}

/// The vocabulary converted and built again is the model; its ids and texts are those of our reader
/// and of the library on the file itself.
void checkParity(const std::filesystem::path& file, int vocabSize, int rounds) {
    const SentencePieceModel original = test::loadSentencePieceModel(file, vocabSize);
    const auto vocabulary = convertedVocabulary(original);
    const SentencePieceModel restored = modelOf(vocabulary);
    EXPECT_TRUE(same(restored, original));

    const auto built = build(vocabulary);
    const auto read = test::loadTokenizer(file, vocabSize);
    sentencepiece::SentencePieceProcessor library;
    ASSERT_TRUE(library.Load(file.string()).ok());
    std::mt19937 random(4);
    for (int round = 0; round < rounds; ++round) {
        const std::string text = test::randomText(random);
        const auto ids = built->encode(text);
        ASSERT_EQ(ids, read->encode(text)) << text;
        ASSERT_EQ(ids, library.EncodeAsIds(text)) << text;
        ASSERT_EQ(built->encodeContinuation(text), read->encodeContinuation(text)) << text;
        ASSERT_EQ(built->decode(ids), library.DecodeIds(ids)) << text;
        std::vector<TokenId> any(random() % 12);
        for (auto& id : any)
            id = static_cast<TokenId>(random() %
                                      (random() % 2 ? 400U : static_cast<unsigned>(vocabSize)));
        ASSERT_EQ(built->decode(any), library.DecodeIds(any));
    }
}

TEST(VocabBuilderTest, RestoresTinyAFromWhatAConverterKeeps) {
    checkParity(test::dataDir() / "tiny-a/tokenizer.model", 512, 5'000);
}

TEST(VocabBuilderTest, RestoresGrok1FromWhatAConverterKeeps) {
    GS_REQUIRE_SHARED(shared);
    checkParity(shared / "tokenizer/tokenizer.model", 131072, 20'000);
}

TEST(VocabBuilderTest, TakesUserDefinedPiecesThatAConverterHasKept) {
    const auto original =
        test::loadSentencePieceModel(test::dataDir() / "tiny-a/tokenizer.model", 512);
    auto vocabulary = convertedVocabulary(original);
    for (std::size_t id = 4; id < 69; ++id) vocabulary.tokenTypes[id] = 4;
    EXPECT_TRUE(same(modelOf(vocabulary), original));
}

TEST(VocabBuilderTest, GuessesTypesWhereThereAreNone) {
    const auto original =
        test::loadSentencePieceModel(test::dataDir() / "tiny-a/tokenizer.model", 512);
    auto vocabulary = convertedVocabulary(original);
    vocabulary.tokenTypes.clear();
    EXPECT_THAT(refusal(vocabulary), HasSubstr("expected one unknown piece, found none"));
    vocabulary.paddingId = 0;
    vocabulary.bosId = 1;
    vocabulary.eosId = 2;
    vocabulary.unknownId = 3;
    EXPECT_TRUE(same(modelOf(vocabulary), original));
}

// --- vocabularies of other families

TEST(VocabBuilderTest, LeavesTheFirstLearntPieceOfOtherVocabulariesNormal) {
    auto vocabulary = llamaVocabulary();
    addToken(vocabulary, kSpace + kSpace + kSpace + kSpace, PieceKind::Normal, -9);
    ASSERT_EQ(vocabulary.scores[259], 0);
    EXPECT_EQ(kindOf(vocabulary, 259), PieceKind::Normal);
    // A user-defined piece of two spaces would be frozen: no longer run could be made of it.
    EXPECT_EQ(build(vocabulary)->encode("   er"), (std::vector<TokenId>{263, 261}));
}

TEST(VocabBuilderTest, LeavesAPieceWithAScoreNormalWhereverItStands) {
    auto vocabulary = llamaVocabulary();
    vocabulary.tokens.insert(vocabulary.tokens.begin() + 3, "xy");
    vocabulary.scores.insert(vocabulary.scores.begin() + 3, -7);
    vocabulary.tokenTypes.insert(vocabulary.tokenTypes.begin() + 3, 1);
    EXPECT_EQ(kindOf(vocabulary, 3), PieceKind::Normal);
    vocabulary.scores[3] = 0;
    EXPECT_EQ(kindOf(vocabulary, 3), PieceKind::UserDefined);
}

TEST(VocabBuilderTest, FindsTheUnknownPieceAmongTheControlPieces) {
    auto vocabulary = llamaVocabulary();
    vocabulary.tokenTypes[0] = 3;
    EXPECT_EQ(kindOf(vocabulary, 0), PieceKind::Unknown);
    vocabulary.unknownId.reset();  // by its spelling
    EXPECT_EQ(kindOf(vocabulary, 0), PieceKind::Unknown);
    vocabulary.tokens[0] = "<none>";
    EXPECT_THAT(refusal(vocabulary), HasSubstr("unknown piece"));
    vocabulary.unknownId = 0;
    EXPECT_EQ(kindOf(vocabulary, 0), PieceKind::Unknown);
    vocabulary.unknownId = 260;  // a word is not taken away
    EXPECT_THAT(refusal(vocabulary), HasSubstr("unknown piece"));
}

TEST(VocabBuilderTest, DecodesTheUnknownPieceAsTheLibraryDoesUnlessItHasANameOfItsOwn) {
    auto vocabulary = llamaVocabulary();
    EXPECT_EQ(build(vocabulary)->decode(std::vector<TokenId>{0}), " \xE2\x81\x87 ");
    vocabulary.tokens[0] = "[UNK]";
    EXPECT_EQ(build(vocabulary)->decode(std::vector<TokenId>{0}), "[UNK]");
}

TEST(VocabBuilderTest, PutsASpaceBeforeADocumentUnlessTheFileSaysNo) {
    auto vocabulary = llamaVocabulary();
    const std::vector<TokenId> with{260}, without{3 + 't'};
    EXPECT_EQ(build(vocabulary)->encode("t"), with);
    vocabulary.addSpacePrefix = true;
    EXPECT_EQ(build(vocabulary)->encode("t"), with);
    vocabulary.addSpacePrefix = false;
    EXPECT_EQ(build(vocabulary)->encode("t"), without);
    EXPECT_EQ(build(vocabulary)->decode(with), " t");
}

TEST(VocabBuilderTest, NeverAddsBosOrEosWhateverTheFileSays) {
    auto vocabulary = llamaVocabulary();
    vocabulary.addBos = vocabulary.addEos = true;
    EXPECT_EQ(build(vocabulary)->encode("t"), (std::vector<TokenId>{260}));
    EXPECT_TRUE(build(vocabulary)->encode("").empty());
    EXPECT_TRUE(build(vocabulary)->isControl(1) && build(vocabulary)->isControl(2));
}

TEST(VocabBuilderTest, TakesOddPiecesThatRealVocabulariesHave) {
    auto vocabulary = llamaVocabulary();
    addToken(vocabulary, std::string("\0", 1), PieceKind::Normal, -9);
    addToken(vocabulary, std::string("a\0b", 3), PieceKind::Normal, -10);
    addToken(vocabulary, "[PAD265]", PieceKind::Unused, -10000);          // rows nobody trained
    addToken(vocabulary, "<|im_start|>", PieceKind::UserDefined, -1000);  // added after training
    addToken(vocabulary, "<s>", PieceKind::Normal, -11);                  // a word, too
    addToken(vocabulary, std::string(4096, 'y'), PieceKind::Normal, -12);
    addToken(vocabulary, "\xF0\x9F\x98\x80", PieceKind::Normal, -std::numeric_limits<float>::max());
    ASSERT_EQ(refusal(vocabulary), "");
    const auto tokenizer = build(vocabulary);
    EXPECT_EQ(tokenizer->encode("t<|im_start|>t"), (std::vector<TokenId>{260, 266, 3 + 't'}));
    EXPECT_EQ(tokenizer->encode(std::string("t\0", 2)), (std::vector<TokenId>{260, 263}));
}

// --- hostile vocabularies

TEST(VocabBuilderTest, RefusesAVocabularyThatLiesAndSaysWhere) {
    using Bend = std::function<void(GgufVocabulary&)>;
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    const std::vector<std::pair<Bend, std::string>> table{
        {[](auto& v) { v.model = "gpt2"; },
         "tokenizer.ggml.model: expected llama (SentencePiece), found \"gpt2\", which is not "
         "supported yet; take a model with a SentencePiece vocabulary, such as Grok-1 [VOCAB-401]"},
        {[](auto& v) { v.model = "llama\n"; }, "found \"llama\\x0a\""},
        {[](auto& v) { v.model.clear(); }, "tokenizer.ggml.model: expected llama"},
        {[](auto& v) { v.tokens.clear(); },
         "tokenizer.ggml.tokens: expected some tokens, found none"},
        {[](auto& v) { v.scores.pop_back(); }, "scores: expected 263, one for each token, found 2"},
        {[](auto& v) { v.scores.push_back(0); },
         "found 264; convert the model again, or report its converter [VOCAB-402]"},
        {[](auto& v) { v.scores.clear(); }, "scores: expected 263, one for each token, found 0"},
        {[](auto& v) { v.tokenTypes.pop_back(); }, "token_type: expected 263, one for each"},
        {[](auto& v) { v.tokenTypes.push_back(1); }, "token_type: expected 263, one for each"},
        {[](auto& v) { v.tokenTypes[9] = 0; },
         "token 9 of tokenizer.ggml: expected a type from 1 to 6, found 0"},
        {[](auto& v) { v.tokenTypes[9] = 7; }, "found 7"},
        {[](auto& v) { v.tokenTypes[9] = -2147483647 - 1; }, "found -2147483648"},
        {[](auto& v) { v.bosId = 263; }, "bos_token_id: expected an id from 0 to 262, found 263"},
        {[](auto& v) { v.eosId = 0xFFFFFFFF; },
         "found 4294967295; convert the model again, or report its converter [VOCAB-403]"},
        {[](auto& v) { v.unknownId = 0x80000000; }, "unknown_token_id: expected an id from 0"},
        {[](auto& v) { v.paddingId = 263; }, "padding_token_id: expected an id from 0 to 262"},
        {[](auto& v) { v.tokenTypes[5] = 2; }, "token 5 of tokenizer.ggml: expected one unknown"},
        {[](auto& v) { v.tokens[5] = "<0x-1>"; }, "token 5 of tokenizer.ggml: expected a byte"},
        {[](auto& v) { v.tokens[5] = "<0x-1>"; }, "found \"<0x-1>\""},
        {[](auto& v) { v.tokens[13] = "<0x0a>"; }, "found \"<0x0a>\""},
        {[](auto& v) { v.tokens[5] = "<0x0>"; }, "found \"<0x0>\""},
        {[](auto& v) { v.tokens[5] = "<0x0FF>"; }, "found \"<0x0FF>\""},
        {[](auto& v) { v.tokens[5] = "<0x03>"; }, "token 6 of tokenizer.ggml: expected a text no"},
        {[](auto& v) { v.tokenTypes[5] = 1; }, "expected the byte piece <0x02>, found none"},
        {[](auto& v) { std::replace(v.tokenTypes.begin(), v.tokenTypes.end(), 6, 1); },
         "expected the byte piece <0x00>, found none"},
        {[](auto& v) { v.tokens[262] = "er"; }, "token 262 of tokenizer.ggml: expected a text no"},
        {[](auto& v) { v.tokens[2] = "<s>"; }, "found \"<s>\" again"},
        {[](auto& v) { v.tokens[260].clear(); }, "token 260 of tokenizer.ggml: expected some text"},
        {[](auto& v) { v.tokens[260] = "\xFF"; }, "expected text in UTF-8, found \"\\xff\""},
        {[](auto& v) { v.tokens[260] = "\xED\xA0\x80"; }, "expected text in UTF-8"},
        {[](auto& v) { v.tokens[260] = std::string(4097, 'x'); },
         "token 260 of tokenizer.ggml: expected at most 4096 bytes of text, found 4097"},
        {[](auto& v) { v.tokens[260] = std::string(500'000, 'x'); },
         "found 500000; convert the model again, or report its converter [VOCAB-404]"},
        {[](auto& v) { v.tokens[1] = std::string(500'000, 'x'); }, "found 500000"},
        {[](auto& v) { addToken(v, std::string("a\0b", 3), PieceKind::UserDefined, 0); },
         "expected a text without NUL, found \"a\\x00b\""},
        {[](auto& v) {
             for (std::size_t n = 1; n < 66; ++n)
                 addToken(v, std::string(n, 'q'), PieceKind::UserDefined, 0);
         },
         "token 327 of tokenizer.ggml: expected at most 64 user-defined pieces"},
        {[=](auto& v) { v.scores[260] = nan; }, "token 260 of tokenizer.ggml: expected a finite"},
        {[=](auto& v) { v.scores[0] = infinity; }, "expected a finite score, found inf"},
        {[=](auto& v) { v.scores[262] = -infinity; }, "expected a finite score, found -inf"},
        {[](auto& v) { std::fill(v.scores.begin(), v.scores.end(), -1000.F); },
         "scores: expected scores that say which pieces merge first, found -1000 for all 3 merged "
         "pieces; convert the model again with its tokenizer.model in the folder [VOCAB-405]"},
    };
    for (const auto& [bend, expected] : table) {
        auto vocabulary = llamaVocabulary();
        bend(vocabulary);
        EXPECT_THAT(refusal(vocabulary), HasSubstr(expected));
    }
}

TEST(VocabBuilderTest, RefusesAnotherNumberOfTokensThanTheEmbeddingHasRows) {
    const auto vocabulary = smallVocabulary();
    ASSERT_EQ(refusal(vocabulary, 272), "");
    for (const int rows : {271, 273, 0, -1, std::numeric_limits<int>::max()})
        EXPECT_THAT(refusal(vocabulary, rows),
                    HasSubstr(fmt::format("expected {}, one for each row of the model's "
                                          "embedding, found 272",
                                          rows)));
}

TEST(VocabBuilderTest, QuotesTokensWithoutLettingThemRearrangeTheMessage) {
    auto vocabulary = llamaVocabulary();
    vocabulary.tokens[262] = vocabulary.tokens[261] = "\x1B[31m\n\xE2\x80\xAE";
    EXPECT_THAT(refusal(vocabulary), HasSubstr("found \"\\x1b[31m\\x0a\\u202e\" again"));
}

}  // namespace
}  // namespace gatescope

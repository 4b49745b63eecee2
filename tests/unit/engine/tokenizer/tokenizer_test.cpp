#include "engine/tokenizer/tokenizer.h"

#include <gtest/gtest.h>
#include <sentencepiece_processor.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "engine/error.h"
#include "tests/support/test_paths.h"
#include "tests/support/tokenizer_file.h"
#include "tests/unit/engine/tokenizer/model_writer.h"

namespace gatescope {
namespace {

using test::kSpace;
using test::ModelWriter;
using test::smallModel;

std::shared_ptr<const Tokenizer> load(const ModelWriter& model) {
    return Tokenizer::parse(model.bytes(), "m", model.vocabSize());
}

std::shared_ptr<const Tokenizer> tinyA() {
    return test::loadTokenizer(test::dataDir() / "tiny-a/tokenizer.model", 512);
}

const std::vector<std::string>& texts() {
    static const std::vector<std::string> all{
        "",
        "a",
        " a",
        "  a",
        " ",
        "   ",
        "ab ba",
        "\n",
        "\n\n  x",
        "12 3",
        "0",
        "00",
        " 0",
        "0a",
        "\t\ttab",
        "a\r\nb",
        "The quick brown fox",
        ", and then",
        "User: hi\nAssistant:",
        "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E \xE4\xB8\xAD\xE6\x96\x87",
        "\xF0\x9F\x98\x80 \xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD",
        "na\xC3\xAFve e\xCC\x81",
        "<|separator|>",
        "[BOS] <s> <0x41>",
        std::string("a\0b", 3),
        "def f(x):\n    return x**2\n"};
    return all;
}

/// Goldens give the ids and the text of PyPI's sentencepiece.
void checkCases(const std::filesystem::path& folder, int vocabSize) {
    const auto tokenizer = test::loadTokenizer(folder / "tokenizer.model", vocabSize);
    std::ifstream in(folder / "tokenizer_cases.json");
    const auto cases = nlohmann::json::parse(in);
    ASSERT_GT(cases.size(), 30U);
    for (const auto& item : cases) {
        const auto text = item["text"].get<std::string>();
        const auto ids = item["ids"].get<std::vector<TokenId>>();
        EXPECT_EQ(tokenizer->encode(text), ids) << text;
        EXPECT_EQ(tokenizer->decode(ids), item["decoded"].get<std::string>()) << text;
    }
}

TEST(TokenizerTest, GivesTheGoldenIdsAndTexts) {
    checkCases(test::dataDir() / "tiny-a", 512);
}

TEST(TokenizerTest, GivesTheGoldenIdsAndTextsOfTheSharedModels) {
    GS_REQUIRE_SHARED(shared);
    checkCases(shared / "goldens/tiny-a", 512);
    checkCases(shared / "goldens/tiny-gqa", 1024);
}

/// decode(encode(a) + encodeContinuation(b)) == a + b
void checkContinuation(const Tokenizer& tokenizer) {
    for (const auto& before : texts()) {
        if (before.empty()) continue;  // nothing stands before: that is encode()'s case
        for (const auto& text : texts()) {
            auto ids = tokenizer.encode(before);
            const auto more = tokenizer.encodeContinuation(text);
            ids.insert(ids.end(), more.begin(), more.end());
            EXPECT_EQ(tokenizer.decode(ids), before + text);
        }
    }
}

TEST(TokenizerTest, ContinuesATextWithoutASpaceOfItsOwn) {
    checkContinuation(*tinyA());
    checkContinuation(*load(smallModel()));  // has no user-defined piece
    checkContinuation(*load(smallModel(1)));
    ModelWriter plain = smallModel();
    plain.dummyPrefix = false;
    checkContinuation(*load(plain));
    ModelWriter digits = smallModel();
    for (const char* piece : {"0", "1", "00", "\n", "\n\n", "  ", "0a"}) digits.add(piece, 4);
    checkContinuation(*load(digits));
}

TEST(TokenizerTest, ContinuationEqualsWhatStandsBehindAFrozenPieceOfADocument) {
    const auto tokenizer = tinyA();
    const auto zero = tokenizer->encode("0");  // frozen: nothing merges across it
    for (const auto& text : texts()) {
        if (text.starts_with('0')) continue;
        auto expected = tokenizer->encode("0" + text);
        expected.erase(expected.begin(), expected.begin() + static_cast<long>(zero.size()));
        EXPECT_EQ(tokenizer->encodeContinuation(text), expected) << text;
    }
}

TEST(TokenizerTest, AddsNoBos) {
    const auto tokenizer = tinyA();
    for (const auto& text : texts())
        for (const TokenId id : tokenizer->encode(text)) EXPECT_FALSE(tokenizer->isControl(id));
    EXPECT_TRUE(tokenizer->encode("").empty());
    EXPECT_TRUE(tokenizer->encodeContinuation("").empty());
    EXPECT_TRUE(tokenizer->isControl(0) && tokenizer->isControl(1) && tokenizer->isControl(2));
}

TEST(TokenizerTest, ReadsInvalidUtf8AsReplacementCharacters) {
    const auto tokenizer = tinyA();
    std::mt19937 random(3);
    for (int round = 0; round < 2000; ++round) {
        std::string bytes(random() % 24, ' ');
        for (auto& byte : bytes)
            byte = static_cast<char>(random() % 3 ? random() | 0x80 : random());
        const std::string text = tokenizer->decode(tokenizer->encode(bytes));
        EXPECT_EQ(tokenizer->encode(text), tokenizer->encode(bytes));
    }
    EXPECT_EQ(tokenizer->decode(tokenizer->encode("a\xFF\xFF\xFF\xFF")),
              "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(TokenizerTest, EncodesAsTheLibraryDoesOnRandomTexts) {
    for (const int algorithm : {1, 2}) {
        ModelWriter model = smallModel(algorithm);
        for (const char* piece : {"0", "00", "\n", "ca"}) model.add(piece, 4);
        const auto tokenizer = load(model);
        sentencepiece::SentencePieceProcessor library;
        ASSERT_TRUE(library.LoadFromSerializedProto(model.bytes()).ok());
        std::mt19937 random(5);
        const std::vector<std::string> parts{
            "a", "b", "c", " ", "0", "\n", "\xC3\xA9", "\xFF", "z"};
        for (int round = 0; round < 3000; ++round) {
            std::string text;
            for (auto n = random() % 20; n > 0; --n) text += parts[random() % parts.size()];
            ASSERT_EQ(tokenizer->encode(text), library.EncodeAsIds(text)) << text;
        }
    }
}

TEST(TokenizerTest, DecodesAsTheLibraryDoesOnRandomIds) {
    for (const bool removeWhitespace : {false, true}) {
        for (const bool dummyPrefix : {false, true}) {
            ModelWriter model = smallModel();
            model.removeWhitespace = removeWhitespace;
            model.dummyPrefix = dummyPrefix;
            model.unknownSurface = removeWhitespace ? "" : "[unk]";
            model.add("  ", 4);
            const auto tokenizer = load(model);
            sentencepiece::SentencePieceProcessor library;
            ASSERT_TRUE(library.LoadFromSerializedProto(model.bytes()).ok());
            std::mt19937 random(9);
            for (int round = 0; round < 4000; ++round) {
                std::vector<int> ids(random() % 12);
                for (int& id : ids)
                    id = static_cast<int>(random() % 3 == 0
                                              ? random() % 4 + 260 - 256 * (random() % 2)
                                              : 180 + random() % 93);
                for (int& id : ids) id = std::min(id, model.vocabSize() - 1);
                ASSERT_EQ(tokenizer->decode(ids), library.DecodeIds(ids));
            }
        }
    }
}

TEST(TokenizerTest, RefusesIdsOutsideTheVocabulary) {
    const auto tokenizer = tinyA();
    for (const TokenId id : {-1, 512, 2147483647}) {
        try {
            tokenizer->decode(std::vector<TokenId>{4, id});
            FAIL() << id;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
            EXPECT_NE(std::string(error.what()).find("0 to 511"), std::string::npos);
        }
    }
}

TEST(TokenizerTest, ShowsThePiecesOwnSpelling) {
    const auto tokenizer = load(smallModel());
    EXPECT_EQ(tokenizer->piece(0), "<pad>");
    EXPECT_EQ(tokenizer->piece(4 + 0x0A), "<0x0A>");
    EXPECT_EQ(tokenizer->piece(260), kSpace + "a");
}

// --- decoding as it streams

/// What all calls give, joined, is the whole decode; no call gives half a character.
void checkStream(const std::shared_ptr<const Tokenizer>& tokenizer,
                 const std::vector<TokenId>& ids) {
    StreamDecoder decoder(tokenizer, true);
    std::string joined;
    for (const TokenId id : ids) {
        const std::string text = decoder.next(id);
        ASSERT_NO_THROW(nlohmann::json(text).dump()) << "not UTF-8";
        joined += text;
    }
    const std::string last = decoder.finish();
    ASSERT_NO_THROW(nlohmann::json(last).dump());
    ASSERT_EQ(joined + last, tokenizer->decode(ids));
    ASSERT_EQ(decoder.finish(), "");
}

TEST(StreamDecoderTest, JoinedEqualsTheLibrarysWholeDecodeOnBrokenUtf8) {
    const ModelWriter model = smallModel();
    const auto tokenizer = load(model);
    sentencepiece::SentencePieceProcessor library;
    ASSERT_TRUE(library.LoadFromSerializedProto(model.bytes()).ok());
    std::mt19937 random(1);
    const std::vector<int> tricky{0x80,
                                  0xBF,
                                  0xC2,
                                  0xE0,
                                  0xA0,
                                  0xE2,
                                  0x96,
                                  0x81,
                                  0xED,
                                  0x9F,
                                  0xF0,
                                  0x90,
                                  0xF4,
                                  0x8F,
                                  0xFF,
                                  0x41};
    for (int round = 0; round < 5000; ++round) {
        std::vector<TokenId> ids(random() % 16);
        for (auto& id : ids) {
            const auto kind = random() % 4;
            if (kind == 0) {
                id = static_cast<TokenId>(260 + random() % 12);
            } else if (kind == 1) {
                id = static_cast<TokenId>(random() % 4);
            } else {
                id = 4 + tricky[random() % tricky.size()];
            }
        }
        checkStream(tokenizer, ids);
        ASSERT_EQ(tokenizer->decode(ids), library.DecodeIds(ids));
    }
}

TEST(StreamDecoderTest, GivesACharacterWithItsLastByte) {
    const auto tokenizer = load(smallModel());
    StreamDecoder decoder(tokenizer, false);
    EXPECT_EQ(decoder.next(4 + 0xF0), "");
    EXPECT_EQ(decoder.next(4 + 0x9F), "");
    EXPECT_EQ(decoder.next(4 + 0x98), "");
    EXPECT_EQ(decoder.next(4 + 0x80), "\xF0\x9F\x98\x80");
    EXPECT_EQ(decoder.next(4 + 0xE2), "");
    EXPECT_EQ(decoder.next(260), "\xEF\xBF\xBD a");  // cut off by a piece
    EXPECT_EQ(decoder.next(4 + 0xE2), "");
    EXPECT_EQ(decoder.finish(), "\xEF\xBF\xBD");
}

TEST(StreamDecoderTest, DropsTheLeadingSpaceOnlyAtADocumentsStart) {
    const auto tokenizer = load(smallModel());
    StreamDecoder document(tokenizer, true);
    EXPECT_EQ(document.next(1), "");  // control pieces do not count
    EXPECT_EQ(document.next(260), "a");
    EXPECT_EQ(document.next(260), " a");
    StreamDecoder reply(tokenizer, false);
    EXPECT_EQ(reply.next(260), " a");
}

// --- the real tokenizer of Grok-1

class GrokTokenizerTest : public ::testing::Test {
  protected:
    static std::filesystem::path file(const std::filesystem::path& shared) {
        return shared / "tokenizer/tokenizer.model";
    }
};

TEST_F(GrokTokenizerTest, GivesThePublishedIds) {
    GS_REQUIRE_SHARED(shared);
    const auto tokenizer = test::loadTokenizer(file(shared), 131072);
    using Ids = std::vector<TokenId>;
    const std::vector<std::pair<std::string, Ids>> table{
        {"", {}},
        {"Hello world", {11770, 1135}},
        {" Hello world", {325, 17523, 1135}},
        {"The answer to life the universe and everything is of course",
         {422, 3033, 356, 1180, 333, 9072, 360, 2175, 391, 359, 1805}},
        {"a  b", {327, 325, 130110}},
        {"a   b", {327, 325, 348}},
        {"a" + std::string(40, ' ') + "b", {327, 541, 541, 375, 130110}},
        {"   ", {336}},
        {"\ttab\t\tx", {130089, 24, 7481, 25, 130122}},
        {"line1\nline2\n\nline3", {1585, 15, 4, 1075, 16, 5, 1075, 17}},
        {std::string(12, '\n'), {130089, 13, 5}},
        {"\r\n", {1499, 4}},
        {"3.14159 2024", {130089, 17, 130109, 15, 18, 15, 19, 23, 130089, 16, 14, 16, 18}},
        {"def f(x):\n    return x**2  # sq",
         {912, 346, 130120, 130122, 1129, 4, 336, 1885, 1734, 678, 16, 325, 130134, 19078}},
        {"\xF0\x9F\x98\x80\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD",
         {130089, 309, 228, 221, 197, 309, 228, 214, 210, 309, 228, 212, 258}},
        {"\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E \xE4\xB8\xAD\xE6\x96\x87 "
         "\xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4",
         {54164, 130670, 35175, 130383, 83430, 303, 250, 242, 131023}},
        {"na\xC3\xAFve caf\xC3\xA9 e\xCC\x81", {54091, 30689, 381, 130923}},
        {std::string("a\0b", 3), {327, 69, 130110}},
        {"[BOS]", {794, 130131, 2917, 130165}},
        {"a<|separator|>b", {327, 47, 130110}},
        {"User: hi\nAssistant:", {1589, 130123, 16462, 4, 78964, 130123}}};
    for (const auto& [text, ids] : table) EXPECT_EQ(tokenizer->encode(text), ids) << text;
    Ids hello(2001, 21560);
    hello.back() = 130089;
    std::string text;
    for (int i = 0; i < 2000; ++i) text += "hello ";
    EXPECT_EQ(tokenizer->encode(text), hello);
    EXPECT_EQ(tokenizer->encode(std::string(1000, 'x')).size(), 65U);
    EXPECT_EQ(tokenizer->decode(Ids{3}), "[UNK]");
    EXPECT_EQ(tokenizer->decode(Ids{32}), "  ");
}

TEST_F(GrokTokenizerTest, ContinuesTextsAndStreamsThem) {
    GS_REQUIRE_SHARED(shared);
    const auto tokenizer = test::loadTokenizer(file(shared), 131072);
    checkContinuation(*tokenizer);
    std::mt19937 random(2);
    for (int round = 0; round < 2000; ++round) {
        std::vector<TokenId> ids(random() % 12);
        for (auto& id : ids)
            id = static_cast<TokenId>(random() % 2 ? 69 + random() % 256 : random() % 131072);
        checkStream(tokenizer, ids);
    }
}

}  // namespace
}  // namespace gatescope

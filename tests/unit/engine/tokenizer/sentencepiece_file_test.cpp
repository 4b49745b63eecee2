#include "engine/tokenizer/sentencepiece_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <bit>
#include <cstring>
#include <limits>
#include <random>

#include "engine/error.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/tokenizer/model_writer.h"

namespace gatescope {
namespace {

using test::kSpace;
using test::ModelWriter;
using test::smallModel;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// The sentence a file with these bytes is refused with; empty if it is taken.
std::string refusal(std::string_view bytes, int vocabSize) {
    try {
        Tokenizer::parse(bytes, "tokenizer.model", vocabSize);
        return {};
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput) << error.what();
        EXPECT_THAT(error.what(), HasSubstr("tokenizer.model"));
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
        return error.what();
    }
}

std::string refusal(const ModelWriter& model) {
    return refusal(model.bytes(), model.vocabSize());
}

/// Takes or refuses; a taken one must also encode and decode without harm.
bool survives(std::string_view bytes, int vocabSize) {
    std::shared_ptr<const Tokenizer> tokenizer;
    try {
        tokenizer = Tokenizer::parse(bytes, "tokenizer.model", vocabSize);
    } catch (const Error&) {
        return false;
    }
    for (const char* text : {"", "a b ab  ba", "0\n\xC3\xA9\xF0\x9F\x98\x80\xFF<s></s><0x41>"}) {
        try {
            tokenizer->decode(tokenizer->encode(text));
            tokenizer->decode(tokenizer->encodeContinuation(text));
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadInput) << error.what();
        }
    }
    return true;
}

std::string codeOf(std::string_view bytes, int vocabSize) {
    try {
        Tokenizer::parse(bytes, "tokenizer.model", vocabSize);
        return "taken";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), ::testing::EndsWith("[" + error.code() + "]"));
        return error.code();
    }
}

TEST(SentencePieceFileTest, EachFaultHasItsCode) {
    EXPECT_EQ(codeOf("", 10), "FILE-006");
    EXPECT_EQ(codeOf("version https://git-lfs.github.com/spec/v1\n", 10), "FILE-005");
    EXPECT_EQ(codeOf("<html>", 10), "FILE-004");
    for (const char* impostor : {"{}", "PK\x03\x04", "plain text"})
        EXPECT_EQ(codeOf(impostor, 10), "TOKENIZER-801") << impostor;

    const std::string whole = smallModel().bytes();
    const int vocabSize = smallModel().vocabSize();
    EXPECT_EQ(codeOf(whole, vocabSize), "taken");
    EXPECT_EQ(codeOf(whole.substr(0, whole.size() - 1), vocabSize), "TOKENIZER-802");
    for (const std::string& raw : {std::string("\x08\x01"),     // pieces as a number
                                   std::string("\x0B\x0C"),     // a group
                                   std::string("\x02\x00", 2),  // field 0
                                   std::string("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01")})
        EXPECT_EQ(codeOf(whole + raw, vocabSize), "TOKENIZER-802");
    EXPECT_EQ(codeOf(smallModel(4).bytes(), vocabSize), "TOKENIZER-803");
    EXPECT_EQ(codeOf(whole, vocabSize + 1), "TOKENIZER-804");
    EXPECT_EQ(codeOf(whole, vocabSize - 1), "TOKENIZER-804");
    ModelWriter twice = smallModel();
    twice.add("ab");
    EXPECT_EQ(codeOf(twice.bytes(), twice.vocabSize()), "TOKENIZER-805");
    ModelWriter typeless = smallModel();
    typeless.pieces.back().type = 7;
    EXPECT_EQ(codeOf(typeless.bytes(), vocabSize), "TOKENIZER-805");
    ModelWriter normaliser = smallModel();
    normaliser.charsmap = "abc";
    EXPECT_EQ(codeOf(normaliser.bytes(), vocabSize), "TOKENIZER-806");
}

TEST(SentencePieceFileTest, TakesTheSmallModel) {
    EXPECT_EQ(refusal(smallModel()), "");
    EXPECT_EQ(refusal(smallModel(1)), "");
}

TEST(SentencePieceFileTest, RefusesAPieceTooLongForTheLibrarysStack) {
    ModelWriter model = smallModel();
    model.add(std::string(500'000, 'x'), 4);
    EXPECT_THAT(refusal(model),
                AllOf(HasSubstr("piece 272"), HasSubstr("500000"), HasSubstr("byte")));
    model.pieces.back().text.resize(4096);
    EXPECT_EQ(refusal(model), "");
    model.pieces.back().type = 5;  // unused: the library takes merged ones apart recursively
    EXPECT_EQ(refusal(model), "");
}

TEST(SentencePieceFileTest, RefusesNulOnlyWhereTheLibraryBuildsCStrings) {
    ModelWriter model = smallModel();
    model.add(std::string("x\0y", 3), 4);
    EXPECT_THAT(refusal(model), HasSubstr("\"x\\x00y\""));
    model.pieces.back().type = 1;  // odd, but real BPE models have it
    EXPECT_EQ(refusal(model), "");
    model.algorithm = 1;
    EXPECT_THAT(refusal(model), HasSubstr("NUL"));
}

TEST(SentencePieceFileTest, RefusesEmptyAndDoublePieces) {
    ModelWriter model = smallModel();
    model.add("");
    EXPECT_THAT(refusal(model), HasSubstr("piece 272"));
    model.pieces.back().text = "ab";
    EXPECT_THAT(refusal(model), HasSubstr("\"ab\" again"));
    model.pieces.back() = {"<s>", 0, 1};  // once as control, once as text: the library allows it
    EXPECT_EQ(refusal(model), "");
}

TEST(SentencePieceFileTest, RefusesScoresThatAreNoNumbers) {
    for (const float score : {std::numeric_limits<float>::quiet_NaN(),
                              std::numeric_limits<float>::infinity(),
                              -std::numeric_limits<float>::infinity()}) {
        ModelWriter model = smallModel();
        model.add("new", 1, score);
        EXPECT_THAT(refusal(model), HasSubstr("finite score"));
    }
    for (const int algorithm : {1, 2}) {
        ModelWriter model = smallModel(algorithm);
        for (auto& piece : model.pieces) piece.score = -std::numeric_limits<float>::max();
        EXPECT_TRUE(survives(model.bytes(), model.vocabSize()));
    }
}

TEST(SentencePieceFileTest, RefusesAnotherNumberOfPiecesThanTheEmbeddingHasRows) {
    const ModelWriter model = smallModel();
    const std::string bytes = model.bytes();
    EXPECT_THAT(refusal(bytes, model.vocabSize() + 1),
                AllOf(HasSubstr("expected 273 pieces"), HasSubstr("found 272")));
    EXPECT_THAT(refusal(bytes, model.vocabSize() - 1),
                AllOf(HasSubstr("expected 271 pieces"), HasSubstr("more than 271")));
}

TEST(SentencePieceFileTest, RefusesMissingOrDoubleReservedPieces) {
    ModelWriter model = smallModel();
    model.pieces[3].type = 1;
    EXPECT_THAT(refusal(model), HasSubstr("one unknown piece"));
    model = smallModel();
    model.add("<unk2>", 2);
    EXPECT_THAT(refusal(model), HasSubstr("second"));
    model = smallModel();
    for (const char* spelling : {"<0xGG>", "<0x-1>", "<0x0a>", "<0x4>", "<0x041>"}) {
        model.pieces[4 + 0x41].text = spelling;
        EXPECT_THAT(refusal(model), AllOf(HasSubstr("piece 69"), HasSubstr(spelling)));
    }
    model.pieces[4 + 0x41] = {"A", 0, 1};
    EXPECT_THAT(refusal(model), HasSubstr("the byte piece <0x41>, found none"));
    model = smallModel();
    model.byteFallback = false;
    EXPECT_THAT(refusal(model), HasSubstr("byte_fallback"));
}

TEST(SentencePieceFileTest, RefusesTooManyUserDefinedPiecesThatBeginOneAnother) {
    ModelWriter model = smallModel();
    for (std::size_t length = 1; length <= 64; ++length) model.add(std::string(length, 'q'), 4);
    EXPECT_EQ(refusal(model), "");
    model.add(std::string(65, 'q'), 4);
    EXPECT_THAT(refusal(model), HasSubstr("at most 64"));
}

TEST(SentencePieceFileTest, RefusesWhatItsDecoderCannotHonour) {
    ModelWriter model = smallModel();
    WireWriter suffix;
    suffix.varint(24, 1);
    model.extraTrainer = suffix.message();
    EXPECT_THAT(refusal(model), HasSubstr("treat_whitespace_as_suffix"));
    model = smallModel();
    WireWriter charsmap, denormalizer;
    charsmap.bytes(2, "xxxxxxxx");
    denormalizer.bytes(5, charsmap.message());
    model.extraModel = denormalizer.message();
    EXPECT_THAT(refusal(model), HasSubstr("denormalizer_spec"));
    model = smallModel();
    for (const int algorithm : {0, 3, 4, 9}) {
        model.algorithm = algorithm;
        EXPECT_THAT(refusal(model), HasSubstr("model_type"));
    }
}

TEST(SentencePieceFileTest, NeverRunsTheFilesOwnSelfTests) {
    ModelWriter model = smallModel();
    WireWriter sample, samples, part;
    sample.bytes(1, "a");
    sample.bytes(2, "not what it gives");
    samples.bytes(1, sample.message());
    part.bytes(4, samples.message());
    model.extraModel = part.message();
    EXPECT_EQ(refusal(model), "");
}

TEST(SentencePieceFileTest, RefusesFieldsOfAnotherTypeAndGroups) {
    for (const std::string& raw : {std::string("\x08\x01"),     // pieces as a number
                                   std::string("\x0B\x0C"),     // a group
                                   std::string("\x02\x00", 2),  // field 0
                                   std::string("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"),
                                   std::string("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"),
                                   std::string("\x0A\x05\x10\x01\x02\x03\x04")}) {
        ModelWriter model = smallModel();
        model.extraModel = raw;
        EXPECT_THAT(refusal(model.bytes(), model.vocabSize() + 1), HasSubstr("byte "));
    }
}

TEST(SentencePieceFileTest, NamesWhatWasPutInItsPlace) {
    EXPECT_THAT(refusal("", 10), HasSubstr("is empty"));
    EXPECT_THAT(refusal("version https://git-lfs.github.com/spec/v1\noid sha256:00\n", 10),
                HasSubstr("git-lfs pointer"));
    EXPECT_THAT(refusal("\n <!DOCTYPE html><html>", 10), HasSubstr("web page"));
    EXPECT_THAT(refusal("<HTML><body>404", 10), HasSubstr("web page"));
    EXPECT_THAT(refusal("{\"version\": \"1.0\"}", 10), HasSubstr("text (\"{"));
    EXPECT_THAT(refusal("PK\x03\x04zzzz", 10), HasSubstr("archive"));
    EXPECT_THAT(refusal("Dear reader,\nthis is a letter.\n", 10), HasSubstr("text (\"Dear"));
}

TEST(SentencePieceFileTest, SurvivesEveryTruncation) {
    ModelWriter model = smallModel();
    model.add("0", 4);
    const std::string whole = model.bytes();
    ::testing::internal::CaptureStderr();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        const std::string_view cut = std::string_view(whole).substr(0, length);
        // Cut between the last two parts it is still a model: defaults stand for what is missing.
        survives(cut, model.vocabSize());
    }
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

/// How many of the models that differ from `model` in one byte, each `step`-th, are taken.
int takenOfChanged(const ModelWriter& model, std::size_t step, const std::vector<unsigned>& masks) {
    const std::string whole = model.bytes();
    int taken = 0;
    for (std::size_t at = 0; at < whole.size(); at += step) {
        std::string bytes = whole;
        for (const unsigned mask : masks) {
            bytes[at] = static_cast<char>(static_cast<unsigned char>(whole[at]) ^ mask);
            taken += survives(bytes, model.vocabSize()) ? 1 : 0;
        }
    }
    return taken;
}

/// Run in-process: a crash, an exit or an abort of the library would end this test.
TEST(SentencePieceFileTest, SurvivesEveryChangedByte) {
    for (const int algorithm : {1, 2}) {
        ModelWriter model = smallModel(algorithm);
        model.add("0", 4);
        model.add("00", 4);
        ModelWriter few = model;  // every bit, on a model without byte pieces
        few.byteFallback = false;
        std::erase_if(few.pieces, [](const auto& piece) { return piece.type == 6; });
        ::testing::internal::CaptureStderr();
        const int taken =
            takenOfChanged(few, 1, {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF}) +
            takenOfChanged(model, 11, {0x01, 0x80});
        EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
        EXPECT_GT(taken, 100) << "scores may change freely: the check refuses too much";
    }
}

// --- the normaliser's trie

/// A charsmap of one block of units with the given ones set.
std::string charsmap(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& units,
                     std::string_view replacements,
                     std::uint32_t blocks = 2) {
    std::vector<std::uint32_t> array(blocks * 256, 0x80000000U);
    for (const auto& [at, unit] : units) array[at] = unit;
    std::string out(4 + array.size() * 4, '\0');
    const auto size = static_cast<std::uint32_t>(array.size() * 4);
    std::memcpy(out.data(), &size, 4);
    std::memcpy(out.data() + 4, array.data(), array.size() * 4);
    return out + std::string(replacements);
}

/// A unit: label, offset to its successors, has a value.
std::uint32_t unit(std::uint32_t label, std::uint32_t offset, bool value) {
    return label | (value ? 0x100U : 0U) | (offset << 10);
}

std::string refusalOfCharsmap(const std::string& map) {
    ModelWriter model = smallModel();
    model.charsmap = map;
    const std::string message = refusal(model);
    if (!message.empty()) {
        EXPECT_THAT(message, HasSubstr("precompiled_charsmap at byte"));
    }
    return message;
}

/// 'A' -> the replacement at `value`: the root's successors lie in block 1, what follows 'A' in
/// block 2, whose first unit is the value.
std::string oneRule(std::uint32_t value, const std::string& replacements) {
    const std::uint32_t at = 256 ^ 0x41U;
    return charsmap(
        {{0, unit(0, 256, false)}, {at, unit(0x41, at ^ 512U, true)}, {512, 0x80000000U | value}},
        replacements,
        3);
}

TEST(CharsmapTest, TakesARuleAndAppliesIt) {
    const std::string map = oneRule(0, std::string("b\0", 2));
    EXPECT_EQ(refusalOfCharsmap(map), "");
    ModelWriter model = smallModel();
    model.charsmap = map;
    const auto tokenizer = Tokenizer::parse(model.bytes(), "m", model.vocabSize());
    EXPECT_EQ(tokenizer->decode(tokenizer->encode("aAa")), "aba");
}

TEST(CharsmapTest, RefusesATrieThatLeavesItsArray) {
    const std::string text("b\0", 2);
    EXPECT_THAT(refusalOfCharsmap(charsmap({{0, unit(0, 512, false)}}, text)), HasSubstr("units"));
    EXPECT_THAT(refusalOfCharsmap(charsmap({{0, 0x7FFFFE00U}}, text)), HasSubstr("units"));
    EXPECT_THAT(refusalOfCharsmap(charsmap(
                    {{0, unit(0, 256, false)}, {256 ^ 0x41, unit(0x41, 4096, false)}}, text)),
                HasSubstr("units"));
    // The last block is cut short: a text may still ask for it.
    std::string cut = charsmap({{0, unit(0, 256, false)}}, "");
    cut.resize(cut.size() - 8);
    const auto size = static_cast<std::uint32_t>(cut.size() - 4);
    std::memcpy(cut.data(), &size, 4);
    EXPECT_THAT(refusalOfCharsmap(cut + text), HasSubstr("states inside"));
}

TEST(CharsmapTest, RefusesReplacementsOutsideOrWithoutEnd) {
    EXPECT_EQ(refusalOfCharsmap(oneRule(0, std::string("b\0", 2))), "");
    EXPECT_THAT(refusalOfCharsmap(oneRule(9, std::string("b\0", 2))), HasSubstr("inside 2"));
    EXPECT_THAT(refusalOfCharsmap(oneRule(0, "b")), HasSubstr("no NUL"));
    EXPECT_THAT(refusalOfCharsmap(oneRule(0, std::string(300, 'b') + '\0')), HasSubstr("no NUL"));
    EXPECT_THAT(refusalOfCharsmap(oneRule(0, std::string("\xFF\0", 2))), HasSubstr("UTF-8"));
}

TEST(CharsmapTest, RefusesACycleAndTooManyRulesOnAPath) {
    const std::string text("b\0", 2);
    // 'A' leads back to the state it came from.
    EXPECT_THAT(refusalOfCharsmap(charsmap(
                    {{0, unit(0, 256, false)}, {256 ^ 0x41, unit(0x41, 0x41, false)}}, text)),
                HasSubstr("cycle"));
    // A chain of 'A', each ending a rule: state i lies at block i + 1.
    const auto chain = [&](std::uint32_t length) {
        std::vector<std::pair<std::uint32_t, std::uint32_t>> units{{0, unit(0, 256, false)}};
        for (std::uint32_t i = 1; i <= length; ++i) {
            const std::uint32_t at = (i * 256) ^ 0x41U;
            const std::uint32_t next = (i + 1) * 256;
            units.emplace_back(at, unit(0x41, at ^ next, true));
            units.emplace_back(next, 0x80000000U);
        }
        return charsmap(units, text, length + 2);
    };
    EXPECT_EQ(refusalOfCharsmap(chain(32)), "");
    EXPECT_THAT(refusalOfCharsmap(chain(33)), HasSubstr("at most 32"));
}

TEST(CharsmapTest, RefusesBrokenSizes) {
    EXPECT_THAT(refusalOfCharsmap("abc"), HasSubstr("4 bytes"));
    EXPECT_THAT(refusalOfCharsmap(std::string("\xFF\xFF\xFF\x7Fzzzz", 8)), HasSubstr("at most 4"));
    EXPECT_THAT(refusalOfCharsmap(std::string(8, '\0')), HasSubstr("at least one unit"));
}

class Lines : public sentencepiece::SentenceIterator {
  public:
    explicit Lines(std::vector<std::string> lines) : lines_(std::move(lines)) {}
    bool done() const override { return at_ == lines_.size(); }
    void Next() override { ++at_; }
    const std::string& value() const override { return lines_[at_]; }
    sentencepiece::util::Status status() const override { return {}; }

  private:
    std::vector<std::string> lines_;
    std::size_t at_ = 0;
};

/// What the library's own trainer writes must be taken, with its NFKC trie of 240 kB.
std::string trainedModel(const std::string& type) {
    std::vector<std::string> lines;
    std::mt19937 random(7);
    for (int i = 0; i < 400; ++i) {
        std::string line;
        for (int word = 0; word < 6; ++word)
            line += std::string(1 + random() % 3, static_cast<char>('a' + random() % 5)) + " ";
        lines.push_back(line);
    }
    std::string bytes;
    Lines iterator(std::move(lines));
    const std::unordered_map<std::string, std::string> options{
        {"model_type", type},
        {"vocab_size", "30"},
        {"hard_vocab_limit", "false"},
        {"normalization_rule_name", "nmt_nfkc"},
        {"minloglevel", "2"}};
    const auto status = sentencepiece::SentencePieceTrainer::Train(options, &iterator, &bytes);
    EXPECT_TRUE(status.ok()) << status.ToString();
    return bytes;
}

TEST(CharsmapTest, TakesTheTrainersOwnNfkcModelsAndAgreesWithTheLibrary) {
    for (const char* type : {"unigram", "bpe"}) {
        const std::string bytes = trainedModel(type);
        sentencepiece::SentencePieceProcessor library;
        ASSERT_TRUE(library.LoadFromSerializedProto(bytes).ok());
        const auto tokenizer = Tokenizer::parse(bytes, "m", library.GetPieceSize());
        for (const std::string text : {"  aa bbb  c ",
                                       "\xEF\xBC\xA1\xEF\xBD\x81 \xE3\x8D\xBF aa",
                                       "\xFFz\xC2\xA0",
                                       "e\xCC\x81",
                                       "  "}) {
            const std::vector<int> ids = library.EncodeAsIds(text);
            EXPECT_EQ(tokenizer->encode(text), ids) << type << " " << text;
            EXPECT_EQ(tokenizer->decode(ids), library.DecodeIds(ids)) << type << " " << text;
        }
    }
}

TEST(CharsmapTest, SurvivesRandomDamageToARealTrie) {
    const std::string bytes = trainedModel("bpe");
    sentencepiece::SentencePieceProcessor library;
    ASSERT_TRUE(library.LoadFromSerializedProto(bytes).ok());
    const int vocabSize = library.GetPieceSize();
    std::mt19937 random(11);
    int taken = 0;
    for (int round = 0; round < 60; ++round) {
        std::string damaged = bytes;
        for (int change = 0; change < 4; ++change)
            damaged[random() % damaged.size()] = static_cast<char>(random());
        taken += survives(damaged, vocabSize) ? 1 : 0;
    }
    EXPECT_GT(taken, 0);
    EXPECT_LT(taken, 60);
}

}  // namespace
}  // namespace gatescope

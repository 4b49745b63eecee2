#include "engine/generation/prompt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/error.h"
#include "tests/support/piece_tokenizer.h"
#include "tests/support/scripted_decoder.h"

namespace gatescope {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class PromptTest : public testing::Test {
  protected:
    EncodedPrompt encode(const std::vector<PromptSegment>& segments) {
        return encodePrompt(segments, &tokenizer, config, 128);
    }
    std::string refusal(const std::vector<PromptSegment>& segments, const Tokenizer* with) {
        try {
            encodePrompt(segments, with, config, 128);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
            return error.what();
        }
        return "it was not refused";
    }
    static InterventionSet ablating(int layer, int expert) {
        InterventionSet set;
        set.ablate.push_back({LayerId{layer}, ExpertId{expert}});
        return set;
    }

    test::PieceTokenizer tokenizer{{"one", " one", "two"}};
    ModelConfig config = test::Script::defaultConfig();
};

TEST_F(PromptTest, StartsADocumentOnceAndContinuesItAfterwards) {
    const auto prompt = encode({{.text = "one"}, {.text = "one"}, {.text = "two"}});
    EXPECT_THAT(prompt.segments,
                ElementsAre(ElementsAre(tokenizer.word(" one")),
                            ElementsAre(tokenizer.word("one")),
                            ElementsAre(tokenizer.word("two"))));
    EXPECT_THAT(prompt.tokens,
                ElementsAre(tokenizer.word(" one"), tokenizer.word("one"), tokenizer.word("two")));
}

TEST_F(PromptTest, ContinuesBehindGivenTokens) {
    EXPECT_THAT(encode({{.tokens = {7, 8}}, {.text = "one"}}).tokens,
                ElementsAre(7, 8, tokenizer.word("one")));
}

TEST_F(PromptTest, TakesATextBehindNothingAsTheStart) {
    EXPECT_THAT(encode({{}, {.text = "one"}}).segments,
                ElementsAre(ElementsAre(), ElementsAre(tokenizer.word(" one"))));
}

TEST_F(PromptTest, GivesEachTokenTheInterventionsOfItsSegment) {
    const auto prompt =
        encode({{.tokens = {7, 8}, .interventions = ablating(1, 2)}, {.text = "one"}});
    ASSERT_EQ(prompt.interventions.size(), 3U);
    EXPECT_EQ(*prompt.interventions[0], ablating(1, 2));
    EXPECT_EQ(*prompt.interventions[1], ablating(1, 2));
    EXPECT_EQ(*prompt.interventions[2], InterventionSet{});
}

TEST_F(PromptTest, RefusesWhatMakesNoSense) {
    EXPECT_THAT(refusal({}, &tokenizer), HasSubstr("prompt is empty"));
    EXPECT_THAT(refusal({{}, {}}, &tokenizer), HasSubstr("prompt is empty"));
    EXPECT_THAT(refusal({{.text = "one"}}, nullptr), HasSubstr("no tokenizer"));
    EXPECT_THAT(refusal({{.tokens = {1}}, {.tokens = {3, 512}}}, nullptr),
                HasSubstr("segment 1, token 1: id 512 is outside the model's vocabulary"));
    EXPECT_THAT(refusal({{.tokens = {-1}}}, nullptr), HasSubstr("id -1"));
    EXPECT_THAT(refusal({{.tokens = {1}, .interventions = ablating(4, 0)}}, nullptr),
                HasSubstr("4:0"));
}

TEST_F(PromptTest, RefusesATextThatCannotFitWithoutEncodingIt) {
    const std::string text(std::size_t{1} << 20, 'x');
    EXPECT_THAT(
        refusal({{.text = text}}, &tokenizer),
        AllOf(HasSubstr("1048576 bytes of text, at least"), HasSubstr("context holds 128")));
    // What might fit is encoded and counted.
    EXPECT_EQ(encode({{.text = std::string(129, 'x')}}).tokens.size(), 130U);
}

TEST_F(PromptTest, NeedsNoTokenizerForTokens) {
    EXPECT_THAT(
        encodePrompt(std::vector<PromptSegment>{{.tokens = {5, 6}}}, nullptr, config, 128).tokens,
        ElementsAre(5, 6));
}

}  // namespace
}  // namespace gatescope

#include "engine/decoder/scope_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/error.h"
#include "tests/support/test_paths.h"
#include "tests/support/tokenizer_file.h"

namespace gatescope {
namespace {

std::string problemOf(const std::string& filter) {
    try {
        ScopeFilter::check(filter);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
        return error.what();
    }
    return {};
}

TEST(ScopeFilter, TakesOnlyWhatIsKnownBeforeATokenIsComputed) {
    for (const char* known : {R"(text="the")",
                              R"(text~"er" | !token=5)",
                              "index=3..9",
                              "all: (index<4 & token in {1, 2})"})
        EXPECT_EQ(problemOf(known), "") << known;
    for (const char* field : {"layer=1",
                              "expert=3",
                              "first=2",
                              "p(3)>0.1",
                              "gate(3)>0",
                              "margin<0.1",
                              "decisive<0.1",
                              "entropy>2",
                              "mass>0.5",
                              "repeat",
                              "logprob<-1",
                              "surprise>2",
                              "message=0",
                              "role=user",
                              "generated",
                              "drafted",
                              "routed"}) {
        const std::string_view text(field);
        const std::string name(text.substr(0, text.find_first_of("=<>( ")));
        EXPECT_THAT(
            problemOf("index<5 | !" + std::string(field)),
            testing::HasSubstr("column 12: " + name + " is not known before a token is computed"))
            << field;
    }
}

TEST(ScopeFilter, SaysWhereAMistakeIs) {
    EXPECT_THAT(problemOf("index="), testing::HasSubstr("column 7: expected a number"));
    EXPECT_THAT(problemOf("colour=1"), testing::HasSubstr("column 1: "));
}

TEST(ScopeFilter, IsAskedAboutOneToken) {
    const auto tokenizer = test::loadTokenizer(test::dataDir() / "tiny-a/tokenizer.model", 512);
    const auto ids = tokenizer->encodeContinuation(" the river");
    ASSERT_GE(ids.size(), 2U);
    const std::string text = tokenizer->surface(ids.front()).text;
    ASSERT_FALSE(text.empty());
    ScopeFilter whole("text=\"" + text + "\"", tokenizer.get());
    ScopeFilter placed("text=\"" + text + "\" & index>3", tokenizer.get());
    EXPECT_TRUE(whole.contains(0, ids.front()));
    EXPECT_TRUE(whole.contains(1000, ids.front()));
    EXPECT_FALSE(whole.contains(1, ids.back()));
    EXPECT_FALSE(placed.contains(3, ids.front()));
    EXPECT_TRUE(placed.contains(4, ids.front()));
    EXPECT_FALSE(whole.contains(0, 100000)) << "no word of the vocabulary";
    EXPECT_THROW(ScopeFilter("text~\"a\"", nullptr), Error);
    EXPECT_TRUE(ScopeFilter("token=7", nullptr).contains(0, 7));
}

}  // namespace
}  // namespace gatescope

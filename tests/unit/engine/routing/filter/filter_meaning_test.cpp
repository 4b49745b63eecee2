// What filters mean, sentence by sentence of docs/filter.md, on traces written down by hand.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/routing/filter/filter_text.h"
#include "tests/unit/engine/routing/filter/filter_samples.h"

namespace gatescope {
namespace {

using test::choices;
using test::matching;
using test::record;
using test::SampleTokens;

/// Two layers of four experts, two selected. 0: layer 0 takes {0,1}, layer 1 {2,3}; 1: the other
/// way round; 2: {0,2} in both; 3: not computed.
SampleTokens fourTokens() {
    SampleTokens tokens;
    tokens.add("It", choices({{0, 1}, {2, 3}}, 4));
    tokens.add("self", choices({{2, 3}, {0, 1}}, 4));
    tokens.add(" is", choices({{0, 2}, {0, 2}}, 4));
    tokens.add(" here");
    return tokens;
}

TEST(FilterMeaningTest, AConjunctionIsAboutOneLayer) {
    const auto tokens = fourTokens();
    EXPECT_EQ(matching("expert=0", tokens), "0 1 2");
    EXPECT_EQ(matching("layer=0 & expert=0", tokens), "0 2");
    EXPECT_EQ(matching("expert=0 & expert=3", tokens), "") << "never in the same layer";
    EXPECT_EQ(matching("any: expert=0 & any: expert=3", tokens), "0 1");
    EXPECT_EQ(matching("expert=0 & expert=2", tokens), "2");
    EXPECT_EQ(matching("layer=1 & (expert=3 | expert=1)", tokens), "0 1");
    EXPECT_EQ(matching("any: (layer=0 & expert=1) & any: (layer=1 & expert=3)", tokens), "0");
}

TEST(FilterMeaningTest, AllAndNoneAskAboutEveryLayer) {
    const auto tokens = fourTokens();
    EXPECT_EQ(matching("all: expert=0", tokens), "2");
    EXPECT_EQ(matching("none: expert=3", tokens), "2");
    EXPECT_EQ(matching("!expert=3", tokens), "0 1 2") << "in some layer it is not selected";
    EXPECT_EQ(matching("expert!=3", tokens), "0 1 2");
    EXPECT_EQ(matching("!any: expert=3", tokens), "2");
    EXPECT_EQ(matching("all: (layer!=0 | expert in {2, 3})", tokens), "1 2");
}

TEST(FilterMeaningTest, WhatATokenDoesNotHaveIsNeitherTrueNorFalse) {
    const auto tokens = fourTokens();
    EXPECT_EQ(matching("margin>=0", tokens), "0 1 2");
    EXPECT_EQ(matching("!margin>=0", tokens), "");
    EXPECT_EQ(matching("none: expert=0", tokens), "");
    EXPECT_EQ(matching("margin>=0 | text~here", tokens), "0 1 2 3");
    EXPECT_EQ(matching("!routed", tokens), "3");
    EXPECT_EQ(matching("logprob<0", tokens), "") << "none is generated";
    EXPECT_EQ(matching("!logprob<0", tokens), "");
    EXPECT_EQ(matching("p(9)<2", tokens), "") << "there is no expert 9";
}

TEST(FilterMeaningTest, ExpertsAreTheSelectedOnes) {
    SampleTokens tokens;
    tokens.add("a", record({{0.4F, 0.1F, 0.3F, 0.2F}}));
    EXPECT_EQ(matching("expert=0..1", tokens), "0");
    EXPECT_EQ(matching("expert=1", tokens), "");
    EXPECT_EQ(matching("expert={1,3}", tokens), "");
    EXPECT_EQ(matching("expert!={1,3}", tokens), "0");
    EXPECT_EQ(matching("expert!=0", tokens), "");
    EXPECT_EQ(matching("expert>2", tokens), "");
    EXPECT_EQ(matching("expert>=2", tokens), "0");
    EXPECT_EQ(matching("first=0", tokens), "0");
    EXPECT_EQ(matching("first=2", tokens), "");
}

TEST(FilterMeaningTest, NumbersAreThoseOfTheRouterMeasures) {
    SampleTokens tokens;
    tokens.add("a", record({{0.5F, 0.25F, 0.125F, 0.125F}}));
    for (const char* holds : {"margin=0.25",
                              "decisive=0.125",
                              "mass=0.75",
                              "entropy=1.75",
                              "p(0)=0.5",
                              "p(3)=0.125",
                              "gate(1)=0.25",
                              "gate(3)=0",
                              "expert=1 & gate=0.25",
                              "first=0 & p>=0.5",
                              "expert=1 & (gate>1 | p<=0.25)",
                              "margin=0.2..0.25",
                              "margin in {0.1, 0.25}",
                              "margin!=0.24"})
        EXPECT_EQ(matching(holds, tokens), "0") << holds;
    for (const char* fails : {"margin<0.25",
                              "margin>0.25",
                              "margin!=0.25",
                              "p(0)<0.5",
                              "expert=1 & gate>0.25",
                              "expert=3 & p=0.125",
                              "entropy>1.75"})
        EXPECT_EQ(matching(fails, tokens), "") << fails;
}

TEST(FilterMeaningTest, FactsOfATokenNeedNoRouting) {
    SampleTokens tokens;
    for (int i = 0; i < 4; ++i) {
        auto& sample = tokens.add("w", nullptr, i / 2);
        sample.facts.token = 10 * i;
        sample.facts.assistant = sample.facts.generated = i >= 2;
        sample.facts.drafted = i == 3;
        sample.facts.logProb = i == 2 ? std::log(0.25F) : -0.01F;
    }
    EXPECT_EQ(matching("generated", tokens), "2 3");
    EXPECT_EQ(matching("!generated", tokens), "0 1");
    EXPECT_EQ(matching("drafted", tokens), "3");
    EXPECT_EQ(matching("role=assistant", tokens), "2 3");
    EXPECT_EQ(matching("role!=assistant", tokens), "0 1");
    EXPECT_EQ(matching("role=user", tokens), "0 1");
    EXPECT_EQ(matching("message=1 & index<3", tokens), "2");
    EXPECT_EQ(matching("token={0, 15..20}", tokens), "0 2");
    EXPECT_EQ(matching("surprise=1.99..2.01", tokens), "2");
    EXPECT_EQ(matching("logprob>-1", tokens), "3");
    EXPECT_EQ(matching("surprise<100", tokens), "2 3") << "a prompt has no probability";
}

TEST(FilterMeaningTest, RepeatComparesWithTheTokenBefore) {
    SampleTokens tokens;
    tokens.add("a", choices({{0, 1}, {1, 2}}, 4));
    tokens.add("b", choices({{1, 0}, {1, 3}}, 4));
    tokens.add("c");
    tokens.add("d", choices({{1, 0}, {1, 3}}, 4));
    EXPECT_EQ(matching("repeat", tokens), "1");
    EXPECT_EQ(matching("layer=0 & repeat", tokens), "");
    EXPECT_EQ(matching("layer=1 & repeat", tokens), "1");
    EXPECT_EQ(matching("layer=0 & !repeat", tokens), "1") << "not the first, nor behind a gap";
}

TEST(FilterMeaningTest, TextIsFoundHoweverTokensCutIt) {
    SampleTokens tokens;
    for (const char* piece : {"My", "S", "el", "f", " and", " it", "", "self", " SELFish"})
        tokens.add(piece);
    EXPECT_EQ(matching("text~\"self\"", tokens), "1 2 3 7 8");
    EXPECT_EQ(matching("text~\"myself and\"", tokens), "0 1 2 3 4");
    EXPECT_EQ(matching("text~\"itself\"", tokens), "5 7");
    EXPECT_EQ(matching("text=\"self\"", tokens), "7");
    EXPECT_EQ(matching("text=\"and\"", tokens), "4") << "blanks around a token do not count";
    EXPECT_EQ(matching("text!=\"and\" & index=4..5", tokens), "5");
    EXPECT_EQ(matching("!text~\"f\"", tokens), "0 1 2 4 5 6");
}

TEST(FilterMeaningTest, TextEndsWithItsMessage) {
    SampleTokens tokens;
    tokens.add("se", nullptr, 0);
    tokens.add("lf", nullptr, 1);
    EXPECT_EQ(matching("text~\"self\"", tokens), "");
    tokens.samples[1].facts.message = 0;
    EXPECT_EQ(matching("text~\"self\"", tokens), "0 1");
}

TEST(FilterMeaningTest, CapitalsOfThreeScriptsAreSmallLetters) {
    EXPECT_EQ(foldCase("ÀÉÖØÞ×ß ΑΣΩ АЯЁЂ Ab\xC3"), "àéöøþ×ß ασω аяёђ ab\xC3");
    SampleTokens tokens;
    tokens.add("ПРИ");
    tokens.add("ВЕТ");
    EXPECT_EQ(matching("text~\"привет\"", tokens), "0 1");
}

// A pattern must not find itself where it only nearly is.
TEST(FilterMeaningTest, FindsWhatOverlapsItself) {
    const TextPattern pattern("aab");
    EXPECT_TRUE(pattern.touches("aaab", 1, 2));
    EXPECT_FALSE(pattern.touches("aaab", 0, 1));
    EXPECT_FALSE(pattern.touches("aabcc", 3, 5));
    EXPECT_TRUE(pattern.touches("aabaab", 3, 4));
    EXPECT_TRUE(TextPattern("aa").touches("aaa", 2, 3));
}

TEST(FilterMeaningTest, SaysWhichTokensANewOneCanChange) {
    SampleTokens tokens;
    for (int i = 0; i < 10; ++i) tokens.add("abc");
    const auto of = [&](const char* filter) {
        return firstAffected(*RoutingFilter::parse(filter).filter, tokens, 8);
    };
    EXPECT_EQ(of("layer=3"), 8);
    EXPECT_EQ(of("text~\"x\""), 8);
    EXPECT_EQ(of("text~\"abcd\""), 7);
    EXPECT_EQ(of("text~\"abcde\""), 6);
    EXPECT_EQ(of("layer=1 & none: (text~\"abcdefgh\" | repeat)"), 5);
}

}  // namespace
}  // namespace gatescope

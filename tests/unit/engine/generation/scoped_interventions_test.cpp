#include "engine/generation/scoped_interventions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/generation/sequence.h"
#include "tests/support/scripted_decoder.h"
#include "tests/unit/engine/generation/run_bench.h"

namespace gatescope {
namespace {

using test::greedy;
using test::RunBench;
using test::Script;

/// Every expert but two of layer 0 routed around: seen in any token's record.
InterventionSet onlyTwo(TokenScope scope) {
    InterventionSet set{.scope = std::move(scope)};
    for (int e = 2; e < 8; ++e) set.exclude.push_back({LayerId{0}, ExpertId{e}});
    return set;
}

bool isOnlyTwo(const RoutingRecord& record) {
    return std::ranges::all_of(record.layerSelected(0), [](auto expert) { return expert < 2; });
}

TEST(TokenScope, HoldsTokensAtPositions) {
    const TokenScope all;
    EXPECT_TRUE(all.everywhere());
    EXPECT_TRUE(all.isListed(0, 0));
    const TokenScope words{.tokens = {3, 9}};
    EXPECT_FALSE(words.everywhere());
    EXPECT_TRUE(words.isListed(100, 9));
    EXPECT_FALSE(words.isListed(100, 4));
    const TokenScope places{.positions = {{2, 4}, {8, 9}}};
    std::vector<int> inside;
    for (int p = 0; p < 12; ++p)
        if (places.isListed(p, 7)) inside.push_back(p);
    EXPECT_THAT(inside, testing::ElementsAre(2, 3, 8));
    const TokenScope both{.tokens = {7}, .positions = {{2, 4}}};
    EXPECT_TRUE(both.isListed(2, 7));
    EXPECT_FALSE(both.isListed(2, 8));
    EXPECT_FALSE(both.isListed(4, 7));
}

TEST(ScopedInterventions, GiveTheSetWithoutItsScopeOrNothing) {
    const InterventionSet set = onlyTwo({.tokens = {5}});
    const ScopedInterventions scoped(set);
    EXPECT_FALSE(scoped.everywhere());
    EXPECT_EQ(*scoped.at(0, 5), onlyTwo({}));
    EXPECT_TRUE(scoped.at(0, 6)->empty());
    EXPECT_EQ(scoped.at(3, 5), scoped.at(4, 5)) << "shared, not made anew";
}

class ScopedRunTest : public testing::Test {
  protected:
    ScopedRunTest() { script.replies = {{300, 301, 302, 301, 303}}; }
    RunBench bench() {
        return {test::makeScriptedDecoder(std::make_shared<Script>(script)), nullptr};
    }
    Script script;
};

TEST_F(ScopedRunTest, ActsOnTheTokensOfPromptAndReplyThatItHolds) {
    auto b = bench();
    auto request =
        greedy({{.tokens = {5, 6, 301, 5}, .interventions = onlyTwo({.tokens = {301}})}});
    request.interventions = onlyTwo({.tokens = {301}});
    const auto result = b.run(request);
    ASSERT_FALSE(result.error);
    const std::vector<TokenId> ids{5, 6, 301, 5, 300, 301, 302, 301, 303};
    const auto plain = bench().run(greedy({{.tokens = {5, 6, 301, 5}}}));
    ASSERT_EQ(result.routing().size(), ids.size());
    bool differs = false;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (ids[i] == 301) {
            EXPECT_TRUE(isOnlyTwo(result.routing()[i])) << i;
            differs = differs || !isOnlyTwo(plain.routing()[i]);
        } else {
            EXPECT_EQ(result.routing()[i], plain.routing()[i]) << i;
        }
    }
    EXPECT_TRUE(differs);
}

TEST_F(ScopedRunTest, ActsOnPositions) {
    auto b = bench();
    const TokenScope scope{.positions = {{1, 2}, {5, 7}}};
    auto request = greedy({{.tokens = {5, 6, 7, 8}, .interventions = onlyTwo(scope)}});
    request.interventions = onlyTwo(scope);
    const auto result = b.run(request);
    const auto plain = bench().run(greedy({{.tokens = {5, 6, 7, 8}}}));
    for (std::size_t i = 0; i < result.routing().size(); ++i) {
        if (i == 1 || i == 5 || i == 6) {
            EXPECT_TRUE(isOnlyTwo(result.routing()[i])) << i;
        } else {
            EXPECT_EQ(result.routing()[i], plain.routing()[i]) << i;
        }
    }
}

TEST_F(ScopedRunTest, ActsOnWhatAFilterMatches) {
    auto b = bench();
    const TokenScope scope{.filter = "token=301 & index>2 | index=0"};
    auto request = greedy({{.tokens = {5, 6, 301, 5}, .interventions = onlyTwo(scope)}});
    request.interventions = onlyTwo(scope);
    const auto result = b.run(request);
    ASSERT_FALSE(result.error);
    const auto plain = bench().run(greedy({{.tokens = {5, 6, 301, 5}}}));
    for (std::size_t i = 0; i < result.routing().size(); ++i) {
        if (i == 0 || i == 5 || i == 7) {
            EXPECT_TRUE(isOnlyTwo(result.routing()[i])) << i;
        } else {
            EXPECT_EQ(result.routing()[i], plain.routing()[i]) << i;
        }
    }
}

TEST_F(ScopedRunTest, AFilterOverTextsNeedsATokenizer) {
    auto b = bench();
    auto request = greedy({{.tokens = {5, 6}}});
    request.interventions = onlyTwo({.filter = "text~\"a\""});
    try {
        (void)b.run(request);
        FAIL() << "it was taken";
    } catch (const Error& error) {  // before anything has been computed
        EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
        EXPECT_THAT(error.what(), testing::HasSubstr("no tokenizer"));
    }
}

/// What a token was computed with decides, not what was said of others.
TEST_F(ScopedRunTest, ReusesTokensThatWereComputedAlike) {
    auto b = bench();
    const auto cost = [&](const GenerationRequest& request) {
        const int before = script.log->tokensComputed;
        const auto result = b.run(request);
        EXPECT_FALSE(result.error);
        return script.log->tokensComputed - before - static_cast<int>(result.tokens.size());
    };
    const auto prompt = [](const InterventionSet& set) {
        return greedy({{.tokens = {5, 6, 7, 8, 9}, .interventions = set}});
    };
    EXPECT_EQ(cost(prompt({})), 5);
    EXPECT_EQ(cost(prompt(onlyTwo({.tokens = {400}}))), 1) << "the word is not in the prompt";
    EXPECT_EQ(cost(prompt(onlyTwo({.tokens = {8}}))), 2) << "from the word on";
    EXPECT_EQ(cost(prompt(onlyTwo({.positions = {{3, 4}}}))), 1) << "the same token, said else";
    EXPECT_EQ(cost(prompt(onlyTwo({}))), 5) << "everywhere";
    EXPECT_EQ(cost(prompt({})), 5);
}

TEST_F(ScopedRunTest, SpeculatesTheSameReply) {
    script.replies = {{20, 21, 22, 20, 21, 22, 20, 21, 22, 20, 21, 22, 20, 21, 22, 20, 21}};
    auto a = bench();
    auto b = bench();
    auto request = greedy({{.tokens = {20, 21, 22, 20, 21, 22}}}, 14);
    request.interventions = onlyTwo({.tokens = {21}});
    const auto plain = a.run(request);
    request.speculate = true;
    const auto drafting = b.run(request);
    ASSERT_FALSE(drafting.error);
    EXPECT_EQ(drafting.ids(), plain.ids());
    EXPECT_EQ(drafting.routing(), plain.routing());
    for (std::size_t i = 0; i < drafting.tokens.size(); ++i) {
        const RoutingRecord& record = *drafting.tokens[i].routing;
        EXPECT_TRUE(drafting.tokens[i].token != 21 || isOnlyTwo(record)) << i;
    }
}

}  // namespace
}  // namespace gatescope

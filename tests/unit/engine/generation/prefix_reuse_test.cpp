#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "engine/generation/sequence.h"
#include "tests/support/scripted_decoder.h"
#include "tests/unit/engine/generation/run_bench.h"

namespace gatescope {
namespace {

using test::greedy;
using test::RunBench;
using test::Script;

InterventionSet ablating(int layer, int expert) {
    InterventionSet set;
    set.ablate.push_back({LayerId{layer}, ExpertId{expert}});
    return set;
}

class PrefixReuseTest : public testing::Test {
  protected:
    PrefixReuseTest() { script.replies = {{300, 301, 302}, {310, 311}}; }
    RunBench bench() {
        return {test::makeScriptedDecoder(std::make_shared<Script>(script)), nullptr};
    }
    /// Tokens the decoder was asked to compute by `request`.
    int cost(RunBench& b, const GenerationRequest& request, test::RunResult* result = nullptr) {
        const int before = script.log->tokensComputed;
        auto r = b.run(request);
        EXPECT_FALSE(r.error);
        if (result != nullptr) *result = r;
        return script.log->tokensComputed - before - static_cast<int>(r.tokens.size());
    }

    Script script;
};

TEST_F(PrefixReuseTest, ComputesOnlyWhatIsNew) {
    auto b = bench();
    EXPECT_EQ(cost(b, greedy({{.tokens = {5, 6, 7}}})), 3);
    // The conversation goes on: prompt, reply and a new message.
    test::RunResult second;
    EXPECT_EQ(cost(b,
                   greedy({{.tokens = {5, 6, 7}}, {.tokens = {300, 301, 302}}, {.tokens = {8, 9}}}),
                   &second),
              2);
    EXPECT_EQ(second.timings.reusedTokens, 6);
    EXPECT_EQ(second.prompt->reusedTokens, 6);
    EXPECT_EQ(second.promptRouting.size(), 8U);
}

TEST_F(PrefixReuseTest, ComputesTheLastTokenOfTheSamePromptAgain) {
    auto b = bench();
    cost(b, greedy({{.tokens = {5, 6, 7}}}));
    test::RunResult again;
    EXPECT_EQ(cost(b, greedy({{.tokens = {5, 6, 7}}}), &again), 1);
    EXPECT_EQ(again.ids(), (std::vector<TokenId>{310, 311}));
}

TEST_F(PrefixReuseTest, StartsOverWhereAnInterventionDiffers) {
    auto b = bench();
    cost(b, greedy({{.tokens = {5, 6, 7}}, {.tokens = {8, 9}, .interventions = ablating(0, 1)}}));
    EXPECT_EQ(
        cost(b,
             greedy({{.tokens = {5, 6, 7}}, {.tokens = {8, 9}, .interventions = ablating(0, 2)}})),
        2);
    EXPECT_EQ(cost(b, greedy({{.tokens = {5, 6, 7, 8, 9}}})), 2);
    EXPECT_EQ(cost(b, greedy({{.tokens = {5, 6, 7, 8, 9}, .interventions = ablating(0, 1)}})), 5);
}

TEST_F(PrefixReuseTest, KnowsThatTheReplyWasComputedUnderTheRequestsInterventions) {
    auto b = bench();
    auto request = greedy({{.tokens = {5, 6}}});
    request.interventions = ablating(1, 1);
    cost(b, request);
    EXPECT_EQ(cost(b,
                   greedy({{.tokens = {5, 6}},
                           {.tokens = {300, 301, 302}, .interventions = ablating(1, 1)},
                           {.tokens = {9}}})),
              1);
    cost(b, request);
    EXPECT_EQ(cost(b, greedy({{.tokens = {5, 6}}, {.tokens = {310, 311}}, {.tokens = {9}}})), 3);
}

TEST_F(PrefixReuseTest, SplitsBatchesWhereInterventionsChange) {
    auto b = bench();
    const auto result = b.run(greedy({{.tokens = {5, 6}, .interventions = ablating(0, 0)},
                                      {.tokens = {7, 8}, .interventions = ablating(0, 0)},
                                      {.tokens = {9}, .interventions = ablating(0, 1)},
                                      {.tokens = {10}}},
                                     1));
    EXPECT_EQ(result.chunks, 3);
    // Each token is routed under its own segment's interventions, the reply under the request's.
    auto decoder = test::makeScriptedDecoder(std::make_shared<Script>(script));
    const std::vector<TokenId> ids{5, 6, 7, 8, 9, 10, result.ids().at(0)};
    const std::vector<InterventionSet> sets{
        ablating(0, 0), ablating(0, 0), ablating(0, 0), ablating(0, 0), ablating(0, 1), {}, {}};
    auto cache = decoder->makeCache(16);
    StepOutput out;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        decoder->forward({.tokens = std::span(&ids[i], 1)}, *cache, sets[i], out, {});
        EXPECT_EQ(result.routing().at(i), out.record(decoder->config(), 0)) << i;
    }
}

TEST_F(PrefixReuseTest, KeepsRecordsOfEachTopKApart) {
    auto b = bench();
    PromptSegment wide{.tokens = {5, 6}};
    wide.interventions.topK = 4;
    const auto result = b.run(greedy({wide, {.tokens = {7}}}, 1));
    EXPECT_EQ(result.routing().at(0).numSelected, 4);
    EXPECT_EQ(result.routing().at(2).numSelected, 2);
    EXPECT_EQ(result.routing().at(3).numSelected, 2);
}

TEST_F(PrefixReuseTest, ShowsTheRoutingOfReusedTokensInANewConversation) {
    auto b = bench();
    const auto first = b.run(greedy({{.tokens = {5, 6, 7}}}));
    const auto second = b.run(greedy({{.tokens = {5, 6, 8}}}));
    EXPECT_EQ(second.timings.reusedTokens, 2);
    ASSERT_EQ(second.promptRouting.size(), 3U);
    EXPECT_EQ(first.promptRouting[1], second.promptRouting[1]);
    EXPECT_NE(*first.promptRouting[2], *second.promptRouting[2]);
}

TEST_F(PrefixReuseTest, KeepsWhatAStoppedPrefillHadComputed) {
    script.faults = {{.kind = test::ScriptedFault::Kind::Hang, .call = 2}};
    auto b = bench();
    std::stop_source stop;
    std::jthread stopper([&] {
        while (script.log->hanging == 0) std::this_thread::yield();
        stop.request_stop();
    });
    const auto request = greedy({{.tokens = std::vector<TokenId>(200, 5)}});
    EXPECT_EQ(b.run(request, stop.get_token()).reason, FinishReason::Stopped);
    EXPECT_EQ(b.sequence().length(), 64 + 128);
    EXPECT_EQ(cost(b, request), 8);
}

}  // namespace
}  // namespace gatescope

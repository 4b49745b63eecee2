// What a score does to the engine around it. Its numbers: tests/golden/score_golden_test.cpp.
#include "engine/comparison/score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "engine/comparison/score_run.h"
#include "engine/error.h"
#include "engine/generation/sequence.h"
#include "tests/support/scripted_decoder.h"
#include "tests/unit/engine/engine/engine_driver.h"
#include "tests/unit/engine/engine/tiny_models.h"

namespace gatescope {
namespace {

using namespace std::chrono_literals;
using test::EngineDriver;
using test::requestFor;
using test::Script;
using test::ScriptedFault;
using testing::HasSubstr;

const std::vector<TokenId> kTokens{5, 9, 200, 17, 33, 64, 5, 9, 12, 80, 7};

ScoreRequest scoreOf(std::vector<TokenId> tokens, int first = 0) {
    ScoreRequest request;
    request.id = 77;
    request.sequence = {{.text = {}, .tokens = std::move(tokens), .interventions = {}}};
    request.firstPosition = first;
    request.changed.emplace().ablate = {{.layer = {1}, .expert = {3}}};
    return request;
}

struct Scores {
    std::vector<PositionScore> positions;
    std::vector<EngineFailed> failures;
    ScoreEnd end = ScoreEnd::Failed;
};

Scores resultOf(EngineDriver& driver) {
    Scores scores;
    scores.end =
        driver
            .await<ScoreFinished>([&](const Event& event) {
                if (const auto* chunk = std::get_if<PositionsScored>(&event))
                    scores.positions.insert(
                        scores.positions.end(), chunk->positions.begin(), chunk->positions.end());
                else if (const auto* failed = std::get_if<EngineFailed>(&event))
                    scores.failures.push_back(*failed);
            })
            .end;
    return scores;
}

Scores scored(EngineDriver& driver, ScoreRequest request) {
    driver.engine.score(std::move(request));
    return resultOf(driver);
}

TEST(Score, DivergenceOfTwoRowsIsThatOfTheirDistributions) {
    // ln of (1/2, 1/4, 1/4) and of (1/4, 1/2, 1/4), shifted: KL is 1/4 bit.
    const std::vector<float> p{3 + std::log(0.5F), 3 + std::log(0.25F), 3 + std::log(0.25F)};
    const std::vector<float> q{std::log(0.25F), std::log(0.5F), std::log(0.25F)};
    EXPECT_NEAR(klBits(p, q), 0.25, 1e-6);
    EXPECT_EQ(klBits(p, p), 0);
    EXPECT_NEAR(logProbability(p, 0), std::log(0.5), 1e-6);
    EXPECT_EQ(mostLikely(q), 1);
    EXPECT_EQ(mostLikely(std::vector<float>{1, 4, 4}), 1);
    // Logits far apart: e^1000 is no double.
    EXPECT_NEAR(logProbability(std::vector<float>{1000, 0}, 1), -1000, 1e-3);
}

class ScoreEngineTest : public testing::Test {
  protected:
    EngineOptions options() { return test::scriptedEngine(std::make_shared<Script>(script)); }
    Script script;
};

TEST_F(ScoreEngineTest, TheConversationIsReusedAfterwards) {
    const test::SmallCheckpoint model;
    EngineDriver driver({});
    driver.load(model.path());
    const auto reply = driver.ask(requestFor(kTokens, 20));
    std::vector<TokenId> whole = kTokens;
    whole.insert(whole.end(), reply.ids.begin(), reply.ids.end());

    const auto scores = scored(driver, scoreOf(whole, static_cast<int>(kTokens.size())));
    EXPECT_EQ(scores.end, ScoreEnd::Done);
    ASSERT_EQ(scores.positions.size(), reply.ids.size());
    // The plain way is the one the reply went: same routing, and a different one beside it.
    for (std::size_t i = 0; i < reply.ids.size(); ++i)
        EXPECT_EQ(*scores.positions[i].plain, reply.routing[kTokens.size() + i]);
    EXPECT_NE(*scores.positions.back().plain, *scores.positions.back().changed);

    whole.push_back(3);
    const auto next = driver.ask(requestFor(whole, 4));
    EXPECT_EQ(next.finished.timings.reusedTokens, static_cast<int>(whole.size()) - 1);
}

TEST_F(ScoreEngineTest, ABranchPutAsideComesBack) {
    const test::SmallCheckpoint model;
    EngineDriver driver({});
    driver.load(model.path());
    const auto before = driver.ask(requestFor(kTokens, 20));
    const auto scores = scored(driver, scoreOf({1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(scores.end, ScoreEnd::Done);

    std::vector<TokenId> whole = kTokens;
    whole.insert(whole.end(), before.ids.begin(), before.ids.end());
    const auto after = driver.ask(requestFor(whole, 4));
    EXPECT_EQ(after.finished.timings.restoredTokens, static_cast<int>(whole.size()) - 1);
}

TEST_F(ScoreEngineTest, ManyChunksCoverTheSequenceInOrder) {
    const test::SmallCheckpoint model;
    EngineDriver driver({});
    driver.load(model.path());
    std::vector<TokenId> tokens;
    for (int i = 0; i < 100; ++i) tokens.push_back((i * 37 + 11) % 512);
    const auto scores = scored(driver, scoreOf(tokens));
    ASSERT_EQ(scores.positions.size(), tokens.size());
    for (std::size_t i = 0; i < tokens.size(); ++i) EXPECT_EQ(scores.positions[i].token, tokens[i]);
}

TEST_F(ScoreEngineTest, AFaultIsASentenceAndTheChatGoesOn) {
    script.replies = {{300}};
    script.faults = {{.kind = ScriptedFault::Kind::Error, .call = 1, .layer = 0}};
    EngineDriver driver(options());
    driver.load();
    const auto scores = scored(driver, scoreOf(kTokens));
    EXPECT_EQ(scores.end, ScoreEnd::Failed);
    ASSERT_EQ(scores.failures.size(), 1U);
    EXPECT_EQ(scores.failures[0].generation, 77U);
    EXPECT_THAT(scores.failures[0].message, HasSubstr("the scripted device failed"));
    EXPECT_EQ(script.log->caches, 1) << "the second cache is gone";
    EXPECT_EQ(driver.ask(requestFor({1, 2})).finished.reason, FinishReason::EndOfText);
}

TEST_F(ScoreEngineTest, ANumberThatIsNotFiniteIsTold) {
    script.faults = {{.kind = ScriptedFault::Kind::NonFinite, .call = 1, .layer = 2}};
    EngineDriver driver(options());
    driver.load();
    const auto scores = scored(driver, scoreOf(kTokens));
    EXPECT_EQ(scores.end, ScoreEnd::Failed);
    EXPECT_THAT(scores.failures.at(0).message, HasSubstr("layer 2 gave a number"));
}

TEST_F(ScoreEngineTest, ALostGpuTakesTheModelWithIt) {
    script.faults = {{.kind = ScriptedFault::Kind::EngineLost, .call = 0, .layer = 0}};
    EngineDriver driver(options());
    driver.load();
    EXPECT_EQ(scored(driver, scoreOf(kTokens)).end, ScoreEnd::Failed);
    (void)driver.await<ModelUnloaded>();
}

TEST_F(ScoreEngineTest, StopsWithinHalfASecond) {
    script.replies = {{300}};
    script.faults = {{.kind = ScriptedFault::Kind::Hang, .call = 1, .layer = 0}};
    EngineDriver driver(options());
    driver.load();
    driver.engine.score(scoreOf(kTokens));
    while (script.log->hanging == 0) std::this_thread::yield();
    driver.engine.stopScores();
    EXPECT_EQ(resultOf(driver).end, ScoreEnd::Stopped);
    EXPECT_EQ(driver.ask(requestFor({1, 2})).finished.reason, FinishReason::EndOfText);
}

TEST_F(ScoreEngineTest, RefusesWhatMakesNoSense) {
    script.config.numLayers = 4;
    EngineDriver driver(options());
    EXPECT_THAT(scored(driver, scoreOf(kTokens)).failures.at(0).message,
                HasSubstr("no model is loaded"));
    const auto info = driver.load();
    const auto refused = [&](const ScoreRequest& request) {
        return scored(driver, request).failures.at(0).message;
    };
    EXPECT_THAT(refused(scoreOf(kTokens, 11)), HasSubstr("expected 0 to 10"));
    EXPECT_THAT(refused(scoreOf({1, 2, 99999})), HasSubstr("99999"));
    EXPECT_THAT(refused(scoreOf(
                    std::vector<TokenId>(static_cast<std::size_t>(info->contextCapacity) + 3, 1))),
                HasSubstr("shorten them by 3"));
    ScoreRequest outside = scoreOf(kTokens);
    outside.changed->ablate = {{.layer = {4}, .expert = {0}}};
    EXPECT_THAT(refused(outside), HasSubstr("4"));
    EXPECT_EQ(script.log->forwardCalls, 0);
}

TEST(ScoreRunTest, ASecondCacheThatDoesNotFitIsRefusedBeforeAnythingIsComputed) {
    const auto script = std::make_shared<Script>();
    const auto decoder = test::makeScriptedDecoder(script);
    Sequence sequence(decoder->config(), decoder->makeCache(64));
    const std::uint64_t needed = kTokens.size() * sequence.bytesPerToken();
    std::uint64_t free = needed - 1;
    const ScoreContext context{
        .decoder = *decoder, .sequence = sequence, .freeMemory = [&free] { return free; }};
    const ScoreRequest request = scoreOf(kTokens);
    try {
        ScoreRun(context, request, [](const Event&) { ADD_FAILURE(); }).run({});
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::NoMemory);
        EXPECT_THAT(error.what(), HasSubstr("11 tokens"));
        EXPECT_THAT(error.what(), HasSubstr(std::to_string(needed) + " bytes"));
    }
    EXPECT_EQ(sequence.length(), 0);
    EXPECT_EQ(script->log->caches, 1);
    free = needed;
    EXPECT_EQ(ScoreRun(context, request, [](const Event&) {}).run({}), StepStatus::Done);
}

}  // namespace
}  // namespace gatescope

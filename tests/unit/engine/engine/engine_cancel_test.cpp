#include <gtest/gtest.h>

#include <random>

#include "tests/support/scripted_decoder.h"
#include "tests/unit/engine/engine/engine_driver.h"

namespace gatescope {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using test::EngineDriver;
using test::requestFor;
using test::Script;

/// Cancels a load, a prefill or a decode after a random time, many times over on one engine; what
/// follows must be right each time.
class EngineCancelTest : public testing::Test {
  protected:
    static constexpr int kRounds = 80;  // for each of the three: 240 points in all

    EngineCancelTest() {
        script.replies = {{300, 301, 302, 303, 304, 305, 306, 307}};
        script.tokenDelay = 100us;
        script.loadStepDelay = 200us;
    }
    void sleepSomewhere(std::chrono::microseconds most) {
        std::this_thread::sleep_for(std::chrono::microseconds(
            std::uniform_int_distribution<std::int64_t>(0, most.count())(random)));
    }
    void expectRightAnswer(EngineDriver& driver) {
        const auto answer = driver.ask(requestFor({5, 6, 7}));
        EXPECT_EQ(answer.finished.reason, FinishReason::EndOfText);
        EXPECT_EQ(answer.ids, script.replies[0]);
        EXPECT_EQ(answer.routing.size(), 3 + script.replies[0].size());
    }
    EngineOptions options() {
        auto made = test::scriptedEngine(std::make_shared<Script>(script));
        made.eventCapacity = 8;
        return made;
    }

    Script script;
    std::mt19937 random{20240317};
};

TEST_F(EngineCancelTest, ALoadStopsAnywhereAndTheNextWorks) {
    EngineDriver driver(options());
    int cancelled = 0;
    int models = 0;  // a load that is cancelled before it begins leaves the model of before
    for (int round = 0; round < kRounds; ++round) {
        driver.engine.load("m", {});
        sleepSomewhere(3ms);
        const auto start = Clock::now();
        driver.engine.cancelLoad();
        bool done = false;
        while (!done) {
            const auto event = driver.next();
            if (std::holds_alternative<ModelUnloaded>(event)) models = 0;
            if (std::holds_alternative<ModelLoaded>(event)) models = 1;
            if (std::holds_alternative<LoadCancelled>(event)) {
                ++cancelled;
                done = true;
                EXPECT_EQ(script.log->decoders, models);
                EXPECT_EQ(script.log->caches, models);
            }
            done = done || std::holds_alternative<ModelLoaded>(event);
            ASSERT_FALSE(std::holds_alternative<EngineFailed>(event));
        }
        EXPECT_LT(Clock::now() - start, 500ms);
    }
    EXPECT_GT(cancelled, kRounds / 4);
    driver.load();
    expectRightAnswer(driver);
}

TEST_F(EngineCancelTest, APrefillStopsAnywhereAndTheNextAnswerIsRight) {
    EngineDriver driver(options());
    driver.load();
    int stopped = 0;
    for (int round = 0; round < kRounds; ++round) {
        auto request = requestFor(std::vector<TokenId>(400, 9));
        request.id = static_cast<GenerationId>(round + 1);
        // Another first token each round: nothing is reused.
        request.prompt[0].tokens[0] = static_cast<TokenId>(10 + round);
        driver.engine.submit(request);
        sleepSomewhere(45ms);
        const auto start = Clock::now();
        driver.engine.stop();
        const auto answer = driver.answerTo(request.id);
        EXPECT_LT(Clock::now() - start, 500ms);
        EXPECT_TRUE(answer.errors.empty());
        if (answer.finished.reason == FinishReason::Stopped) ++stopped;
        expectRightAnswer(driver);
    }
    EXPECT_GT(stopped, kRounds / 2);
}

TEST_F(EngineCancelTest, ADecodeStopsAnywhereAndKeepsWhatWasSaid) {
    script.tokenDelay = 500us;
    EngineDriver driver(options());
    driver.load();
    int stopped = 0;
    for (int round = 0; round < kRounds; ++round) {
        auto request = requestFor({static_cast<TokenId>(10 + round), 6});
        request.id = static_cast<GenerationId>(round + 1);
        driver.engine.submit(request);
        sleepSomewhere(5ms);
        const auto start = Clock::now();
        driver.engine.stop();
        const auto answer = driver.answerTo(request.id);
        EXPECT_LT(Clock::now() - start, 100ms + 400ms);  // 400 ms for a busy machine's scheduler
        ASSERT_LE(answer.ids.size(), script.replies[0].size());
        EXPECT_TRUE(std::equal(answer.ids.begin(), answer.ids.end(), script.replies[0].begin()));
        EXPECT_EQ(static_cast<std::size_t>(answer.finished.timings.generatedTokens),
                  answer.ids.size());
        if (answer.finished.reason == FinishReason::Stopped) ++stopped;
        expectRightAnswer(driver);
    }
    EXPECT_GT(stopped, kRounds / 4);
}

}  // namespace
}  // namespace gatescope

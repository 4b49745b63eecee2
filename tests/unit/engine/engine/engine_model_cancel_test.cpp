#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "tests/unit/engine/engine/engine_driver.h"
#include "tests/unit/engine/engine/tiny_models.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

namespace gatescope {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using test::Answer;
using test::EngineDriver;
using test::requestFor;
using test::SmallCheckpoint;

/// Bytes of this process that are in memory.
std::int64_t residentBytes() {
    std::ifstream file("/proc/self/statm");
    std::int64_t total = 0;
    std::int64_t resident = 0;
    file >> total >> resident;
    return resident * 4096;
}

/// The limits of design page section 4, and what a loaded two-core machine's scheduler may add.
constexpr auto kSlack = kSanitized ? 2000ms : 500ms;
constexpr auto kLoadLimit = 500ms + kSlack;
constexpr auto kDecodeLimit = 100ms + kSlack;

/// Cancels real loads, prefills and decodes at random points on one engine that lives through all.
class EngineModelCancelTest : public testing::Test {
  protected:
    // That really cut something: 210 in all. A sanitizer takes ten times as long for each.
    static constexpr int kPoints = kSanitized ? 20 : 70;
    static constexpr int kMostRounds = 700;  // ends the search for them on a strange machine

    EngineModelCancelTest() { load(); }

    void load() {
        const auto start = Clock::now();
        driver.engine.load(checkpoint.path(), {.threads = 1});
        driver.await<ModelLoaded>();
        loadTime = Clock::now() - start;
    }
    void sleepUpTo(Clock::duration most) {
        const auto us = std::chrono::duration_cast<std::chrono::microseconds>(most).count();
        std::this_thread::sleep_for(
            std::chrono::microseconds(std::uniform_int_distribution<std::int64_t>(0, us)(random)));
    }
    static GenerationRequest request(TokenId first, int promptTokens, int maxTokens) {
        std::vector<TokenId> prompt(static_cast<std::size_t>(promptTokens), 9);
        prompt[0] = first;
        auto made = requestFor(std::move(prompt), maxTokens);
        made.stopAtEos = false;
        return made;
    }
    static void expectSame(const Answer& a, const Answer& b) {
        EXPECT_EQ(a.ids, b.ids);
        EXPECT_EQ(a.routing, b.routing);
    }
    /// Stops `cut` at random points of its time; what it gave must be right, and what follows too.
    void stopSomewhere(const GenerationRequest& cut, Clock::duration limit) {
        const auto control = request(20, 4, 4);
        const auto expected = driver.ask(control);
        const auto start = Clock::now();
        const auto whole = driver.ask(cut);
        const auto wholeTime = Clock::now() - start;
        int stopped = 0;
        for (int round = 0; round < kMostRounds && stopped < kPoints; ++round) {
            driver.ask(control);  // so that nothing of `cut` is left to reuse
            auto again = cut;
            again.id = static_cast<GenerationId>(round + 1);
            driver.engine.submit(again);
            sleepUpTo(wholeTime);
            const auto asked = Clock::now();
            driver.engine.stop();
            const auto answer = driver.answerTo(again.id);
            EXPECT_LT(Clock::now() - asked, limit);
            EXPECT_TRUE(answer.errors.empty());
            ASSERT_LE(answer.routing.size(), whole.routing.size());
            EXPECT_TRUE(
                std::equal(answer.routing.begin(), answer.routing.end(), whole.routing.begin()));
            if (answer.finished.reason == FinishReason::Stopped) ++stopped;
        }
        EXPECT_EQ(stopped, kPoints);
        expectSame(driver.ask(control), expected);
        expectSame(driver.ask(cut), whole);
    }

    SmallCheckpoint checkpoint{SmallCheckpoint::largerConfig()};
    EngineDriver driver{EngineOptions{.maxBranchBytes = 0}};
    Clock::duration loadTime{};
    std::mt19937 random{7};
};

TEST_F(EngineModelCancelTest, ALoadEndsAnywhere) {
    const auto control = request(20, 4, 4);
    const auto expected = driver.ask(control);
    int cancelled = 0;
    for (int round = 0; round < kMostRounds && cancelled < kPoints; ++round) {
        driver.engine.load(checkpoint.path(), {.threads = 1});
        sleepUpTo(loadTime);
        const auto asked = Clock::now();
        driver.engine.cancelLoad();
        for (bool done = false; !done;) {
            const auto event = driver.next();
            const bool wasCancelled = std::holds_alternative<LoadCancelled>(event);
            cancelled += wasCancelled ? 1 : 0;
            done = wasCancelled || std::holds_alternative<ModelLoaded>(event);
            ASSERT_FALSE(std::holds_alternative<EngineFailed>(event));
        }
        EXPECT_LT(Clock::now() - asked, kLoadLimit);
    }
    EXPECT_EQ(cancelled, kPoints);
    load();
    expectSame(driver.ask(control), expected);
}

TEST_F(EngineModelCancelTest, APrefillEndsAnywhere) {
    stopSomewhere(request(30, 120, 1), kLoadLimit);
}

TEST_F(EngineModelCancelTest, ADecodeEndsAnywhere) {
    stopSomewhere(request(30, 2, 16), kDecodeLimit);
}

TEST_F(EngineModelCancelTest, CancelledLoadsAndUnloadGiveTheMemoryBack) {
    if (kSanitized) GTEST_SKIP() << "a sanitizer keeps freed memory to itself";
    const auto unload = [&] {
        driver.engine.unload();
        EXPECT_EQ(driver.ask(request(1, 1, 1)).finished.reason, FinishReason::Failed);
    };
    unload();
    load();  // once around, so that pools of the C library are filled
    unload();
    const auto before = residentBytes();
    load();
    driver.ask(request(30, 60, 4));
    const auto loaded = residentBytes();
    ASSERT_GT(loaded, before + (8 << 20));  // the model is really there
    unload();
    EXPECT_LT(residentBytes(), before + (2 << 20));
    for (int round = 0; round < 20; ++round) {
        driver.engine.load(checkpoint.path(), {.threads = 1});
        sleepUpTo(loadTime);
        unload();
    }
    EXPECT_LT(residentBytes(), before + (2 << 20));
}

TEST_F(EngineModelCancelTest, ManyShortGenerationsLeaveMemoryFlat) {
    if (kSanitized) GTEST_SKIP() << "a sanitizer keeps freed memory to itself";
    const auto talk = [&](int generations) {
        for (int i = 0; i < generations; ++i) {
            auto asked = request(static_cast<TokenId>(10 + i % 400), 6, 6);
            asked.sampler.temperature = 1.0F;
            asked.sampler.seed = static_cast<std::uint64_t>(i);
            asked.stopStrings = {"stop", "\n\n"};
            asked.interventions.bias = {
                {.site = {LayerId{0}, ExpertId{i % 8}}, .amount = 0.01F * static_cast<float>(i)}};
            EXPECT_TRUE(driver.ask(std::move(asked)).errors.empty());
        }
    };
    talk(100);
    const auto before = residentBytes();
    talk(400);
    EXPECT_LT(residentBytes() - before, 400 << 10);  // under 1 KiB a generation
}

}  // namespace
}  // namespace gatescope

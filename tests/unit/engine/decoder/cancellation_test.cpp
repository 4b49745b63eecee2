#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <thread>

#include "engine/model/open_model.h"
#include "tests/unit/engine/decoder/test_decoder.h"

namespace gatescope::test {
namespace {

using Clock = std::chrono::steady_clock;

// The contract is half a second; instrumented code runs ten times slower.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int kLimitMs = 5000;
#else
constexpr int kLimitMs = 500;
#endif

class Cancellation : public EveryDecoder {};

TEST_P(Cancellation, AStoppedStepLeavesTheCacheAsItWas) {
    const auto weights = randomWeights();
    const auto d = decoder(weights);
    const auto tokens = someTokens(weights->config, 30);
    const std::span<const TokenId> all = tokens;
    const auto cache = d->makeCache(64);
    StepOutput out;
    ASSERT_EQ(d->forward({.tokens = all.first(10)}, *cache, {}, out, {}), StepStatus::Done);
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(d->forward({.tokens = all.subspan(10)}, *cache, {}, out, stop.get_token()),
              StepStatus::Stopped);
    EXPECT_EQ(cache->length(), 10);
    ASSERT_EQ(d->forward({.tokens = all.subspan(10)}, *cache, {}, out, {}), StepStatus::Done);

    const auto untouched = d->makeCache(64);
    StepOutput expected;
    d->forward({.tokens = all.first(10)}, *untouched, {}, expected, {});
    d->forward({.tokens = all.subspan(10)}, *untouched, {}, expected, {});
    EXPECT_EQ(out.logits, expected.logits);
}

TEST_P(Cancellation, AnyMomentIsSafe) {
    const auto weights = randomWeights();
    const auto d = decoder(weights);
    const auto tokens = someTokens(weights->config, 400);
    const auto cache = d->makeCache(400);
    StepOutput out;
    const auto begin = Clock::now();
    ASSERT_EQ(d->forward({.tokens = tokens}, *cache, {}, out, {}), StepStatus::Done);
    const std::chrono::duration<double> whole = Clock::now() - begin;
    const auto expected = out.logits;

    std::mt19937 random(3);
    std::uniform_real_distribution<double> part(0.0, 1.2);
    for (int round = 0; round < 15; ++round) {
        cache->truncate(0);
        std::stop_source stop;
        std::jthread stopper([&stop, wait = whole * part(random)] {
            const auto until = Clock::now() + wait;
            while (Clock::now() < until) std::this_thread::yield();
            stop.request_stop();
        });
        const auto status = d->forward({.tokens = tokens}, *cache, {}, out, stop.get_token());
        EXPECT_EQ(cache->length(), status == StepStatus::Done ? 400 : 0);
        if (status == StepStatus::Done) {
            EXPECT_EQ(out.logits, expected);
        }
    }
    cache->truncate(0);
    ASSERT_EQ(d->forward({.tokens = tokens}, *cache, {}, out, {}), StepStatus::Done);
    EXPECT_EQ(out.logits, expected);
}

TEST_P(Cancellation, PrefillOfAWideLayerStopsWithinHalfASecond) {
    // One layer of bench-1b; these tokens take seconds (reference) or most of one (cpu).
    const auto weights = openModel("synthetic:bench-1b,layers=1")->load({}, {});
    const auto d = decoder(weights);
    const auto tokens = someTokens(weights->config, 2000);
    const auto cache = d->makeCache(2000);
    std::stop_source stop;
    Clock::time_point requested;
    std::jthread stopper([&] {
        // Any moment will do, as long as it lies in the step, which takes much longer.
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        requested = Clock::now();
        stop.request_stop();
    });
    StepOutput out;
    ASSERT_EQ(d->forward({.tokens = tokens}, *cache, {}, out, stop.get_token()),
              StepStatus::Stopped);
    const auto returned = Clock::now();
    stopper.join();
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(returned - requested);
    RecordProperty("stopped_after_ms", static_cast<int>(waited.count()));
    EXPECT_LT(waited.count(), kLimitMs);
    EXPECT_EQ(cache->length(), 0);
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         Cancellation,
                         testing::Values("reference", "cpu"),
                         EveryDecoder::nameOf);

}  // namespace
}  // namespace gatescope::test

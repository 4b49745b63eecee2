#include "engine/model/arrival.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "engine/model/weights.h"
#include "engine/model/weights_assembly.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

TEST(StageTest, FollowAStep) {
    ModelConfig config = test::tinyConfig();
    config.numLayers = 12;
    config.tiedOutput = false;
    EXPECT_EQ(numStages(config), 14);
    for (const TensorSlot& slot : tensorSlots(config)) {
        const int stage = stageOf(slot, config);
        const int expected = slot.role == TensorRole::Embedding ? 0
                             : slot.layer >= 0                  ? 1 + slot.layer
                                                                : 13;  // final norm, output
        EXPECT_EQ(stage, expected) << slot.path;
    }
}

TEST(ArrivalTest, AStageIsThereWhenAllBeforeItAre) {
    Arrival arrival(4);
    std::stop_source stop;
    stop.request_stop();  // so that nothing waits
    EXPECT_FALSE(arrival.await(0, stop.get_token()));
    arrival.add(2);
    arrival.add(1);
    EXPECT_FALSE(arrival.await(1, stop.get_token()));
    arrival.add(0);
    for (const int stage : {0, 1, 2}) EXPECT_TRUE(arrival.await(stage, stop.get_token()));
    EXPECT_FALSE(arrival.await(3, stop.get_token()));
    arrival.add(3);
    EXPECT_TRUE(arrival.await(3, stop.get_token()));
}

TEST(ArrivalTest, WakesWhoeverWaits) {
    Arrival arrival(2);
    std::stop_source stop;
    std::jthread stopped([&] { EXPECT_FALSE(arrival.await(1, stop.get_token())); });
    std::jthread served([&] { EXPECT_TRUE(arrival.await(0, {})); });
    std::jthread failed([&] { EXPECT_THROW(arrival.await(1, {}), std::runtime_error); });
    arrival.add(0);
    served.join();
    stop.request_stop();
    stopped.join();
    arrival.fail(std::make_exception_ptr(std::runtime_error("no more")));
    failed.join();
    EXPECT_TRUE(arrival.await(0, {})) << "what came stays";
}

// A load that is cancelled stops who waits and then fails: on a busy machine both have happened
// before the thread that waits wakes.
TEST(ArrivalTest, WhoeverWasStoppedIsNotToldOfAFailure) {
    Arrival arrival(2);
    arrival.usePortions(
        1, [](int) {}, [] {});
    std::stop_source stop;
    stop.request_stop();
    arrival.fail(std::make_exception_ptr(std::runtime_error("no more")));
    EXPECT_FALSE(arrival.await(1, stop.get_token()));
    EXPECT_FALSE(arrival.awaitPortion(0, 1, stop.get_token()));
    EXPECT_THROW(arrival.await(1, {}), std::runtime_error);
}

TEST(ArrivalTest, TellsWhoeverGivesMemoryBack) {
    Arrival arrival(3);
    arrival.release(1);  // nobody does
    std::vector<int> released;
    arrival.onRelease([&](int stage) { released.push_back(stage); });
    arrival.release(2);
    EXPECT_EQ(released, std::vector<int>{2});
}

/// Notes what it is told.
struct Watcher final : LoadWatcher {
    explicit Watcher(int stages, int most = 0)
        : told(static_cast<std::size_t>(stages)), atOnce(most) {}
    void begun(std::shared_ptr<ModelWeights>) override {}
    void arrived(int stage) override { ++told[static_cast<std::size_t>(stage)]; }
    int mostAtOnce() const override { return atOnce; }
    bool awaitTurn(int stage, const std::stop_token&) override { return stage < turn; }
    std::vector<std::atomic<int>> told;
    int atOnce;
    int turn = 0;
};

TEST(BytesAtOnceTest, AreThoseOfTheLargestStagesInARow) {
    ModelConfig config = test::tinyConfig();
    config.numLayers = 3;
    config.vocabSize = 4096;  // the embedding is the largest stage, the final norm the smallest
    std::vector<TensorLayout> layouts;
    std::vector<std::uint64_t> stages(5);
    for (TensorSlot& slot : tensorSlots(config)) {
        const int stage = stageOf(slot, config);
        layouts.push_back({.slot = std::move(slot)});
        stages[static_cast<std::size_t>(stage)] += layouts.back().dataBytes();
    }
    EXPECT_EQ(bytesAtOnce(layouts, config, nullptr), memoryBytes(layouts));
    Watcher all(5);
    EXPECT_EQ(bytesAtOnce(layouts, config, &all), memoryBytes(layouts));
    Watcher two(5, 2);
    EXPECT_EQ(bytesAtOnce(layouts, config, &two), stages[0] + stages[1]);
    Watcher many(5, 100);
    EXPECT_EQ(bytesAtOnce(layouts, config, &many), memoryBytes(layouts));
}

TEST(StageCounterTest, LetsJobsBeginWhenItIsTheirTurn) {
    Watcher watcher(3);
    StageCounter counter(&watcher, 3, {0, 1, 2});
    watcher.turn = 2;
    EXPECT_TRUE(counter.await(1, {}));
    EXPECT_FALSE(counter.await(2, {}));
    StageCounter alone(nullptr, 3, {0, 1, 2});
    EXPECT_TRUE(alone.await(2, {}));
}

TEST(StageCounterTest, TellsEachStageOnceWhenItsLastJobIsDone) {
    Watcher watcher(3);
    StageCounter counter(&watcher, 3, {2, 0, 0, 2});
    EXPECT_EQ(watcher.told[1], 1) << "nothing is read for it";
    counter.done(1);
    counter.done(0);
    EXPECT_EQ(watcher.told[0] + watcher.told[2], 0);
    counter.done(2);
    EXPECT_EQ(watcher.told[0], 1);
    EXPECT_EQ(watcher.told[2], 0);
    counter.done(3);
    EXPECT_EQ(watcher.told[2], 1);
}

TEST(StageCounterTest, CountsJobsOfManyThreads) {
    constexpr int kStages = 5;
    constexpr std::size_t kJobs = 4000;
    std::vector<int> stageOfJob(kJobs);
    for (std::size_t job = 0; job < kJobs; ++job) stageOfJob[job] = static_cast<int>(job % kStages);
    Watcher watcher(kStages);
    StageCounter counter(&watcher, kStages, stageOfJob);
    std::atomic<std::size_t> next{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&] {
                for (std::size_t job = next++; job < kJobs; job = next++) counter.done(job);
            });
    }
    EXPECT_TRUE(std::ranges::all_of(watcher.told, [](const auto& times) { return times == 1; }));
}

TEST(StageCounterTest, CountsNothingForNobody) {
    StageCounter counter(nullptr, 2, {0, 1});
    counter.done(0);
    counter.done(1);
}

}  // namespace
}  // namespace gatescope

#include "engine/model/read_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "engine/model/arrival.h"
#include "tests/support/tiny_model.h"

namespace gatescope::test {
namespace {

using namespace std::chrono_literals;

TEST(PortionsTest, AreTheStagesAndTheExperts) {
    const ModelConfig config = tinyConfig();
    std::set<int> portions;
    for (const TensorSlot& slot : tensorSlots(config))
        for (int matrix = 0; matrix < slot.numMatrices(); ++matrix) {
            const int portion = portionOf(config, slot, matrix);
            EXPECT_EQ(stageOfPortion(config, portion), stageOf(slot, config)) << slot.path;
            EXPECT_EQ(portion >= numStages(config), slot.numMatrices() > 1) << slot.path;
            portions.insert(portion);
        }
    EXPECT_EQ(static_cast<int>(portions.size()), numPortions(config));
    EXPECT_EQ(*portions.rbegin(), numPortions(config) - 1);
    EXPECT_EQ(portionOfExpert(config, 1, 2), numStages(config) + config.numExperts + 2);
}

TEST(ReadOrderTest, DealsOutEachJobOnceInOrder) {
    ReadOrder order;
    order.begin({0, 0, 1, 2, 3}, 4);
    EXPECT_EQ(order.next({}), 0U);
    EXPECT_EQ(order.next({}), 1U);
    EXPECT_EQ(order.next({}), 2U);
    EXPECT_FALSE(order.done(2)) << "nobody has been told what can be used alone";
    EXPECT_EQ(order.serve({true, true, true, false}), std::vector{1});
    for (const std::size_t job : {3U, 4U}) EXPECT_EQ(order.next({}), job);
    EXPECT_FALSE(order.next({}));
    EXPECT_FALSE(order.done(1));
    EXPECT_EQ(order.done(0), 0);
    EXPECT_EQ(order.done(3), 2);
    EXPECT_FALSE(order.done(4)) << "its stage must come with it";
}

TEST(ReadOrderTest, WhatIsWaitedForComesFirstAndOneThreadGoesOnWithTheRest) {
    ReadOrder order;
    order.begin({0, 0, 1, 1, 2, 2}, 3);
    order.serve({true, true, true});
    EXPECT_EQ(order.next({}), 0U);
    order.want(2);
    EXPECT_EQ(order.next({}), 4U);
    EXPECT_EQ(order.next({}), 5U);
    auto next = std::async(std::launch::async, [&] { return order.next({}); });
    EXPECT_EQ(next.wait_for(20ms), std::future_status::timeout) << "job 0 is being done";
    EXPECT_FALSE(order.done(4));
    EXPECT_EQ(order.done(5), 2);
    EXPECT_EQ(next.wait_for(20ms), std::future_status::timeout);
    EXPECT_FALSE(order.done(0));
    EXPECT_EQ(next.get(), 1U);
    order.want(1);
    EXPECT_EQ(order.next({}), 2U);
    order.calm();
    EXPECT_EQ(order.next({}), 3U);
    EXPECT_FALSE(order.next({}));
}

TEST(ReadOrderTest, WhoeverWaitsIsWokenByCalmAndByAStop) {
    ReadOrder order;
    order.begin({0, 0, 0, 1}, 2);
    order.serve({true, true});
    EXPECT_EQ(order.next({}), 0U);
    order.want(1);
    EXPECT_EQ(order.next({}), 3U);
    std::stop_source stop;
    auto stopped = std::async(std::launch::async, [&] { return order.next(stop.get_token()); });
    EXPECT_EQ(stopped.wait_for(20ms), std::future_status::timeout);
    stop.request_stop();
    EXPECT_FALSE(stopped.get());
    auto calmed = std::async(std::launch::async, [&] { return order.next({}); });
    EXPECT_EQ(calmed.wait_for(20ms), std::future_status::timeout);
    order.calm();
    EXPECT_EQ(calmed.get(), 1U) << "though not at once";
    EXPECT_EQ(order.next({}), 2U);
}

TEST(ReadOrderTest, IsInNoHurryForWhatCannotBeUsedAlone) {
    ReadOrder order;
    order.want(0);  // nothing has begun
    order.begin({0, 1, 1}, 2);
    order.want(1);  // nor been served
    order.serve({true, false});
    order.want(1);
    for (const std::size_t job : {0U, 1U, 2U}) EXPECT_EQ(order.next({}), job);
}

TEST(ReadOrderTest, ManyThreadsDoEachJobOnce) {
    constexpr int kJobs = 400, kPortions = 20, kThreads = 8;
    std::vector<int> portions(kJobs);
    for (int job = 0; job < kJobs; ++job) portions[static_cast<std::size_t>(job)] = job % kPortions;
    ReadOrder order;
    order.begin(portions, kPortions);
    order.serve(std::vector<bool>(kPortions, true));
    std::mutex mutex;
    std::vector<std::size_t> jobs;
    std::vector<int> complete;
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < kThreads; ++t)
            threads.emplace_back([&] {
                while (const auto job = order.next({})) {
                    const auto portion = order.done(*job);
                    const std::lock_guard lock(mutex);
                    jobs.push_back(*job);
                    if (portion) complete.push_back(*portion);
                }
            });
        for (int round = 0; round < 50; ++round) {
            order.want(round % kPortions);
            std::this_thread::yield();
            if (round % 3 == 0) order.calm();
        }
        order.calm();
    }
    std::ranges::sort(jobs);
    std::ranges::sort(complete);
    ASSERT_EQ(jobs.size(), static_cast<std::size_t>(kJobs));
    for (std::size_t i = 0; i < jobs.size(); ++i) ASSERT_EQ(jobs[i], i);
    ASSERT_EQ(complete.size(), static_cast<std::size_t>(kPortions));
    for (std::size_t i = 0; i < complete.size(); ++i) ASSERT_EQ(complete[i], static_cast<int>(i));
}

TEST(ArrivalPortionsTest, ComeAloneOrWithTheirStage) {
    Arrival arrival(3);
    std::vector<int> wanted;
    int calmed = 0;
    arrival.usePortions(
        5, [&](int portion) { wanted.push_back(portion); }, [&] { ++calmed; });
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(arrival.awaitPortion(4, 1, stop.get_token()));
    arrival.addPortion(4);
    EXPECT_TRUE(arrival.awaitPortion(4, 1, {})) << "though stage 0 has not come";
    EXPECT_FALSE(arrival.await(0, stop.get_token()));
    arrival.add(0);
    arrival.add(1);
    EXPECT_TRUE(arrival.awaitPortion(3, 1, {})) << "its stage has come";
    arrival.wantPortion(3, 1);
    EXPECT_EQ(wanted, (std::vector{4})) << "once by whoever waited, never for what is there";
    arrival.calm();
    EXPECT_EQ(calmed, 1);
    arrival.add(2);
    arrival.calm();
    EXPECT_EQ(calmed, 1) << "there is nothing to wait for any more";
}

TEST(ArrivalPortionsTest, FailWithTheRest) {
    Arrival arrival(2);
    arrival.usePortions(
        2, [](int) {}, [] {});
    auto waits = std::async(std::launch::async, [&] { return arrival.awaitPortion(1, 1, {}); });
    arrival.fail(std::make_exception_ptr(std::runtime_error("no more")));
    EXPECT_THROW(waits.get(), std::runtime_error);
}

}  // namespace
}  // namespace gatescope::test

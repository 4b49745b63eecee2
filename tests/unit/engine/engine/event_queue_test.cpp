#include "engine/event_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace gatescope {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TokenGenerated token(int id) {
    TokenGenerated event;
    event.token = id;
    return event;
}
LoadProgressed progress(std::uint64_t done) {
    return {{.bytesDone = done, .bytesTotal = 100}};
}
PrefillProgressed prefill(GenerationId generation, int first, int count) {
    PrefillProgressed event{generation, first, {}, first + count, 100};
    for (int i = 0; i < count; ++i)
        event.routing.push_back(
            std::make_shared<const RoutingRecord>(RoutingRecord{.numLayers = first + i}));
    return event;
}

TEST(EventQueueTest, KeepsOrderWhileBothSidesWork) {
    EventQueue queue(3);
    constexpr int kCount = 3000;
    std::jthread producer([&] {
        for (int i = 0; i < kCount; ++i) queue.push(token(i));
    });
    for (int i = 0; i < kCount; ++i) {
        const auto event = queue.waitEvent(seconds(20));
        ASSERT_TRUE(event);
        ASSERT_EQ(std::get<TokenGenerated>(*event).token, i);
    }
    EXPECT_FALSE(queue.poll());
}

TEST(EventQueueTest, MakesTheProducerWaitWhenItIsFull) {
    EventQueue queue(2);
    std::atomic<int> pushed{0};
    std::jthread producer([&] {
        for (int i = 0; i < 4; ++i) {
            queue.push(token(i));
            ++pushed;
        }
    });
    while (pushed < 2) std::this_thread::yield();
    EXPECT_EQ(std::get<TokenGenerated>(*queue.poll()).token, 0);
    while (pushed < 3) std::this_thread::yield();
    EXPECT_EQ(pushed, 3);  // the fourth cannot have gone in: two wait
    for (int i = 1; i < 4; ++i)
        EXPECT_EQ(std::get<TokenGenerated>(*queue.waitEvent(seconds(20))).token, i);
}

TEST(EventQueueTest, MergesLoadProgressWithoutWaiting) {
    EventQueue queue(1);
    for (std::uint64_t i = 1; i <= 50; ++i) queue.push(progress(i));  // would hang if it waited
    EXPECT_EQ(std::get<LoadProgressed>(*queue.poll()).progress.bytesDone, 1U);
    std::jthread producer([&] { queue.push(ModelUnloaded{}); });
    EXPECT_EQ(std::get<LoadProgressed>(*queue.waitEvent(seconds(20))).progress.bytesDone, 50U);
    EXPECT_TRUE(std::holds_alternative<ModelUnloaded>(*queue.waitEvent(seconds(20))));
}

TEST(EventQueueTest, KeepsAllRoutingOfAMergedPrefill) {
    EventQueue queue(1);
    queue.push(token(0));
    queue.push(prefill(1, 0, 2));
    queue.push(prefill(1, 2, 3));
    queue.push(prefill(1, 5, 1));
    std::jthread producer([&] { queue.push(token(9)); });
    EXPECT_EQ(std::get<TokenGenerated>(*queue.waitEvent(seconds(20))).token, 0);
    const auto event = queue.waitEvent(seconds(20));
    const auto& merged = std::get<PrefillProgressed>(*event);
    EXPECT_EQ(merged.firstPosition, 0);
    EXPECT_EQ(merged.done, 6);
    ASSERT_EQ(merged.routing.size(), 6U);
    for (int i = 0; i < 6; ++i)
        EXPECT_EQ(merged.routing[static_cast<std::size_t>(i)]->numLayers, i);
    EXPECT_EQ(std::get<TokenGenerated>(*queue.waitEvent(seconds(20))).token, 9);
}

TEST(EventQueueTest, TakesWhatIsOfferedFromAnyThreadOrDropsIt) {
    EventQueue queue(4);
    constexpr std::uint64_t kOffers = 2000;
    {
        std::vector<std::jthread> readers;
        for (int t = 0; t < 3; ++t)
            readers.emplace_back([&] {
                for (std::uint64_t i = 1; i <= kOffers; ++i)
                    queue.offer(LoadProgressed{{.bytesDone = i, .bytesTotal = kOffers}});
            });
        std::jthread engine([&] {
            for (TokenId t = 0; t < 500; ++t) queue.push(token(t));
            queue.push(ModelUnloaded{});
        });
        TokenId next = 0;
        for (bool done = false; !done;) {
            const auto event = queue.waitEvent(seconds(20));
            ASSERT_TRUE(event);
            if (const auto* made = std::get_if<TokenGenerated>(&*event)) {
                EXPECT_EQ(made->token, next++);
            }
            done = std::holds_alternative<ModelUnloaded>(*event);
        }
        EXPECT_EQ(next, 500);
    }
}

TEST(EventQueueTest, DropsAnOfferWhereOtherProgressWaits) {
    EventQueue queue(1);
    queue.push(token(0));
    queue.push(prefill(1, 0, 2));  // no room: it waits outside
    queue.offer(LoadProgressed{});
    std::jthread producer([&] { queue.push(token(9)); });
    queue.waitEvent(seconds(20));
    EXPECT_TRUE(std::holds_alternative<PrefillProgressed>(*queue.waitEvent(seconds(20))));
    EXPECT_TRUE(std::holds_alternative<TokenGenerated>(*queue.waitEvent(seconds(20))));
}

TEST(EventQueueTest, NeverMergesTwoGenerations) {
    EventQueue queue(1);
    queue.push(token(0));
    queue.push(prefill(1, 0, 2));
    std::jthread producer([&] {
        queue.push(prefill(2, 0, 1));
        queue.push(token(9));
    });
    queue.waitEvent(seconds(20));
    EXPECT_EQ(std::get<PrefillProgressed>(*queue.waitEvent(seconds(20))).generation, 1U);
    EXPECT_EQ(std::get<PrefillProgressed>(*queue.waitEvent(seconds(20))).generation, 2U);
    EXPECT_EQ(std::get<TokenGenerated>(*queue.waitEvent(seconds(20))).token, 9);
}

TEST(EventQueueTest, LetsAWaitingProducerGoWhenItCloses) {
    EventQueue queue(1);
    queue.push(token(0));
    std::atomic<bool> begun{false};
    std::jthread producer([&] {
        begun = true;
        queue.push(token(1));
        queue.push(token(2));
    });
    while (!begun) std::this_thread::yield();
    queue.close();
}

TEST(EventQueueTest, GivesUpWaitingAtItsTimeLimit) {
    EventQueue queue(1);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(queue.waitEvent(milliseconds(20)));
    EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(20));
}

}  // namespace
}  // namespace gatescope

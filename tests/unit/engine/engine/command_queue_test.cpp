#include "engine/command_queue.h"

#include <gtest/gtest.h>

#include <thread>

#include "engine/error.h"

namespace gatescope {
namespace {

SubmitCommand submission(GenerationId id) {
    SubmitCommand command;
    command.request.id = id;
    return command;
}

TEST(CommandQueueTest, GivesCommandsInOrder) {
    CommandQueue queue;
    queue.push(LoadCommand{.model = "m", .options = {}});
    queue.push(submission(7));
    queue.push(UnloadCommand{});
    EXPECT_EQ(std::get<LoadCommand>(queue.pop()->command).model, "m");
    EXPECT_EQ(std::get<SubmitCommand>(queue.pop()->command).request.id, 7U);
    EXPECT_TRUE(std::holds_alternative<UnloadCommand>(queue.pop()->command));
}

TEST(CommandQueueTest, StopsWhatRunsAndWhatWaitsOfOneKindOnly) {
    CommandQueue queue;
    queue.push(submission(1));
    queue.push(submission(2));
    queue.push(LoadCommand{});
    const auto running = queue.pop();
    queue.stopAll<SubmitCommand>();
    EXPECT_TRUE(running->stop.stop_requested());
    EXPECT_TRUE(queue.pop()->stop.stop_requested());
    EXPECT_FALSE(queue.pop()->stop.stop_requested());
}

TEST(CommandQueueTest, LeavesLaterCommandsAlone) {
    CommandQueue queue;
    queue.push(submission(1));
    const auto first = queue.pop();
    queue.stopAll<SubmitCommand>();
    queue.push(submission(2));
    EXPECT_FALSE(queue.pop()->stop.stop_requested());
    queue.stopAll<SubmitCommand>();  // `first` is no longer running and must not be touched
    EXPECT_TRUE(first->stop.stop_requested());
}

TEST(CommandQueueTest, WaitsNoLongerThanAsked) {
    CommandQueue queue;
    EXPECT_FALSE(queue.popWithin(std::chrono::milliseconds(1)));
    EXPECT_FALSE(queue.closed());
    queue.push(submission(3));
    EXPECT_TRUE(queue.popWithin(std::chrono::milliseconds(1)));
    queue.close();
    EXPECT_FALSE(queue.popWithin(std::chrono::hours(1)));
    EXPECT_TRUE(queue.closed());
}

TEST(CommandQueueTest, StoppingWhatIsInTheBackgroundStopsWhatIsInFrontOfItFirst) {
    CommandQueue queue;
    queue.push(LoadCommand{});
    queue.push(submission(1));
    queue.push(submission(2));
    const auto load = queue.pop();
    queue.continueInBackground();
    const auto running = queue.pop();
    queue.stopAll<SubmitCommand>();
    EXPECT_FALSE(load->stop.stop_requested());
    queue.push(submission(3));
    bool frontFirst = false;
    const std::stop_callback look(load->stop.get_token(),
                                  [&] { frontFirst = running->stop.stop_requested(); });
    queue.stopAll<LoadCommand>();
    EXPECT_TRUE(load->stop.stop_requested());
    EXPECT_TRUE(frontFirst);
    queue.pop();
    EXPECT_TRUE(queue.pop()->stop.stop_requested());  // submission 3
}

TEST(CommandQueueTest, ForgetsABackgroundThatHasEnded) {
    CommandQueue queue;
    queue.push(LoadCommand{});
    const auto load = queue.pop();
    queue.continueInBackground();
    queue.push(submission(1));
    const auto running = queue.pop();
    queue.endBackground();
    queue.stopAll<LoadCommand>();
    EXPECT_FALSE(load->stop.stop_requested());
    EXPECT_FALSE(running->stop.stop_requested());
}

TEST(CommandQueueTest, RefusesMoreThanItsBound) {
    CommandQueue queue;
    for (std::size_t i = 0; i < CommandQueue::kCapacity; ++i) queue.push(UnloadCommand{});
    EXPECT_THROW(queue.push(UnloadCommand{}), Error);
    queue.pop();
    EXPECT_NO_THROW(queue.push(UnloadCommand{}));
}

TEST(CommandQueueTest, WakesAWaitingEngineWhenItCloses) {
    CommandQueue queue;
    std::jthread engine([&] { EXPECT_FALSE(queue.pop()); });
    queue.close();
}

TEST(CommandQueueTest, StopsEverythingWhenItCloses) {
    CommandQueue queue;
    queue.push(LoadCommand{});
    queue.push(submission(1));
    const auto running = queue.pop();
    queue.close();
    EXPECT_TRUE(running->stop.stop_requested());
    EXPECT_FALSE(queue.pop());
}

}  // namespace
}  // namespace gatescope

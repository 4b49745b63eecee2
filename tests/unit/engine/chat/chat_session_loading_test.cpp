// A session while a model is being read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "engine/error.h"
#include "tests/unit/engine/chat/chat_session_fixture.h"

namespace gatescope {
namespace {

using test::ChatSessionTest;

TEST_F(ChatSessionTest, ALoadThatFailsIsASentenceAndAKind) {
    start(says({ids(" one")}));
    script_->openError = "model: no such folder";
    session_->openModel("absent");
    ASSERT_TRUE(pumpUntil([&] { return !session_->loading(); }));
    EXPECT_THAT(listener_.errors, ::testing::ElementsAre("model: no such folder"));
    EXPECT_THAT(listener_.loadFaults, ::testing::ElementsAre(ErrorKind::BadInput));
    EXPECT_NE(session_->model(), nullptr);  // the one from before stays
}

TEST_F(ChatSessionTest, TalksToAModelThatIsStillLoading) {
    start(says({ids(" one")}));
    script_->usableWhileLoading = true;
    script_->loadStepDelay = std::chrono::milliseconds(30);
    session_->openModel("next");
    EXPECT_FALSE(session_->canTalk());
    EXPECT_EQ(session_->status(), "loading");
    EXPECT_THROW(session_->send("too early"), Error);
    ASSERT_TRUE(pumpUntil([&] { return session_->canTalk(); }));
    EXPECT_TRUE(session_->loading());
    session_->send("hi");
    ASSERT_TRUE(pumpUntil([&] { return session_->messages().size() == 2; }));
    EXPECT_TRUE(session_->loading());
    ASSERT_TRUE(pumpUntil([&] { return !session_->generating() && !session_->loading(); }));
    EXPECT_EQ(session_->messages().back().text, " one");
    EXPECT_TRUE(listener_.errors.empty());
}

TEST_F(ChatSessionTest, CancellingALoadStopsTheReplyHoweverFarItHasCome) {
    start(says({ids(" one")}));
    script_->usableWhileLoading = true;
    script_->loadSteps = 2000;
    script_->loadStepDelay = std::chrono::milliseconds(5);
    for (const std::size_t messages : {1U, 2U}) {  // being saved; submitted
        session_->newConversation();
        session_->openModel("next");
        ASSERT_TRUE(pumpUntil([&] { return session_->canTalk(); }));
        session_->send("hi");
        ASSERT_TRUE(pumpUntil([&] { return session_->messages().size() == messages; }));
        session_->cancelLoad();
        // Whatever the engine does before it is listened to again.
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        ASSERT_TRUE(pumpUntil([&] { return !session_->loading() && !session_->generating(); }));
        EXPECT_EQ(session_->messages().size(), messages);
        if (messages == 2) {
            EXPECT_EQ(session_->messages().back().finishReason, FinishReason::Stopped);
        }
        EXPECT_TRUE(listener_.errors.empty());
    }
}

TEST_F(ChatSessionTest, AModelThatCannotBeReadToItsEndIsGone) {
    start(says({ids(" one")}));
    script_->usableWhileLoading = true;
    script_->loadStepDelay = std::chrono::milliseconds(10);
    script_->loadError = "model: the disk fell off";
    session_->openModel("next");
    ASSERT_TRUE(pumpUntil([&] { return session_->canTalk(); }));
    session_->send("hi");
    ASSERT_TRUE(pumpUntil([&] { return !session_->loading() && !session_->generating(); }));
    EXPECT_FALSE(session_->canTalk());
    EXPECT_EQ(session_->model(), nullptr);
    EXPECT_EQ(session_->messages().size(), 2U);  // nothing is lost
    ASSERT_FALSE(listener_.errors.empty());
    EXPECT_EQ(listener_.errors.front(), "model: the disk fell off");
}

}  // namespace
}  // namespace gatescope

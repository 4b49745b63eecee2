// One step back and forth for the interventions of a conversation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "engine/chat/chat_session.h"
#include "engine/error.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/support/scripted_decoder.h"
#include "tests/support/test_paths.h"
#include "tests/support/tokenizer_file.h"

namespace gatescope {
namespace {

using namespace std::chrono_literals;

class ChatUndo : public ::testing::Test {
  protected:
    ChatUndo() {
        auto script = std::make_shared<test::Script>();
        script->tokenizer = test::loadTokenizer(test::dataDir() / "tiny-a/tokenizer.model",
                                                script->config.vocabSize);
        script->replies = {script->tokenizer->encodeContinuation(" one two")};
        store_ = std::make_unique<StoreWriter>(dir_.path() / "library.sqlite");
        engine_ = std::make_unique<Engine>(test::scriptedEngine(script));
        session_ = std::make_unique<ChatSession>(*engine_, *store_);
        session_->openModel("scripted");
        EXPECT_TRUE(pumpUntil([&] { return session_->canTalk(); }));
    }

    template <class Condition>
    bool pumpUntil(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            session_->pump();
            std::this_thread::sleep_for(1ms);
        }
        return true;
    }
    bool talk() {
        session_->send("hi");
        return pumpUntil([&] { return !session_->generating(); });
    }
    bool open(ConversationId id) {
        session_->openConversation(id);
        return pumpUntil([&] { return session_->currentConversation() == id; });
    }
    static InterventionSet ablated(int expert) {
        return {.ablate = {{LayerId{0}, ExpertId{expert}}}};
    }

    test::ScratchDir dir_;
    std::unique_ptr<StoreWriter> store_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<ChatSession> session_;
};

TEST_F(ChatUndo, TakesBackAndMakesAgainWhateverChangedThem) {
    EXPECT_EQ(session_->undoStep(), nullptr);
    EXPECT_THROW(session_->undoInterventions(), Error);
    EXPECT_THROW(session_->redoInterventions(), Error);
    session_->setInterventions(ablated(1));
    session_->setInterventions(ablated(2));
    session_->setInterventions({});
    ASSERT_NE(session_->undoStep(), nullptr);
    EXPECT_EQ(session_->undoStep()->before, ablated(2));
    session_->undoInterventions();
    EXPECT_EQ(session_->interventions(), ablated(2));
    session_->undoInterventions();
    EXPECT_EQ(session_->interventions(), ablated(1));
    session_->redoInterventions();
    EXPECT_EQ(session_->interventions(), ablated(2));
    session_->setInterventions(ablated(3));
    EXPECT_EQ(session_->redoStep(), nullptr);
}

TEST_F(ChatUndo, GivesBackWhatEndedWithItsReply) {
    session_->setInterventionReach(InterventionReach::Reply);
    session_->setInterventions(ablated(1));
    ASSERT_TRUE(talk());
    EXPECT_TRUE(session_->interventions().empty());
    session_->undoInterventions();
    EXPECT_EQ(session_->interventions(), ablated(1));
}

TEST_F(ChatUndo, EveryConversationHasItsOwn) {
    session_->setInterventions(ablated(1));
    ASSERT_TRUE(talk());
    const ConversationId first = *session_->currentConversation();
    session_->setInterventions(ablated(2));  // not used yet
    session_->newConversation();
    EXPECT_EQ(session_->undoStep(), nullptr) << "nothing was changed here";
    session_->setInterventions(ablated(5));
    ASSERT_TRUE(talk());
    const ConversationId second = *session_->currentConversation();
    ASSERT_NE(first, second);

    ASSERT_TRUE(open(first));
    EXPECT_EQ(session_->interventions(), ablated(1)) << "what its last message was written with";
    session_->undoInterventions();
    EXPECT_EQ(session_->interventions(), ablated(2)) << "what was in force when it was left";
    session_->undoInterventions();
    EXPECT_EQ(session_->interventions(), ablated(1));
    session_->undoInterventions();
    EXPECT_TRUE(session_->interventions().empty());
    EXPECT_EQ(session_->undoStep(), nullptr);

    ASSERT_TRUE(open(second));
    EXPECT_EQ(session_->interventions(), ablated(5));
    session_->undoInterventions();
    EXPECT_EQ(session_->interventions(), ablated(2)) << "what the new chat began with";
    EXPECT_EQ(session_->undoStep(), nullptr);
}

}  // namespace
}  // namespace gatescope

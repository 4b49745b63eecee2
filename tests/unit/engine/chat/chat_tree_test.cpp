// The conversation as a tree: what is read of it, which branch is shown, and versions that go.
#include "engine/store/conversation_store.h"
#include "tests/unit/engine/chat/chat_session_fixture.h"

namespace gatescope::test {
namespace {

class ChatTreeTest : public ChatSessionTest {
  protected:
    void SetUp() override {
        auto script = std::make_shared<Script>();
        start(script);
        script->replies = {ids(" one"), ids(" two"), ids(" three"), ids(" four")};
        restart(script);
        say("first");
        session_->regenerate();  // a second version of the reply
        settle();
        say("second");  // below the newer one
    }
    void say(const std::string& text) {
        session_->send(text);
        settle();
    }
    void settle() {
        ASSERT_TRUE(pumpUntil([&] { return !session_->generating(); }));
        store_->flush();
    }
    std::vector<MessageOutline> tree() {
        std::optional<std::vector<MessageOutline>> read;
        session_->readTree([&](auto found, MessageId leaf) {
            read = std::move(found);
            leaf_ = leaf;
        });
        EXPECT_TRUE(pumpUntil([&] { return read.has_value(); }));
        return *read;
    }
    /// Waits until the branch has been shown that `act` asks for.
    template <class Act>
    void showing(Act act) {
        const int before = listener_.opened;
        act();
        ASSERT_TRUE(pumpUntil([&] { return listener_.opened > before; }));
    }
    std::vector<std::string> shown() const {
        std::vector<std::string> texts;
        for (const Message& m : session_->messages()) texts.push_back(m.text);
        return texts;
    }
    std::size_t storedMessages() const {
        const ConversationStore kept(library(), ConversationStore::Mode::ReadOnly);
        return kept.messages(kept.conversations().front().id).size();
    }
    using Texts = std::vector<std::string>;
    MessageId leaf_ = 0;
};

TEST_F(ChatTreeTest, ReadsEveryMessageWithItsParent) {
    const auto all = tree();
    ASSERT_EQ(all.size(), 5U);
    EXPECT_EQ(all[0].parent, 0);
    EXPECT_EQ(all[1].parent, all[0].id);
    EXPECT_EQ(all[2].parent, all[0].id);
    EXPECT_EQ(all[3].parent, all[2].id);
    EXPECT_EQ(all[4].parent, all[3].id);
    EXPECT_EQ(leaf_, all[4].id);
    EXPECT_EQ(all[1].opening, " one");
    EXPECT_EQ(all[1].role, Role::Assistant);
    EXPECT_EQ(all[4].tokens, static_cast<int>(session_->messages()[3].tokens.size()));
    EXPECT_EQ(all[4].finishReason, FinishReason::EndOfText);
}

TEST_F(ChatTreeTest, ShowsTheBranchThroughAMessage) {
    const auto all = tree();
    showing([&] { session_->showBranch(all[1].id); });
    EXPECT_EQ(shown(), (Texts{"first", " one"}));
    showing([&] { session_->showBranch(all[2].id); });
    EXPECT_EQ(shown(), (Texts{"first", " two", "second", " three"}));
}

TEST_F(ChatTreeTest, ARemovedVersionIsGoneAndComesBack) {
    const auto all = tree();
    showing([&] { session_->removeVersion(all[2].id); });
    EXPECT_EQ(shown(), (Texts{"first", " one"}));  // the version beside it
    EXPECT_EQ(session_->version(1).count, 1);
    EXPECT_EQ(tree().size(), 2U);
    EXPECT_EQ(storedMessages(), 5U);  // a crash now would keep it
    ASSERT_TRUE(session_->canUndoRemoval());
    showing([&] { session_->undoRemoval(); });
    EXPECT_EQ(shown(), (Texts{"first", " two", "second", " three"}));
    EXPECT_EQ(session_->version(1).count, 2);
    EXPECT_FALSE(session_->canUndoRemoval());
}

TEST_F(ChatTreeTest, TheStoreLosesItOnceItIsCommitted) {
    const auto all = tree();
    showing([&] { session_->removeVersion(all[1].id); });
    EXPECT_EQ(shown(), (Texts{"first", " two", "second", " three"}));  // the branch shown stays
    session_->commitRemoval();
    store_->flush();
    EXPECT_FALSE(session_->canUndoRemoval());
    EXPECT_EQ(storedMessages(), 4U);
    ConversationStore kept(library(), ConversationStore::Mode::ReadOnly);
    EXPECT_EQ(kept.conversations().front().messageCount, 4);
    EXPECT_TRUE(kept.search("one").empty());  // out of the index, too
    kept.checkIntegrity();
}

TEST_F(ChatTreeTest, TheEndOfTheSessionCommits) {
    showing([&] { session_->removeMessage(2); });
    EXPECT_EQ(shown(), (Texts{"first", " two"}));
    session_.reset();
    store_->flush();
    EXPECT_EQ(storedMessages(), 3U);
}

TEST_F(ChatTreeTest, EverythingCanGoAndTheConversationGoesOn) {
    showing([&] { session_->removeMessage(0); });
    EXPECT_TRUE(session_->messages().empty());
    showing([&] { session_->undoRemoval(); });
    EXPECT_EQ(session_->messages().size(), 4U);
    showing([&] { session_->removeMessage(0); });
    say("again");
    EXPECT_EQ(shown().front(), "again");
    session_->commitRemoval();
    store_->flush();
    EXPECT_EQ(storedMessages(), 2U);
}

TEST_F(ChatTreeTest, WhatCannotBeDoneIsRefused) {
    EXPECT_THROW(session_->removeMessage(9), Error);
    session_->send("third");
    EXPECT_THROW(session_->showBranch(1), Error);
    EXPECT_THROW(session_->removeVersion(1), Error);
    settle();
}

}  // namespace
}  // namespace gatescope::test

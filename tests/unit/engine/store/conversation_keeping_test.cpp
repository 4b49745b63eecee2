// Where a person keeps a conversation: folders, tags, pins, the archive, drafts; and how a reply
// was computed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/error.h"
#include "engine/store/conversation_store.h"
#include "tests/support/test_paths.h"

namespace gatescope {
namespace {

using Mode = ConversationStore::Mode;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ConversationKeepingTest : public ::testing::Test {
  protected:
    ConversationId make(const std::string& title, const std::string& folder = {}) {
        ConversationSummary c;
        c.title = title;
        c.folder = folder;
        return store_.createConversation(c);
    }
    std::string folderOf(ConversationId id) const { return store_.conversation(id)->folder; }

    test::ScratchDir dir_;
    ConversationStore store_{dir_.path() / "library.db", Mode::ReadWrite};
};

TEST_F(ConversationKeepingTest, AllOfItIsThereAfterReopening) {
    ConversationSummary c;
    c.title = "sky";
    c.folder = " Research / Runs/ ";
    c.tags = {"blue", " red ", "blue", ""};
    c.pinned = true;
    c.draft = std::string("half a \0 sentence", 17);
    c.settingsJson = R"({"temperature": 0.5})";
    const auto id = store_.createConversation(c);
    const auto other = make("sea");
    store_.setArchived(other, true);
    store_.setNewDraft("what if");
    const ConversationStore again(dir_.path() / "library.db", Mode::ReadOnly);
    const auto kept = again.conversation(id).value();
    EXPECT_EQ(kept.folder, "Research/Runs");
    EXPECT_THAT(kept.tags, ElementsAre("blue", "red"));
    EXPECT_TRUE(kept.pinned);
    EXPECT_FALSE(kept.archived);
    EXPECT_EQ(kept.draft, c.draft);
    EXPECT_EQ(kept.settingsJson, c.settingsJson);
    EXPECT_TRUE(again.conversation(other)->archived);
    EXPECT_THAT(again.conversation(other)->tags, IsEmpty());
    EXPECT_EQ(again.newDraft(), "what if");
    EXPECT_THAT(again.folders(), ElementsAre("Research", "Research/Runs"));
    EXPECT_FALSE(again.conversation(77));
}

TEST_F(ConversationKeepingTest, KeepingDoesNotMakeItTheLastUpdated) {
    const auto first = make("first");
    make("second");
    store_.setPinned(first, true);
    store_.setFolder(first, "A");
    store_.setDraft(first, "words");
    EXPECT_EQ(store_.conversations()[0].title, "second");
    EXPECT_THROW(store_.setPinned(99, true), Error);
    store_.setDraft(99, "of a conversation that is gone");
}

TEST_F(ConversationKeepingTest, AFolderMovesWithAllInIt) {
    const auto inside = make("inside", "A/B");
    const auto below = make("below", "A/B/C");
    const auto beside = make("beside", "A/Bc");
    store_.addFolder("A/B/empty");
    store_.renameFolder("A/B", "D%/é");
    EXPECT_EQ(folderOf(inside), "D%/é");
    EXPECT_EQ(folderOf(below), "D%/é/C");
    EXPECT_EQ(folderOf(beside), "A/Bc");
    EXPECT_THAT(store_.folders(), ElementsAre("A", "A/Bc", "D%", "D%/é", "D%/é/C", "D%/é/empty"));
    store_.renameFolder("D%", "A");  // which is there: both become one
    EXPECT_EQ(folderOf(below), "A/é/C");
    EXPECT_THAT(store_.folders(), ElementsAre("A", "A/Bc", "A/é", "A/é/C", "A/é/empty"));
    store_.renameFolder("A", "A/A");  // into itself
    EXPECT_EQ(folderOf(beside), "A/A/Bc");
    EXPECT_THAT(store_.folders(),
                ElementsAre("A", "A/A", "A/A/Bc", "A/A/é", "A/A/é/C", "A/A/é/empty"));
}

TEST_F(ConversationKeepingTest, RemovingAFolderRemovesNoConversation) {
    const auto inside = make("inside", "A/B");
    const auto below = make("below", "A/B/C");
    const auto beside = make("beside", "A/Bc");
    store_.removeFolder("A/B");
    EXPECT_EQ(folderOf(inside), "A");
    EXPECT_EQ(folderOf(below), "A");
    EXPECT_EQ(folderOf(beside), "A/Bc");
    store_.removeFolder("A");
    EXPECT_EQ(folderOf(beside), "");
    EXPECT_THAT(store_.folders(), IsEmpty());
    EXPECT_EQ(store_.conversations().size(), 3U);
}

TEST_F(ConversationKeepingTest, ATagIsRenamedEverywhere) {
    const auto first = make("first");
    const auto second = make("second");
    store_.setTags(first, {"old", "kept"});
    store_.setTags(second, {"old", "new"});
    store_.renameTag("old", "new");
    EXPECT_THAT(store_.conversation(first)->tags, ElementsAre("kept", "new"));
    EXPECT_THAT(store_.conversation(second)->tags, ElementsAre("new"));
    store_.renameTag("new", "");
    EXPECT_THAT(store_.conversation(second)->tags, IsEmpty());
    store_.removeConversation(first);
    store_.checkIntegrity();
}

TEST_F(ConversationKeepingTest, ARecordingTellsNothingOfWhereItWasKept) {
    ConversationSummary c;
    c.title = "sky";
    c.folder = "Private";
    c.tags = {"secret"};
    c.pinned = true;
    c.draft = "unsent";
    c.settingsJson = "{}";
    const auto id = store_.createConversation(c);
    store_.setNewDraft("unsent too");
    const auto file = dir_.path() / "r.gscope";
    store_.saveRecording(id, file);
    const ConversationStore recording(file, Mode::ReadOnly);
    const auto told = recording.conversations().at(0);
    EXPECT_EQ(told.folder + told.draft + recording.newDraft(), "");
    EXPECT_THAT(told.tags, IsEmpty());
    EXPECT_FALSE(told.pinned);
    EXPECT_THAT(recording.folders(), IsEmpty());
    EXPECT_EQ(told.settingsJson, "{}");
}

TEST_F(ConversationKeepingTest, HowAReplyWasComputedIsKeptWithIt) {
    const ReplyRun run{.promptTokens = 12,
                       .reusedTokens = 5,
                       .prefillMs = 0.25,
                       .firstTokenMs = 1e-3,
                       .decodeMs = 123.456,
                       .stopStrings = {"\nHuman:", "\"\\"}};
    const auto id = make("sky");
    Message reply;
    reply.role = Role::Assistant;
    reply.state = MessageState::Streaming;
    const auto streamed = store_.addMessage(id, reply);
    store_.appendToMessage(streamed, "because", {}, MessageState::Streaming, {});
    EXPECT_FALSE(store_.messages(id)[0].run);
    store_.appendToMessage(streamed, "", {}, MessageState::Complete, FinishReason::EndOfText, run);
    reply.run = run;
    store_.addMessage(id, reply);
    store_.saveRecording(id, dir_.path() / "r.gscope");
    const ConversationStore recording(dir_.path() / "r.gscope", Mode::ReadOnly);
    for (const auto* store : {&std::as_const(store_), &recording})
        for (const auto& message : store->messages(store->conversations()[0].id))
            EXPECT_EQ(message.run, run);
}

}  // namespace
}  // namespace gatescope

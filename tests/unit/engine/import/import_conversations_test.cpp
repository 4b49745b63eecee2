#include "engine/import/import_conversations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "engine/error.h"
#include "engine/import/read_conversations.h"
#include "engine/store/recording.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/store/store_samples.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using Mode = ConversationStore::Mode;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;

ImportedConversation small(const std::string& title, const std::string& text) {
    ImportedConversation out;
    out.summary.title = title;
    Message question;
    question.id = 1;
    question.text = text;
    Message reply = question;
    reply.id = 2;
    reply.parent = 1;
    reply.role = Role::Assistant;
    Message other = reply;
    other.id = 3;
    other.text = "another " + text;
    out.messages = {question, reply, other};
    return out;
}

ImportedFile fileOf(std::vector<ImportedConversation> conversations) {
    ImportedFile file;
    file.name = "f";
    file.conversations = std::move(conversations);
    return file;
}

/// A conversation with everything that a recording keeps.
class ImportTest : public ::testing::Test {
  protected:
    ImportTest() {
        ConversationStore store(dir_.path() / "source.sqlite", Mode::ReadWrite);
        ConversationSummary summary;
        summary.title = "Sky & <sea>\nof two lines";
        summary.templateName = "continuation";
        summary.systemText = "be brief";
        summary.model = "demo";
        summary.facts = {.name = "Demo", .numLayers = 4, .numExperts = 8, .numSelected = 2};
        const auto id = store.createConversation(summary);
        Message question;
        question.text = "why is the sky blue?";
        question.createdMs = 1'700'000'000'123;
        question.tokens = test::tokensOf(question.text, random_);
        const auto first = store.addMessage(id, question);
        Message reply;
        reply.parent = first;
        reply.role = Role::Assistant;
        reply.text = "because of\n```\ncode";
        reply.state = MessageState::Interrupted;
        reply.finishReason = FinishReason::Stopped;
        reply.sampler.temperature = 0.25F;
        reply.sampler.seed = 77;
        reply.interventions.ablate = {{LayerId{1}, ExpertId{2}}};
        reply.interventions.topK = 3;
        reply.createdMs = 1'700'000'000'456;
        reply.tokens = test::tokensOf(reply.text, random_);
        const auto second = store.addMessage(id, reply);
        Message edited = question;
        edited.text = "why is the sea blue?";
        store.addMessage(id, edited);
        Message next = reply;
        next.parent = second;
        next.role = Role::User;
        next.text = "go on";
        store.addMessage(id, next);
        kept_ = store.messages(id);
        store.saveRecording(id, recording());
    }

    fs::path recording() const { return dir_.path() / "sky.gscope"; }

    ConversationStore library() {
        return {dir_.path() / "profile" / "library.sqlite", Mode::ReadWrite};
    }

    /// All that a file of conversations keeps of a message.
    void expectSame(const std::vector<Message>& found) {
        ASSERT_EQ(found.size(), kept_.size());
        for (std::size_t i = 0; i < found.size(); ++i) {
            EXPECT_EQ(found[i].parent == 0 ? 0 : found[i].parent - found[0].id + 1,
                      kept_[i].parent == 0 ? 0 : kept_[i].parent - kept_[0].id + 1);
            EXPECT_EQ(found[i].role, kept_[i].role);
            EXPECT_EQ(found[i].text, kept_[i].text);
            EXPECT_EQ(found[i].state, kept_[i].state);
            EXPECT_EQ(found[i].finishReason, kept_[i].finishReason);
            EXPECT_EQ(found[i].sampler.temperature, kept_[i].sampler.temperature);
            EXPECT_EQ(found[i].sampler.seed, kept_[i].sampler.seed);
            EXPECT_EQ(describe(found[i].interventions), describe(kept_[i].interventions));
            EXPECT_EQ(found[i].createdMs, kept_[i].createdMs);
        }
    }

    test::ScratchDir dir_;
    std::mt19937 random_{5};
    std::vector<Message> kept_;
};

TEST_F(ImportTest, OurJsonExportBecomesTheSameConversation) {
    const auto files = exportRecording(recording(), dir_.path(), ExportFormat::Json);
    auto store = library();
    const ImportOutcome outcome = addToLibrary(store, readAll(files));
    ASSERT_EQ(outcome.added.size(), 1U);
    EXPECT_TRUE(outcome.notes.empty());
    const auto all = store.conversations();
    EXPECT_EQ(all[0].title, "Sky & <sea>\nof two lines");
    EXPECT_EQ(all[0].templateName, "continuation");
    EXPECT_EQ(all[0].systemText, "be brief");
    EXPECT_EQ(all[0].model, "demo");
    EXPECT_EQ(all[0].facts.numExperts, 8);
    expectSame(store.messages(outcome.added[0]));
}

TEST_F(ImportTest, ARecordingBecomesAConversationWithItsRouting) {
    auto store = library();
    const ImportOutcome outcome = addToLibrary(store, readAll({recording()}));
    ASSERT_EQ(outcome.added.size(), 1U);
    const auto found = store.messages(outcome.added[0]);
    expectSame(found);
    for (std::size_t i = 0; i < found.size(); ++i) {
        ASSERT_EQ(found[i].tokens.size(), kept_[i].tokens.size());
        for (std::size_t t = 0; t < found[i].tokens.size(); ++t) {
            EXPECT_EQ(found[i].tokens[t].text, kept_[i].tokens[t].text);
            ASSERT_NE(found[i].tokens[t].routing, nullptr);
            EXPECT_EQ(found[i].tokens[t].routing->probs, kept_[i].tokens[t].routing->probs);
            EXPECT_EQ(found[i].tokens[t].routing->selected, kept_[i].tokens[t].routing->selected);
        }
    }
    store.checkIntegrity();
}

TEST_F(ImportTest, TheSameFileASecondTimeAddsNothingAndSaysSo) {
    auto store = library();
    addToLibrary(store, readAll({recording()}));
    const ImportOutcome again = addToLibrary(store, readAll({recording()}));
    EXPECT_TRUE(again.added.empty());
    EXPECT_EQ(again.alreadyThere, 1);
    EXPECT_EQ(store.conversations().size(), 1U);
    EXPECT_THAT(describe(again), HasSubstr("1 is there already"));
}

TEST_F(ImportTest, AConversationThatWasRenamedSinceIsRecognised) {
    auto store = library();
    const auto json = exportRecording(recording(), dir_.path(), ExportFormat::Json);
    addToLibrary(store, readAll(json));
    auto renamed = store.conversations()[0];
    renamed.title = "a better title";
    store.updateConversation(renamed);
    EXPECT_EQ(addToLibrary(store, readAll(json)).alreadyThere, 1);
    EXPECT_EQ(addToLibrary(store, readAll({recording()})).alreadyThere, 1);
    ASSERT_EQ(store.conversations().size(), 1U);
    EXPECT_EQ(store.conversations()[0].title, "a better title");
}

TEST_F(ImportTest, TheSameWordsUnderAnotherTitleAtAnotherTimeAreAnotherConversation) {
    auto store = ConversationStore::inMemory();
    const auto at = [](const char* title, std::int64_t ms) {
        ImportedConversation made = small(title, "one");
        for (Message& message : made.messages) message.createdMs = ms;
        return made;
    };
    const auto add = [&](const ImportedConversation& made) {
        return addToLibrary(store, {fileOf({made})}).added.size();
    };
    EXPECT_EQ(add(at("Monday", 1000)), 1U);
    EXPECT_EQ(add(at("Tuesday", 2000)), 1U);
    EXPECT_EQ(add(at("Monday", 3000)), 0U);
    EXPECT_EQ(add(at("Wednesday", 2000)), 0U);
    EXPECT_EQ(add(small("of no time", "one")), 0U);
}

TEST_F(ImportTest, WhatDiffersInOneWordOrOneParentIsAnotherConversation) {
    auto store = ConversationStore::inMemory();
    auto moved = small("T", "one");
    moved.messages[2].parent = 2;
    auto reworded = small("T", "one");
    reworded.messages[2].text += '.';
    const ImportOutcome outcome =
        addToLibrary(store, {fileOf({small("T", "one"), moved, reworded, small("T", "one")})});
    EXPECT_EQ(outcome.added.size(), 3U);
    EXPECT_EQ(outcome.alreadyThere, 1);
}

TEST_F(ImportTest, AnImportThatFailsAtItsLastMessageLeavesTheLibraryAsItWas) {
    auto store = library();
    addToLibrary(store, {fileOf({small("here", "before")})});
    auto bad = small("bad", "words");
    bad.messages[2].text.assign((std::size_t{256} << 20U) + 1, 'x');  // more than a value may have
    EXPECT_THROW(addToLibrary(store, {fileOf({small("good", "words"), bad})}), Error);
    ASSERT_EQ(store.conversations().size(), 1U);
    EXPECT_EQ(store.conversations()[0].title, "here");
    store.checkIntegrity();
    addToLibrary(store, {fileOf({small("after", "it goes on")})});
    EXPECT_EQ(store.conversations().size(), 2U);
}

TEST_F(ImportTest, OfSeveralFilesOneBadOneKeepsAllOut) {
    std::ofstream(dir_.path() / "bad.json") << "{";
    EXPECT_THROW(readAll({recording(), dir_.path() / "bad.json"}), Error);
}

TEST_F(ImportTest, AnExportOfBeforeVersionsWereKeptIsItsBranch) {
    const auto file = conversationsFrom(
        R"({"format": "gatescope-export-1", "title": "Old", "template": "transcript", "messages": [
            {"id": 4, "role": "user", "text": "a", "interrupted": false},
            {"id": 9, "role": "assistant", "text": "b", "interrupted": true}]})",
        "old.json");
    ASSERT_EQ(file.conversations.size(), 1U);
    const auto& messages = file.conversations[0].messages;
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[1].parent, 1);
    EXPECT_EQ(messages[1].state, MessageState::Interrupted);
}

}  // namespace
}  // namespace gatescope

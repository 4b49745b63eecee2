#include "engine/store/library_filter.h"

#include <gtest/gtest.h>

#include <latch>

#include "engine/error.h"
#include "engine/store/store_writer.h"
#include "tests/support/test_paths.h"

namespace gatescope {
namespace {

Message said(const std::vector<std::string>& words, MessageId parent, Role role) {
    Message message;
    message.parent = parent;
    message.role = role;
    for (const std::string& word : words) {
        message.text += word;
        TokenRecord token;
        token.text = word;
        token.generated = role == Role::Assistant;
        message.tokens.push_back(token);
    }
    return message;
}

RoutingFilter filterOf(const char* text) {
    return *RoutingFilter::parse(text).filter;
}

class LibraryFilterTest : public ::testing::Test {
  protected:
    LibraryFilterTest() {
        id_ = store_.createConversation({});
        const auto question = store_.addMessage(id_, said({"its", "elf"}, 0, Role::User));
        store_.addMessage(id_, said({" self", " self"}, question, Role::Assistant));
        store_.addMessage(id_, said({" one", " self", "."}, question, Role::Assistant));
    }

    ConversationStore store_ = ConversationStore::inMemory();
    ConversationId id_ = 0;
};

TEST_F(LibraryFilterTest, CountsInTheBranchSeenLast) {
    const auto hits = filterConversation(store_, id_, filterOf("text~\"self\""), {});
    ASSERT_TRUE(hits);
    EXPECT_EQ(hits->tokens, 5) << "the first answer is another branch";
    EXPECT_EQ(hits->matches, 3);
    EXPECT_EQ(filterConversation(store_, id_, filterOf("message=1 & generated"), {})->matches, 3);
}

TEST_F(LibraryFilterTest, EndsWhenItIsStopped) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(filterConversation(store_, id_, filterOf("generated"), stop.get_token()));
}

TEST_F(LibraryFilterTest, IsStoppedWhileItReads) {
    std::stop_source stop;
    EXPECT_TRUE(store_.messages(id_, stop.get_token()));
    stop.request_stop();
    EXPECT_FALSE(store_.messages(id_, stop.get_token()));
}

/// On a real library: the writer commits while a filter is in the middle of a conversation.
TEST(LibraryFilterBesideWrites, WhatIsWrittenIsDurableMeanwhile) {
    const test::ScratchDir dir;
    const auto file = dir.path() / "library.db";
    StoreWriter writer(file);
    ConversationId id = 0;
    writer.post([&](ConversationStore& store) {
        id = store.createConversation({});
        store.addMessage(id, said({" self", " one"}, 0, Role::User));
    });
    writer.flush();
    std::latch reading(1);
    std::latch written(1);
    std::optional<FilterHits> hits;
    bool answered = false;
    writer.read(
        [&](const ConversationStore& store) {
            hits = filterConversation(store, id, filterOf("text~\"self\""), {});
            reading.count_down();
            written.wait();  // it takes as long as it likes
            EXPECT_EQ(store.conversations().size(), 2U) << "the next look sees what was written";
        },
        [&] { answered = true; });
    reading.wait();
    writer.post([](ConversationStore& store) { store.createConversation({}); });
    writer.flush();  // waits for the disk, not for the filter
    EXPECT_FALSE(answered);
    EXPECT_EQ(ConversationStore(file, ConversationStore::Mode::ReadOnly).conversations().size(),
              2U);
    written.count_down();
    while (!answered) writer.poll();
    ASSERT_TRUE(hits);
    EXPECT_EQ(hits->matches, 1);
}

/// It goes on until it is stopped, and then its answer says so: nothing else ends the loop.
TEST(LibraryFilterBesideWrites, IsStoppedInTheMiddle) {
    const test::ScratchDir dir;
    StoreWriter writer(dir.path() / "library.db");
    ConversationId id = 0;
    writer.post([&](ConversationStore& store) {
        id = store.createConversation({});
        MessageId parent = 0;
        for (int i = 0; i < 50; ++i)
            parent = store.addMessage(
                id, said(std::vector<std::string>(100, " self"), parent, Role::User));
    });
    writer.flush();
    std::stop_source stop;
    std::latch begun(1);
    bool answered = false;
    writer.read(
        [&](const ConversationStore& store) {
            begun.count_down();
            while (filterConversation(store, id, filterOf("generated"), stop.get_token())) {
            }
        },
        [&] { answered = true; });
    begun.wait();
    stop.request_stop();
    while (!answered) writer.poll();
    // The reader is free for the next.
    answered = false;
    writer.read([](const ConversationStore&) {}, [&] { answered = true; });
    while (!answered) writer.poll();
}

TEST(LibraryFilterBesideWrites, ALibraryInMemoryIsReadByItsWriter) {
    StoreWriter writer;
    bool answered = false;
    std::size_t found = 0;
    writer.post([](ConversationStore& store) { store.createConversation({}); });
    writer.read([&](const ConversationStore& store) { found = store.conversations().size(); },
                [&] { answered = true; });
    while (!answered) writer.poll();
    EXPECT_EQ(found, 1U);
}

TEST(LibraryFilterBesideWrites, AReadThatThrowsIsAnError) {
    const test::ScratchDir dir;
    StoreWriter writer(dir.path() / "library.db");
    std::string told;
    writer.setErrorHandler([&](const std::string& message) { told = message; });
    writer.read([](const ConversationStore& store) { (void)store.messages(77); });
    while (told.empty()) writer.poll();
    EXPECT_NE(told.find("77"), std::string::npos);
}

TEST_F(LibraryFilterTest, SaysThatAConversationIsGone) {
    store_.removeConversation(id_);
    EXPECT_THROW(filterConversation(store_, id_, filterOf("generated"), {}), Error);
}

}  // namespace
}  // namespace gatescope

#include "engine/store/library_filter.h"

#include <gtest/gtest.h>

#include "engine/error.h"

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

TEST_F(LibraryFilterTest, SaysThatAConversationIsGone) {
    store_.removeConversation(id_);
    EXPECT_THROW(filterConversation(store_, id_, filterOf("generated"), {}), Error);
}

}  // namespace
}  // namespace gatescope

#include "engine/chat/branch.h"

#include <gtest/gtest.h>

namespace gatescope {
namespace {

Message message(MessageId id, MessageId parent, int numTokens = 0) {
    Message m;
    m.id = id;
    m.parent = parent;
    for (int i = 0; i < numTokens; ++i) {
        TokenRecord token;
        token.token = static_cast<TokenId>(id) * 100 + i;
        m.tokens.push_back(token);
    }
    return m;
}

TEST(BranchTest, CountsTheTokensOfAllMessagesAsOneTrace) {
    Branch branch;
    branch.assign({message(1, 0, 3), message(2, 1, 0), message(3, 2, 2)});
    ASSERT_EQ(branch.traceSize(), 5);
    EXPECT_EQ(branch.token(2).token, 102);
    EXPECT_EQ(branch.token(3).token, 300);
    EXPECT_EQ(branch.messageOfToken(2), 0);
    EXPECT_EQ(branch.messageOfToken(3), 2) << "an empty message owns no token";
    EXPECT_EQ(branch.firstTokenOfMessage(2), 3);
}

TEST(BranchTest, GrowsAndShrinksAtItsEnd) {
    Branch branch;
    branch.append(message(1, 0, 2));
    branch.append(message(2, 1));
    branch.appendToken({.token = 7});
    EXPECT_EQ(branch.traceSize(), 3);
    EXPECT_EQ(branch.token(2).token, 7);
    branch.setTokens(0, {});
    EXPECT_EQ(branch.token(0).token, 7);
    branch.truncate(1);
    EXPECT_EQ(branch.traceSize(), 0);
}

}  // namespace
}  // namespace gatescope

// A session that looks into its tokens.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/error.h"
#include "tests/unit/engine/chat/chat_session_fixture.h"

namespace gatescope {
namespace {

using test::ChatSessionTest;

TEST_F(ChatSessionTest, LooksIntoATokenAndWhatWouldComeNext) {
    start(says({ids(" hello there")}));
    ASSERT_TRUE(talk("hi"));
    const int size = session_->traceSize();
    for (const int token : {1, 3, size}) {
        session_->inspectToken(token);
        EXPECT_TRUE(session_->inspecting());
        ASSERT_TRUE(pumpUntil([&] { return !session_->inspecting(); }));
        const auto& [of, found] = listener_.inspected.back();
        EXPECT_EQ(of, token);
        EXPECT_EQ(found->position, token - 1);
        EXPECT_EQ(*found->routing, *session_->traceToken(token - 1).routing);
        EXPECT_EQ(found->chosen.has_value(), token < size);
        if (found->chosen) {
            EXPECT_EQ(found->words[static_cast<std::size_t>(*found->chosen)].token,
                      session_->traceToken(token).token);
        }
    }
    EXPECT_FALSE(session_->tokenText(ids(" hello")[0]).empty());
    // The conversation goes on as if nobody had looked.
    ASSERT_TRUE(talk("and"));
    EXPECT_EQ(session_->messages().back().text, " hello there");
    EXPECT_TRUE(listener_.errors.empty());
}

TEST_F(ChatSessionTest, SaysWhyItCannotLookIntoAToken) {
    const auto refuses = [&](int token, const char* sentence) {
        try {
            session_->inspectToken(token);
            FAIL() << sentence;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
            EXPECT_THAT(error.what(), testing::HasSubstr(sentence));
        }
    };
    auto script = says({ids(" hello there")});
    start(script);
    refuses(0, "this conversation was with another model");
    ASSERT_TRUE(talk("hi"));
    refuses(0, "token 0 cannot be looked into: expected 1 to");
    refuses(session_->traceSize() + 1, "cannot be looked into");
    script_->endless = true;
    session_->send("more");
    refuses(1, "a reply is being written");
    session_->stop();
    ASSERT_TRUE(idle());
    // One that is asked for when a reply begins gives way to it.
    session_->inspectToken(2);
    session_->send("and more");
    session_->stop();
    ASSERT_TRUE(idle());
    ASSERT_TRUE(pumpUntil([&] { return !session_->inspecting(); }));
    EXPECT_EQ(listener_.inspected.size() + static_cast<std::size_t>(listener_.inspectionsEnded),
              1U);
}

}  // namespace
}  // namespace gatescope

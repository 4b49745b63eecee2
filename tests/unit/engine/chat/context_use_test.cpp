// What is said to fit before a message is sent, against what is sent then.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/chat/chat_session_fixture.h"

namespace gatescope {
namespace {

using test::Script;

class ContextUseTest : public test::ChatSessionTest {
  protected:
    /// Of the last message that was sent: what had been read when the reply began.
    int promptOfLast() const {
        const int last = static_cast<int>(session_->messages().size()) - 1;
        int tokens = session_->firstTokenOfMessage(last);
        for (const auto& token : session_->messages().back().tokens) tokens += !token.generated;
        return tokens;
    }
};

TEST_F(ContextUseTest, IsWhatIsReadWhenItIsSent) {
    start(says({ids(" one two"), ids(" three"), ids(" four")}));
    for (const char* name : {"transcript", "continuation", "few-shot"}) {
        session_->newConversation();
        session_->setTemplate(name);
        session_->setSystemText(name == std::string("transcript") ? "Be brief." : "");
        for (const char* text : {"hi there", "and\nthen?"}) {
            const ContextUse use = session_->contextUse(text);
            EXPECT_TRUE(use.exact);
            ASSERT_TRUE(talk(text));
            EXPECT_EQ(use.prompt(), promptOfLast()) << name << ": " << text;
        }
        // What stands there now is the conversation of the next.
        EXPECT_EQ(session_->contextUse("").conversation, session_->traceSize());
        EXPECT_EQ(session_->contextUse("").message, 0);
    }
}

TEST_F(ContextUseTest, OfAnEditedMessageLeavesOutWhatStandsBehind) {
    start(says({ids(" one two"), ids(" three"), ids(" four")}));
    ASSERT_TRUE(talk("first"));
    ASSERT_TRUE(talk("second"));
    const ContextUse use = session_->contextUse("second, better", 2);
    session_->edit(2, "second, better");
    ASSERT_TRUE(idle());
    EXPECT_EQ(use.prompt(), promptOfLast());
}

TEST_F(ContextUseTest, SaysHowMuchIsTooMuch) {
    start(says({ids(" one")}));
    session_->setMaxTokens(50);
    const int capacity = session_->model()->contextCapacity;
    std::string text = "a";
    while (session_->contextUse(text).fits()) text += " sun and moon and sun";
    const ContextUse use = session_->contextUse(text);
    EXPECT_EQ(use.missing(), use.prompt() + 1 - capacity);
    EXPECT_EQ(use.room(), 0);
    session_->send(text);
    ASSERT_TRUE(idle());
    if (use.exact) {
        ASSERT_FALSE(listener_.errors.empty());
        EXPECT_THAT(
            listener_.errors.back(),
            ::testing::HasSubstr("shorten it by at least " + std::to_string(use.missing())));
    }
}

TEST_F(ContextUseTest, OfALongTextIsEstimatedFromItsBeginning) {
    start(says({ids(" one")}));
    std::string text;
    while (text.size() < 100000) text += "the sun is warm today. ";
    const ContextUse use = session_->contextUse(text);
    EXPECT_FALSE(use.exact);
    const auto exact = static_cast<double>(ids(text).size());
    EXPECT_NEAR(use.message, exact, 0.05 * exact);
}

TEST_F(ContextUseTest, WithoutAModelNothingIsSaid) {
    const ContextUse none;
    EXPECT_EQ(none.capacity, 0);
    EXPECT_FALSE(none.fits());
}

}  // namespace
}  // namespace gatescope

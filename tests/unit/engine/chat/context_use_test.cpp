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

std::string joined(const std::vector<PromptPieces>& segments) {
    std::string text;
    for (const auto& segment : segments) text += textOf(segment);
    return text;
}

/// What the model had read when the last reply began, as text.
std::string readBefore(const ChatSession& session) {
    std::string text;
    for (int i = 0; i < session.traceSize(); ++i) {
        const bool ofLast =
            session.messageOfToken(i) + 1 == static_cast<int>(session.messages().size());
        if (!ofLast || !session.traceToken(i).generated) text += session.traceToken(i).text;
    }
    return text;
}

TEST_F(ContextUseTest, ThePromptIsTheTextThatIsReadThen) {
    start(says({ids(" one two"), ids(" three"), ids(" four")}));
    session_->setOwnTemplates({{.name = "letters",
                                .title = "Letters",
                                .preamble = "Letters.\n",
                                .userPrefix = "\nDear machine: ",
                                .replyPrefix = "\nDear human:",
                                .stopStrings = {}}});
    for (const auto& t : session_->templates().all()) {
        session_->newConversation();
        session_->setTemplate(t.name);
        session_->setSystemText("Be brief.");
        for (const char* text : {"hi there", "and\nthen?", "so"}) {
            const auto prompt = session_->prompt(t, text);
            ASSERT_TRUE(talk(text));
            EXPECT_EQ(joined(prompt), readBefore(*session_)) << t.name << ": " << text;
        }
        const auto edited = session_->prompt(t, "better", 2);
        session_->edit(2, "better");
        ASSERT_TRUE(idle());
        EXPECT_EQ(joined(edited), readBefore(*session_));
    }
}

TEST_F(ContextUseTest, ThePromptSaysWhoseEachStretchIs) {
    using enum PromptPiece::Source;
    start(says({ids(" one two")}));
    session_->setSystemText("Be brief.");
    ASSERT_TRUE(talk("hi"));
    EXPECT_THAT(session_->prompt(session_->templates().at("transcript"), "more"),
                ::testing::ElementsAre(
                    // As it was read: system text is known to the template only.
                    PromptPieces{{Template, "Be brief.\nUser: "}, {User, "hi"}},
                    PromptPieces{{Template, "\nAssistant:"}, {Reply, " one two"}},
                    PromptPieces{{Template, "\nUser: "}, {User, "more"}},
                    PromptPieces{{Template, "\nAssistant:"}}));
}

TEST_F(ContextUseTest, ATemplateThatIsGoneIsSaidBeforeAnythingIsSent) {
    start(says({ids(" one")}));
    session_->setOwnTemplates({{.name = "letters", .title = "Letters", .userPrefix = "> "}});
    session_->setTemplate("letters");
    session_->setOwnTemplates({});
    EXPECT_THROW(session_->send("hi"), Error);
    EXPECT_TRUE(session_->messages().empty());
    EXPECT_FALSE(session_->contextUse("hi").fits());
    session_->setTemplate("transcript");
    EXPECT_TRUE(talk("hi"));
}

TEST_F(ContextUseTest, StopStringsOfAPersonEndAReply) {
    start(says({ids(" one two three four")}));
    session_->setReplyOptions({.stopStrings = {"three"}});
    ASSERT_TRUE(talk("count"));
    EXPECT_EQ(session_->messages().back().text, " one two ");
    EXPECT_EQ(session_->messages().back().finishReason, FinishReason::StopString);
    EXPECT_THROW(session_->setReplyOptions({.stopStrings = {""}}), Error);
    EXPECT_EQ(session_->replyOptions().stopStrings, std::vector<std::string>{"three"});
}

TEST_F(ContextUseTest, AConversationKeepsItsReplyOptions) {
    start(says({ids(" one"), ids(" two")}));
    const ReplyOptions first{.sampler = {.temperature = 0, .seed = 1ULL << 63U},
                             .maxTokens = 7,
                             .stopStrings = {"\n\n"}};
    session_->setReplyOptions(first);
    ASSERT_TRUE(talk("hi"));
    const auto id = session_->currentConversation();
    ASSERT_TRUE(id);
    session_->newConversation();
    EXPECT_EQ(session_->replyOptions(), first) << "a new chat begins with those in use";
    session_->setReplyOptions({});
    ASSERT_TRUE(talk("hi again"));
    session_->openConversation(*id);
    ASSERT_TRUE(pumpUntil([&] { return session_->currentConversation() == id; }));
    EXPECT_EQ(session_->replyOptions(), first);
}

TEST_F(ContextUseTest, WithoutAModelNothingIsSaid) {
    const ContextUse none;
    EXPECT_EQ(none.capacity, 0);
    EXPECT_FALSE(none.fits());
}

}  // namespace
}  // namespace gatescope

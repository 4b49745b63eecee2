// Replies that go on from the middle: what a cut one would have been, and what an alternative
// makes of one. On a real model, because it is the draws that have to be right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "engine/chat/chat_session.h"
#include "engine/error.h"
#include "tests/support/test_paths.h"
#include "tests/support/tiny_model.h"

namespace gatescope {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class ForkTest : public ::testing::Test, protected ChatObserver {
  protected:
    ForkTest() {
        ModelConfig config = test::tinyConfig();
        config.vocabSize = 512;
        test::writeTinyCheckpoint(model(), config, 5);
        session_.setObserver(this);
        session_.setSampler({.temperature = 1, .topP = 1, .seed = 77});
        session_.openModel(model(), {.kind = "cpu", .threads = 1});
        EXPECT_TRUE(pumpUntil([&] { return session_.canTalk() && !session_.loading(); }));
    }
    std::string model() const { return (dir_.path() / "model").string(); }
    void failed(const std::string& message) override { errors_.push_back(message); }

    template <class Condition>
    bool pumpUntil(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            session_.pump();
            std::this_thread::sleep_for(1ms);
        }
        return true;
    }
    bool idle() {
        const bool done = pumpUntil([&] { return !session_.generating(); });
        store_.flush();
        return done;
    }
    bool ask(int tokens) {
        session_.newConversation();
        session_.setMaxTokens(tokens);
        session_.send("the sun");
        return idle();
    }
    bool goOn(int tokens) {
        session_.setMaxTokens(tokens);
        session_.continueReply();
        return idle();
    }
    std::vector<TokenId> reply() const {
        std::vector<TokenId> ids;
        for (const auto& token : session_.messages().back().tokens)
            if (token.generated) ids.push_back(token.token);
        return ids;
    }
    int firstGenerated() const {
        int token = 0;
        while (!session_.traceToken(token).generated) ++token;
        return token;
    }
    std::string refusal(int token, TokenId instead) {
        try {
            session_.forkReply(token, instead);
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
    std::vector<Message> stored() const {
        const ConversationStore reader(dir_.path() / "library.sqlite",
                                       ConversationStore::Mode::ReadOnly);
        return reader.messages(*session_.currentConversation());
    }

    test::ScratchDir dir_;
    StoreWriter store_{dir_.path() / "library.sqlite"};
    Engine engine_;
    ChatSession session_{engine_, store_};
    std::vector<std::string> errors_;
};

TEST_F(ForkTest, AContinuedReplyIsWhatItWouldHaveBeen) {
    ASSERT_TRUE(ask(12));
    const auto whole = reply();
    ASSERT_EQ(whole.size(), 12U) << "another seed, if this ends early";
    for (const bool speculate : {false, true}) {
        session_.setSpeculation(speculate);
        ASSERT_TRUE(ask(5));
        ASSERT_TRUE(goOn(3));
        ASSERT_TRUE(goOn(4));
        EXPECT_EQ(reply(), whole);
    }
    EXPECT_TRUE(errors_.empty());
}

TEST_F(ForkTest, AnAlternativeTakesTheTokensPlaceInAVersionBeside) {
    ASSERT_TRUE(ask(12));
    const auto before = session_.messages().back();
    const auto ids = reply();
    const int at = firstGenerated() + 4;
    const TokenRecord replaced = session_.traceToken(at);
    ASSERT_NE(replaced.alternatives, nullptr);
    const int place = replaced.alternatives->rank == 1 ? 1 : 0;
    const TokenId instead = replaced.alternatives->tokens[static_cast<std::size_t>(place)];
    ASSERT_NE(instead, replaced.token);

    session_.setMaxTokens(6);
    session_.forkReply(at, instead);
    EXPECT_TRUE(session_.generating());
    ASSERT_TRUE(idle());
    const auto forked = reply();
    ASSERT_EQ(forked.size(), 11U);
    EXPECT_TRUE(std::equal(ids.begin(), ids.begin() + 4, forked.begin()));
    const TokenRecord chosen = session_.traceToken(at);
    EXPECT_EQ(chosen.token, instead);
    EXPECT_TRUE(chosen.chosen);
    EXPECT_TRUE(chosen.generated);
    EXPECT_EQ(chosen.alternatives->rank, place + 1);
    EXPECT_EQ(chosen.logProb, replaced.alternatives->logProbs[static_cast<std::size_t>(place)]);
    ASSERT_NE(chosen.routing, nullptr) << "it went through the model";
    for (int i = firstGenerated(); i < session_.traceSize(); ++i)
        EXPECT_EQ(session_.traceToken(i).chosen, i == at);

    // Beside it, with the sampler it had, and in the store.
    EXPECT_EQ(session_.version(1).count, 2);
    EXPECT_EQ(session_.messages().back().sampler, before.sampler);
    const auto kept = stored();
    ASSERT_EQ(kept.size(), 3U);
    EXPECT_EQ(kept[1].text, before.text);
    EXPECT_EQ(kept[2].parent, kept[1].parent);
    EXPECT_EQ(kept[2].text, session_.messages().back().text);
    ASSERT_EQ(kept[2].tokens.size(), session_.messages().back().tokens.size());
    for (std::size_t i = 0; i < kept[2].tokens.size(); ++i) {
        const auto& shown = session_.messages().back().tokens[i];
        EXPECT_EQ(kept[2].tokens[i].token, shown.token);
        EXPECT_EQ(kept[2].tokens[i].chosen, shown.chosen);
        EXPECT_NE(kept[2].tokens[i].routing, nullptr) << i;
        ASSERT_EQ(kept[2].tokens[i].alternatives != nullptr, shown.alternatives != nullptr) << i;
        if (shown.alternatives) {
            EXPECT_EQ(*kept[2].tokens[i].alternatives, *shown.alternatives);
        }
    }
    // The one it came from is still there, whole.
    session_.showVersion(1, -1);
    ASSERT_TRUE(pumpUntil([&] { return session_.messages().back().text == before.text; }));
    EXPECT_EQ(reply(), ids);
    EXPECT_TRUE(errors_.empty());
}

TEST_F(ForkTest, TheEndOfTextEndsItThere) {
    ASSERT_TRUE(ask(12));
    const auto ids = reply();
    const int at = firstGenerated() + 4;
    session_.forkReply(at, session_.model()->config.eosToken);
    EXPECT_FALSE(session_.generating());
    ASSERT_TRUE(idle());
    EXPECT_EQ(reply(), std::vector(ids.begin(), ids.begin() + 4));
    EXPECT_EQ(session_.messages().back().finishReason, FinishReason::EndOfText);
    EXPECT_EQ(session_.messages().back().state, MessageState::Complete);
    EXPECT_EQ(stored().back().text, session_.messages().back().text);
    EXPECT_EQ(stored().back().tokens.size(), session_.messages().back().tokens.size());
}

TEST_F(ForkTest, TheTokenThatCameIsTheSameReplyAgain) {
    ASSERT_TRUE(ask(12));
    const auto whole = reply();
    const int at = firstGenerated() + 5;
    session_.setMaxTokens(6);
    session_.forkReply(at, session_.traceToken(at).token);
    ASSERT_TRUE(idle());
    EXPECT_EQ(reply(), whole);
}

TEST_F(ForkTest, AMessageInTheMiddleForksTheConversationThere) {
    ASSERT_TRUE(ask(6));
    session_.send("and the moon");
    ASSERT_TRUE(idle());
    ASSERT_EQ(session_.messages().size(), 4U);
    const int at = firstGenerated() + 2;
    session_.forkReply(at, session_.traceToken(at).alternatives->tokens.back());
    ASSERT_TRUE(idle());
    EXPECT_EQ(session_.messages().size(), 2U);
    EXPECT_EQ(stored().size(), 5U) << "nothing is lost";
}

TEST_F(ForkTest, AReplyMayBeWrittenByAPerson) {
    ASSERT_TRUE(ask(6));
    const auto before = session_.messages().back();
    session_.edit(1, " is blue");
    EXPECT_FALSE(session_.generating()) << "nothing is asked";
    EXPECT_EQ(session_.messages().back().text, " is blue");
    session_.edit(1, "is green");
    ASSERT_TRUE(idle());
    EXPECT_EQ(session_.messages().back().text, " is green") << "with the blank that it began with";
    EXPECT_EQ(session_.messages().back().finishReason, std::nullopt);
    EXPECT_EQ(session_.version(1).count, 3);
    EXPECT_NE(session_.messages().back().sampler.seed, 0U);
    const auto kept = stored();
    ASSERT_EQ(kept.size(), 4U);
    EXPECT_EQ(kept[1].text, before.text);
    EXPECT_EQ(kept[3].text, " is green");
    EXPECT_EQ(kept[3].role, Role::Assistant);

    // The conversation goes on from it, read and not written by the model.
    session_.setMaxTokens(3);
    session_.continueReply();
    ASSERT_TRUE(idle());
    const Message grown = session_.messages().back();
    EXPECT_THAT(grown.text, ::testing::StartsWith(" is green"));
    EXPECT_EQ(std::ranges::count_if(grown.tokens, &TokenRecord::generated), 3);
    for (const auto& token : grown.tokens) EXPECT_NE(token.routing, nullptr);
    EXPECT_EQ(stored()[3].tokens.size(), grown.tokens.size());
    // What was written stays in front of a fork in what the model added.
    const int last = session_.traceSize() - 1;
    const TokenRecord replaced = session_.traceToken(last);
    session_.forkReply(last, replaced.alternatives->tokens.back());
    ASSERT_TRUE(idle());
    const std::string inFront = grown.text.substr(0, grown.text.size() - replaced.text.size());
    EXPECT_THAT(session_.messages().back().text, ::testing::StartsWith(inFront));
    EXPECT_TRUE(errors_.empty());
    EXPECT_THROW(session_.edit(1, "  "), Error);
    EXPECT_THROW(session_.edit(7, "x"), Error);
}

TEST_F(ForkTest, SaysWhyItCannot) {
    EXPECT_THAT(refusal(0, 1), HasSubstr("token 0: the conversation has 0"));
    ASSERT_TRUE(ask(4));
    const auto before = reply();
    const int at = firstGenerated();
    EXPECT_THAT(refusal(0, 1), HasSubstr("only what the model wrote can be replaced"));
    EXPECT_THAT(refusal(session_.traceSize(), 1), HasSubstr("the conversation has"));
    EXPECT_THAT(refusal(at, 512), HasSubstr("id 512: the model's vocabulary has 512"));
    EXPECT_THAT(refusal(at, -1), HasSubstr("id -1"));
    InterventionSet off;
    off.ablate = {{LayerId{0}, ExpertId{1}}};
    session_.setInterventions(off);
    EXPECT_THAT(refusal(at, 3), HasSubstr("with other interventions"));
    EXPECT_EQ(reply(), before);
    EXPECT_EQ(stored().size(), 2U) << "nothing was begun";
}

}  // namespace
}  // namespace gatescope

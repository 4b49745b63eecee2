// What runs beside a conversation, and the reply once more with other experts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "engine/chat/chat_session.h"
#include "engine/error.h"
#include "engine/tokenizer/tokenizer.h"
#include "tests/support/scripted_decoder.h"
#include "tests/support/test_paths.h"
#include "tests/support/tokenizer_file.h"

namespace gatescope {
namespace {

using namespace std::chrono_literals;
using test::Script;
using test::ScriptedFault;

class ChatAsideTest : public ::testing::Test, protected ChatObserver {
  protected:
    void start(std::shared_ptr<Script> script) {
        script->tokenizer = test::loadTokenizer(test::dataDir() / "tiny-a/tokenizer.model",
                                                script->config.vocabSize);
        if (script->replies.empty())
            script->replies = {script->tokenizer->encodeContinuation("the sun is warm")};
        script_ = script;
        store_ = std::make_unique<StoreWriter>(dir_.path() / "library.sqlite");
        engine_ = std::make_unique<Engine>(test::scriptedEngine(script));
        session_ = std::make_unique<ChatSession>(*engine_, *store_);
        session_->setObserver(this);
        session_->openModel("scripted");
        ASSERT_TRUE(pumpUntil([&] { return session_->canTalk(); }));
    }
    void failed(const std::string& message) override { errors.push_back(message); }

    template <class Condition>
    bool pumpUntil(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            session_->pump();
            std::this_thread::sleep_for(1ms);
        }
        return true;
    }
    bool idle() {
        return pumpUntil([&] { return !session_->generating(); });
    }
    bool talk(const std::string& text) {
        session_->send(text);
        return idle();
    }
    std::vector<TokenId> ids(const std::string& text) const {
        return script_->tokenizer->encodeContinuation(text);
    }
    static ScoreRequest scoreOf(const std::string& text) {
        ScoreRequest request;
        request.sequence = {{.text = text, .tokens = {}, .interventions = {}}};
        request.changed.emplace().ablate = {{.layer = {0}, .expert = {1}}};
        return request;
    }
    /// Hears a job to its end.
    ChatSession::SideListener hear() {
        return [this](const Event& event) {
            if (const auto* scored = std::get_if<PositionsScored>(&event))
                positions += scored->positions.size();
            if (std::holds_alternative<TokenGenerated>(event)) ++generated;
            if (const auto* end = std::get_if<ScoreFinished>(&event)) ends.push_back(end->end);
            if (std::holds_alternative<GenerationFinished>(event)) ++finished;
        };
    }

    std::vector<std::string> errors;
    std::size_t positions = 0;
    int generated = 0;
    int finished = 0;
    std::vector<ScoreEnd> ends;
    test::ScratchDir dir_;
    std::shared_ptr<Script> script_;
    std::unique_ptr<StoreWriter> store_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<ChatSession> session_;
};

TEST_F(ChatAsideTest, AJobBesideTheConversationLeavesItAlone) {
    start(std::make_shared<Script>());
    ASSERT_TRUE(talk("hello"));
    const int tokens = session_->traceSize();
    session_->scoreAside(scoreOf("one two three"), hear());
    GenerationRequest request;
    request.prompt = {{.text = "tell me", .tokens = {}, .interventions = {}}};
    request.maxTokens = 3;
    session_->generateAside(request, hear());
    ASSERT_TRUE(pumpUntil([&] { return finished == 1; }));
    EXPECT_EQ(ends, std::vector{ScoreEnd::Done});
    EXPECT_EQ(positions, script_->tokenizer->encode("one two three").size());
    EXPECT_EQ(generated, 3);
    EXPECT_EQ(session_->traceSize(), tokens);
    EXPECT_EQ(session_->messages().size(), 2U);
    EXPECT_TRUE(errors.empty());
    ASSERT_TRUE(talk("and on"));
    EXPECT_EQ(session_->messages().size(), 4U);
}

TEST_F(ChatAsideTest, WhatIsSaidComesFirst) {
    auto script = std::make_shared<Script>();
    script->faults = {{.kind = ScriptedFault::Kind::Hang, .call = 0, .layer = 0}};
    start(script);
    session_->scoreAside(scoreOf("one two three"), hear());
    session_->scoreAside(scoreOf("another"), hear());
    ASSERT_TRUE(pumpUntil([&] { return script_->log->hanging == 1; }));  // else the reply hangs
    ASSERT_TRUE(talk("hello"));
    EXPECT_EQ(ends, (std::vector{ScoreEnd::Stopped, ScoreEnd::Stopped}));
    EXPECT_EQ(session_->messages().back().finishReason, FinishReason::EndOfText);
}

TEST_F(ChatAsideTest, AFaultIsToldAndEndsTheJobOnly) {
    auto script = std::make_shared<Script>();
    script->faults = {{.kind = ScriptedFault::Kind::Error, .call = 0, .layer = 0}};
    start(script);
    session_->scoreAside(scoreOf("one two three"), hear());
    ASSERT_TRUE(pumpUntil([&] { return !ends.empty(); }));
    EXPECT_EQ(ends, std::vector{ScoreEnd::Failed});
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_NE(session_->model(), nullptr) << "it was no load";
    EXPECT_TRUE(talk("hello"));
}

TEST_F(ChatAsideTest, NothingRunsBesideAReplyBeingWritten) {
    start(std::make_shared<Script>());
    session_->send("hello");
    EXPECT_THROW(session_->scoreAside(scoreOf("x"), hear()), Error);
    EXPECT_TRUE(idle());
}

TEST_F(ChatAsideTest, RunningAReplyAgainChangesOnlyItsExperts) {
    start(std::make_shared<Script>());
    SamplerConfig sampler;
    sampler.temperature = 0.5F;
    session_->setSampler(sampler);
    ASSERT_TRUE(talk("hello"));
    const Message before = session_->messages().back();
    session_->setSampler({});
    InterventionSet off;
    off.ablate = {{.layer = {1}, .expert = {3}}};
    session_->rerun(off);
    ASSERT_TRUE(idle());
    const Message& after = session_->messages().back();
    EXPECT_EQ(after.sampler.seed, before.sampler.seed);
    EXPECT_EQ(after.sampler.temperature, 0.5F);
    EXPECT_EQ(after.interventions, off);
    EXPECT_TRUE(session_->interventions().empty());
    EXPECT_EQ(session_->version(1), (Version{1, 2}));
    off.ablate = {{.layer = {1}, .expert = {99}}};
    EXPECT_THROW(session_->rerun(off), Error);
    EXPECT_EQ(session_->messages().size(), 2U) << "a refusal takes no reply away";
}

TEST_F(ChatAsideTest, VersionsAreReadWithWhatStandsBeforeThem) {
    start(std::make_shared<Script>());
    ASSERT_TRUE(talk("hello"));
    session_->rerun({});
    ASSERT_TRUE(idle());
    std::vector<std::vector<Message>> versions;
    session_->readVersions(1, [&](auto branches) { versions = std::move(branches); });
    ASSERT_TRUE(pumpUntil([&] { return versions.size() == 2; }));
    for (const auto& branch : versions) {
        ASSERT_EQ(branch.size(), 2U);
        EXPECT_EQ(branch[0].text, "hello");
        EXPECT_FALSE(branch[1].tokens.empty());
        EXPECT_NE(branch[1].tokens[0].routing, nullptr);
    }
    EXPECT_LT(versions[0][1].id, versions[1][1].id);
}

}  // namespace
}  // namespace gatescope

// A session from the first message to a restart: what it shows, and what the library holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/error.h"
#include "tests/unit/engine/chat/chat_session_fixture.h"

namespace gatescope {
namespace {

using namespace std::chrono_literals;
using test::ChatSessionTest;
using test::ScriptedFault;

TEST_F(ChatSessionTest, AReplyStreamsInAndIsKeptWithItsRouting) {
    start(says({ids(" hello there")}));
    ASSERT_TRUE(talk("hi"));

    ASSERT_EQ(session_->messages().size(), 2U);
    EXPECT_EQ(session_->messages()[1].text, " hello there");
    auto expected = tokenizer_->encode("User: hi");
    for (const TokenId id : ids("\nAssistant:")) expected.push_back(id);
    for (const TokenId id : ids(" hello there")) expected.push_back(id);
    EXPECT_EQ(trace(), expected);
    for (int i = 0; i < session_->traceSize(); ++i)
        EXPECT_TRUE(session_->traceToken(i).routing) << "token " << i;

    const auto kept = stored();
    ASSERT_EQ(kept.size(), 2U);
    EXPECT_EQ(kept[0].text, "hi");
    EXPECT_EQ(kept[1].text, " hello there");
    EXPECT_EQ(kept[1].state, MessageState::Complete);
    ASSERT_EQ(kept[1].tokens.size(), session_->messages()[1].tokens.size());
    for (std::size_t i = 0; i < kept[1].tokens.size(); ++i) {
        const auto& live = session_->messages()[1].tokens[i];
        EXPECT_EQ(kept[1].tokens[i].token, live.token);
        ASSERT_TRUE(kept[1].tokens[i].routing);
        EXPECT_EQ(kept[1].tokens[i].routing->selected, live.routing->selected);
    }
    const auto& run = session_->messages()[1].run;
    ASSERT_TRUE(run);
    EXPECT_EQ(run->promptTokens,
              session_->traceSize() - static_cast<int>(ids(" hello there").size()));
    EXPECT_GE(run->firstTokenMs, run->prefillMs);
    EXPECT_EQ(run->stopStrings, session_->templates().at(session_->templateName()).stopStrings);
    EXPECT_EQ(kept[1].run, run);
    EXPECT_FALSE(kept[0].run);
}

TEST_F(ChatSessionTest, SpeculationLeavesNoOtherTrace) {
    std::string repeats;
    for (int i = 0; i < 12; ++i) repeats += " tick tock";
    start(says({ids(repeats + " boom tick tick")}));
    ASSERT_TRUE(talk("hi"));
    const auto plain = stored();
    session_->newConversation();
    session_->setSpeculation(true);
    ASSERT_TRUE(talk("hi"));

    const auto& counts = listener_.finished.back().timings.speculation;
    EXPECT_GT(counts.accepted, 5);
    EXPECT_GT(counts.drafted, counts.accepted);
    const auto drafted = stored();
    ASSERT_EQ(drafted.size(), 2U);
    EXPECT_EQ(drafted[1].text, plain[1].text);
    ASSERT_EQ(drafted[1].tokens.size(), plain[1].tokens.size());
    int marked = 0;
    for (std::size_t i = 0; i < plain[1].tokens.size(); ++i) {
        marked += drafted[1].tokens[i].drafted ? 1 : 0;
        EXPECT_FALSE(plain[1].tokens[i].drafted);
        EXPECT_EQ(drafted[1].tokens[i].token, plain[1].tokens[i].token);
        EXPECT_EQ(*drafted[1].tokens[i].routing, *plain[1].tokens[i].routing) << i;
    }
    EXPECT_EQ(marked, counts.accepted);
}

TEST_F(ChatSessionTest, AUsersMessageIsOnDiskBeforeTheModelSeesIt) {
    auto script = says({ids(" hello")});
    script->faults.push_back({.kind = ScriptedFault::Kind::Hang, .call = 0});
    start(script);
    session_->send("do not lose me");
    ASSERT_TRUE(pumpUntil([&] { return script->log->hanging == 1; }));
    const auto kept = stored();
    ASSERT_FALSE(kept.empty());
    EXPECT_EQ(kept[0].text, "do not lose me");
    session_->stop();
    EXPECT_TRUE(idle());
}

TEST_F(ChatSessionTest, StreamedTextReachesTheDiskWhileItStreams) {
    auto script = says({ids(" word")});
    script->endless = true;
    script->tokenDelay = 2ms;
    start(script);
    session_->setMaxTokens(100000);
    session_->send("hi");
    const auto onDisk = [&] {
        const auto kept = stored();
        return kept.size() < 2 ? std::size_t{0} : kept[1].text.size();
    };
    ASSERT_TRUE(pumpUntil([&] { return onDisk() > 0; }));
    const auto first = onDisk();
    ASSERT_TRUE(pumpUntil([&] { return onDisk() > first; }));
    EXPECT_EQ(stored()[1].state, MessageState::Streaming);
    session_->stop();
    ASSERT_TRUE(idle());
    EXPECT_EQ(stored()[1].text, session_->messages()[1].text) << "what was streamed stays";
    EXPECT_EQ(listener_.finished.back().reason, FinishReason::Stopped);
}

TEST_F(ChatSessionTest, TextReachesTheDiskAlsoWhenTheModelDoesNotGoOn) {
    auto script = says({ids(" one two three four")});
    script->faults.push_back({.kind = ScriptedFault::Kind::Hang, .call = 3});
    start(script);
    session_->send("hi");
    ASSERT_TRUE(pumpUntil([&] { return script->log->hanging == 1; }));
    // What is shown may still grow while the engine's last events arrive, so it is read anew each
    // time.
    const auto shown = [&] { return session_->messages().back().text; };
    ASSERT_TRUE(pumpUntil([&] { return !shown().empty(); }));
    ASSERT_TRUE(pumpUntil([&] {
        const auto kept = stored();
        return kept.size() == 2 && kept[1].text == shown();
    })) << "what is shown waits for a token that never comes";
    session_->stop();
    EXPECT_TRUE(idle());
}

TEST_F(ChatSessionTest, RecordingBeforeTheReplyBeginsLeavesTheQuestionComplete) {
    start(says({ids(" one")}));
    session_->send("hi");
    session_->saveRecording(dir_.path() / "early.gscope");
    ASSERT_TRUE(idle());
    ASSERT_EQ(stored().size(), 2U);
    EXPECT_EQ(stored()[0].state, MessageState::Complete);
    EXPECT_EQ(stored()[1].state, MessageState::Complete);
}

TEST_F(ChatSessionTest, VersionsOfAReplyCanBeShownAgain) {
    start(says({ids(" one"), ids(" two"), ids(" three")}));
    ASSERT_TRUE(talk("hi"));
    EXPECT_EQ(session_->version(1), (Version{0, 1}));
    session_->regenerate();
    ASSERT_TRUE(idle());
    EXPECT_EQ(session_->version(1), (Version{1, 2}));
    session_->showVersion(1, 1);  // there is none
    session_->showVersion(1, -1);
    ASSERT_TRUE(pumpUntil([&] { return session_->messages()[1].text == " one"; }));
    EXPECT_EQ(session_->version(1), (Version{0, 2}));
    ASSERT_TRUE(talk("go on"));  // below the version that is shown
    session_->showVersion(1, 1);
    ASSERT_TRUE(pumpUntil([&] { return session_->messages().size() == 2; }));
    EXPECT_EQ(session_->messages()[1].text, " two");
    session_->showVersion(1, -1);
    ASSERT_TRUE(pumpUntil([&] { return session_->messages().size() == 4; }));
    EXPECT_EQ(session_->messages()[2].text, "go on");
    EXPECT_EQ(stored().size(), 5U);

    const auto file = dir_.path() / "two.gscope";
    session_->saveRecording(file);
    store_->flush();
    session_->openRecording(file);
    ASSERT_TRUE(pumpUntil([&] { return session_->isReplay(); }));
    session_->showVersion(1, 1);
    EXPECT_EQ(session_->messages()[1].text, " two");
    EXPECT_TRUE(session_->isReplay());
}

TEST_F(ChatSessionTest, EditingBranchesAndLeavesTheFirstVersionInTheStore) {
    start(says({ids(" one")}));
    ASSERT_TRUE(talk("first"));
    ASSERT_TRUE(talk("second"));
    session_->edit(2, "second, better");
    ASSERT_TRUE(idle());
    ASSERT_EQ(session_->messages().size(), 4U);
    EXPECT_EQ(session_->messages()[2].text, "second, better");
    const auto kept = stored();
    EXPECT_EQ(kept.size(), 6U);
    EXPECT_THROW(session_->edit(9, "x"), Error) << "beyond the end";
}

TEST_F(ChatSessionTest, AContinuedReplyGrowsInPlace) {
    start(says({ids(" one"), ids(" and more")}));
    ASSERT_TRUE(talk("hi"));
    const auto before = trace();
    session_->continueReply();
    ASSERT_TRUE(idle());
    ASSERT_EQ(session_->messages().size(), 2U);
    EXPECT_EQ(session_->messages()[1].text, " one and more");
    const auto after = trace();
    ASSERT_GT(after.size(), before.size());
    EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
    EXPECT_EQ(stored()[1].text, " one and more");
}

TEST_F(ChatSessionTest, AFailureInTheMiddleKeepsTheTextAndTheChatGoesOn) {
    auto script = says({ids(" one two three four")});
    script->faults.push_back({.kind = ScriptedFault::Kind::NonFinite, .call = 3, .layer = 2});
    start(script);
    ASSERT_TRUE(talk("hi"));
    ASSERT_EQ(listener_.errors.size(), 1U);
    EXPECT_THAT(listener_.errors[0], ::testing::HasSubstr("layer 2"));
    EXPECT_EQ(listener_.finished.back().reason, FinishReason::Failed);
    EXPECT_EQ(session_->messages()[1].state, MessageState::Interrupted);
    EXPECT_FALSE(session_->messages()[1].text.empty());
    ASSERT_TRUE(talk("again"));
    EXPECT_EQ(session_->messages().back().state, MessageState::Complete);
}

TEST_F(ChatSessionTest, AConversationGoesOnAfterARestartWithTheSameTokens) {
    start(says({ids(" one")}));
    ASSERT_TRUE(talk("hi"));
    const auto before = trace();
    restart(says({ids(" two")}));
    ASSERT_TRUE(pumpUntil([&] { return !session_->conversations().empty(); }));
    EXPECT_EQ(session_->conversations()[0].title, "hi");
    session_->openConversation(session_->conversations()[0].id);
    ASSERT_TRUE(pumpUntil([&] { return session_->messages().size() == 2; }));
    EXPECT_EQ(trace(), before);
    EXPECT_EQ(session_->traceToken(0).routing->numLayers, 4);
    ASSERT_TRUE(talk("and you?"));
    const auto after = trace();
    ASSERT_GT(after.size(), before.size());
    EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
    EXPECT_EQ(stored().size(), 4U);
}

TEST_F(ChatSessionTest, ARecordingShowsTheSameTraceWithoutAModel) {
    start(says({ids(" one")}));
    ASSERT_TRUE(talk("hi"));
    const auto before = trace();
    bool saved = false;
    session_->saveRecording(dir_.path() / "a.gscope", [&](const auto& error) {
        EXPECT_EQ(error.value_or(""), "");
        saved = true;
    });
    ASSERT_TRUE(pumpUntil([&] { return saved; }));
    session_->newConversation();
    EXPECT_EQ(session_->traceSize(), 0);
    session_->openRecording(dir_.path() / "a.gscope");
    ASSERT_TRUE(pumpUntil([&] { return session_->isReplay(); }));
    EXPECT_EQ(trace(), before);
    EXPECT_EQ(session_->status(), "replay");
    EXPECT_THROW(session_->send("more"), Error);
    session_->newConversation();
    EXPECT_FALSE(session_->isReplay());
}

TEST_F(ChatSessionTest, AFileThatIsNoRecordingIsASentence) {
    start(says({ids(" one")}));
    session_->openRecording(test::dataDir() / "tiny-a/config.json");
    ASSERT_TRUE(pumpUntil([&] { return !listener_.errors.empty(); }));
    EXPECT_THAT(listener_.errors[0], ::testing::HasSubstr("config.json"));
    EXPECT_TRUE(listener_.loadFaults.empty());
    EXPECT_FALSE(session_->isReplay());
}

TEST_F(ChatSessionTest, AnotherConversationStopsTheReplyInProgress) {
    auto script = says({ids(" word")});
    script->endless = true;
    script->tokenDelay = 1ms;
    start(script);
    session_->setMaxTokens(100000);
    session_->send("hi");
    ASSERT_TRUE(pumpUntil([&] { return session_->traceSize() > 20; }));
    session_->newConversation();
    ASSERT_TRUE(pumpUntil([&] { return session_->messages().empty(); }));
    EXPECT_FALSE(session_->generating());
    store_->flush();
    EXPECT_EQ(stored()[1].finishReason, FinishReason::Stopped);
}

TEST_F(ChatSessionTest, SaysWhyItCannotSend) {
    auto script = says({ids(" one")});
    start(script);
    EXPECT_THROW(session_->send(" \n"), Error);
    EXPECT_THROW(session_->regenerate(), Error);
    EXPECT_THROW(session_->continueReply(), Error);
    EXPECT_THROW(session_->setTemplate("none"), Error);
    EXPECT_THROW(session_->setMaxTokens(0), Error);
    InterventionSet outside;
    outside.ablate.push_back({LayerId{99}, ExpertId{0}});
    EXPECT_THROW(session_->setInterventions(outside), Error);
    EXPECT_TRUE(session_->messages().empty()) << "nothing was begun";
}

TEST_F(ChatSessionTest, ClosingInTheMiddleKeepsWhatWasStreamed) {
    auto script = says({ids(" word")});
    script->endless = true;
    script->tokenDelay = 1ms;
    start(script);
    session_->setMaxTokens(100000);
    session_->send("hi");
    ASSERT_TRUE(pumpUntil([&] { return session_->traceSize() > 30; }));
    const std::string text = session_->messages()[1].text;
    session_.reset();
    EXPECT_EQ(stored()[1].text, text);
    EXPECT_EQ(stored()[1].state, MessageState::Interrupted);
}

}  // namespace
}  // namespace gatescope

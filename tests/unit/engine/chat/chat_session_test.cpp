#include "engine/chat/chat_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

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

class Listener : public ChatObserver {
  public:
    void modelLoadFailed(ErrorKind kind) override { loadFaults.push_back(kind); }
    void failed(const std::string& message) override { errors.push_back(message); }
    void generationFinished(const GenerationFinished& e) override { finished.push_back(e); }
    void conversationOpened() override { ++opened; }
    void tokenInspected(int token, const TokenInspectionPtr& found) override {
        inspected.emplace_back(token, found);
    }
    void inspectionEnded() override { ++inspectionsEnded; }

    std::vector<std::string> errors;
    std::vector<ErrorKind> loadFaults;
    std::vector<GenerationFinished> finished;
    std::vector<std::pair<int, TokenInspectionPtr>> inspected;
    int inspectionsEnded = 0;
    int opened = 0;
};

class ChatSessionTest : public ::testing::Test {
  protected:
    std::filesystem::path library() const { return dir_.path() / "library.sqlite"; }

    std::vector<TokenId> ids(const std::string& text) const {
        return tokenizer_->encodeContinuation(text);
    }

    void start(std::shared_ptr<Script> script) {
        script->tokenizer = test::loadTokenizer(test::dataDir() / "tiny-a/tokenizer.model",
                                                script->config.vocabSize);
        script_ = script;
        store_ = std::make_unique<StoreWriter>(library());
        engine_ = std::make_unique<Engine>(test::scriptedEngine(script));
        session_ = std::make_unique<ChatSession>(*engine_, *store_);
        session_->setObserver(&listener_);
        store_->flush();  // the library exists from here on
        session_->openModel("scripted");
        ASSERT_TRUE(pumpUntil([&] { return session_->model() && !session_->loading(); }));
    }

    void restart(std::shared_ptr<Script> script) {
        session_.reset();
        engine_.reset();
        store_.reset();
        listener_ = {};
        start(std::move(script));
    }

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
        const bool done = pumpUntil([&] { return !session_->generating(); });
        store_->flush();
        return done;
    }

    bool talk(const std::string& text) {
        session_->send(text);
        return idle();
    }

    std::vector<Message> stored() const {
        const ConversationStore reader(library(), ConversationStore::Mode::ReadOnly);
        const auto all = reader.conversations();
        return all.empty() ? std::vector<Message>{} : reader.messages(all.front().id);
    }

    std::vector<TokenId> trace() const {
        std::vector<TokenId> out;
        for (int i = 0; i < session_->traceSize(); ++i)
            out.push_back(session_->traceToken(i).token);
        return out;
    }

    static std::shared_ptr<Script> says(std::vector<std::vector<TokenId>> replies) {
        auto script = std::make_shared<Script>();
        script->replies = std::move(replies);
        return script;
    }

    test::ScratchDir dir_;
    std::shared_ptr<const Tokenizer> tokenizer_ =
        test::loadTokenizer(test::dataDir() / "tiny-a/tokenizer.model", 512);
    std::shared_ptr<Script> script_;
    Listener listener_;
    std::unique_ptr<StoreWriter> store_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<ChatSession> session_;
};

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

TEST_F(ChatSessionTest, RegeneratingKeepsTheOldReplyAndTheSeedWhenOnlyExpertsChange) {
    start(says({ids(" one"), ids(" two")}));
    ASSERT_TRUE(talk("hi"));
    const auto seed = session_->messages()[1].sampler.seed;
    EXPECT_NE(seed, 0U);
    InterventionSet off;
    off.ablate.push_back({LayerId{1}, ExpertId{3}});
    session_->setInterventions(off);
    session_->regenerate();
    ASSERT_TRUE(idle());
    ASSERT_EQ(session_->messages().size(), 2U);
    EXPECT_EQ(session_->messages()[1].text, " two");
    EXPECT_EQ(session_->messages()[1].sampler.seed, seed);
    EXPECT_EQ(session_->messages()[1].interventions, off);
    EXPECT_TRUE(session_->messages()[0].interventions.empty())
        << "the question was not computed again";

    const auto kept = stored();
    ASSERT_EQ(kept.size(), 3U);
    EXPECT_EQ(kept[1].text, " one");
    EXPECT_EQ(kept[2].text, " two");
    EXPECT_EQ(kept[2].parent, kept[1].parent);
}

TEST_F(ChatSessionTest, InterventionsOfAReplyEndWithIt) {
    start(says({ids(" one"), ids(" two"), ids(" three")}));
    InterventionSet off;
    off.exclude.push_back({LayerId{1}, ExpertId{3}});
    session_->setInterventionReach(InterventionReach::Reply);
    session_->setInterventions(off);
    ASSERT_TRUE(talk("hi"));
    EXPECT_TRUE(session_->messages()[0].interventions.empty()) << "not what was written";
    EXPECT_EQ(session_->messages()[1].interventions, off);
    EXPECT_TRUE(session_->interventions().empty());
    EXPECT_EQ(session_->interventionReach(), InterventionReach::Reply);
    session_->continueReply();  // as it was written
    ASSERT_TRUE(idle());
    EXPECT_EQ(session_->messages()[1].interventions, off);
    ASSERT_TRUE(talk("and?"));
    EXPECT_TRUE(session_->messages()[3].interventions.empty());
    for (const auto& token : session_->messages()[1].tokens) {
        const auto selected = token.routing->layerSelected(1);
        EXPECT_EQ(std::ranges::find(selected, 3), selected.end());
    }
}

/// What the branch shown was routed by, for what comes next to be pinned to.
RoutePin routesShown(const ChatSession& session) {
    RoutePin pin{.name = "before", .records = {}, .gates = true};
    for (int i = 0; i < session.traceSize(); ++i)
        pin.records.push_back(session.traceToken(i).routing);
    return pin;
}

TEST_F(ChatSessionTest, APinIsFoundAgainInTheConversationItIsFrom) {
    start(says({ids(" one two three"), ids(" four five six")}));
    ASSERT_TRUE(talk("hi"));
    const RoutePin pin = routesShown(*session_);
    session_->setInterventions({.pin = std::make_shared<const RoutePin>(pin)});
    session_->regenerate();
    ASSERT_TRUE(idle());
    const auto id = session_->currentConversation();
    ASSERT_TRUE(id);
    restart(says({ids(" seven")}));
    session_->openConversation(*id);
    ASSERT_TRUE(pumpUntil([&] { return session_->messages().size() == 2; }));
    const auto& found = session_->interventions().pin;
    ASSERT_NE(found, nullptr);
    EXPECT_THAT(listener_.errors, testing::IsEmpty());
    EXPECT_EQ(found->name, "before");
    EXPECT_TRUE(found->gates);
    ASSERT_EQ(found->records.size(), pin.records.size());
    for (std::size_t i = 0; i < pin.records.size(); ++i)
        EXPECT_EQ(found->records[i]->selected, pin.records[i]->selected) << i;
    EXPECT_EQ(session_->messages()[1].interventions, session_->interventions())
        << "the reply can be continued under what it was written with";
}

TEST_F(ChatSessionTest, APinThatIsNotToBeFoundIsTold) {
    start(says({ids(" one two three"), ids(" four five six")}));
    ASSERT_TRUE(talk("hi"));
    RoutePin pin = routesShown(*session_);
    pin.records.pop_back();  // of no branch that is kept
    pin.file = (dir_.path() / "gone.gscope").string();
    session_->setInterventions(
        {.ablate = {{LayerId{0}, ExpertId{1}}}, .pin = std::make_shared<const RoutePin>(pin)});
    session_->regenerate();
    ASSERT_TRUE(idle());
    const int first = session_->firstTokenOfMessage(1);
    const auto replyRouting = session_->traceToken(first).routing;
    const auto id = session_->currentConversation();
    restart(says({ids(" seven")}));
    session_->openConversation(*id);
    ASSERT_TRUE(pumpUntil([&] { return session_->messages().size() == 2; }));
    EXPECT_EQ(session_->interventions().pin, nullptr);
    EXPECT_EQ(session_->interventions().ablate.size(), 1U) << "the rest is kept";
    ASSERT_EQ(listener_.errors.size(), 1U);
    EXPECT_THAT(listener_.errors[0],
                testing::AllOf(testing::HasSubstr("the routes of before"),
                               testing::HasSubstr("gone.gscope"),
                               testing::HasSubstr("what comes next is routed by the model")));
    const auto& opened = session_->messages()[1].interventions.pin;
    ASSERT_NE(opened, nullptr) << "what was written stays as it was routed";
    EXPECT_EQ(opened->at(first)->selected, replyRouting->selected);
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

TEST_F(ChatSessionTest, ALoadThatFailsIsASentenceAndAKind) {
    start(says({ids(" one")}));
    script_->openError = "model: no such folder";
    session_->openModel("absent");
    ASSERT_TRUE(pumpUntil([&] { return !session_->loading(); }));
    EXPECT_THAT(listener_.errors, ::testing::ElementsAre("model: no such folder"));
    EXPECT_THAT(listener_.loadFaults, ::testing::ElementsAre(ErrorKind::BadInput));
    EXPECT_NE(session_->model(), nullptr);  // the one from before stays
}

TEST_F(ChatSessionTest, TalksToAModelThatIsStillLoading) {
    start(says({ids(" one")}));
    script_->usableWhileLoading = true;
    script_->loadStepDelay = std::chrono::milliseconds(30);
    session_->openModel("next");
    EXPECT_FALSE(session_->canTalk());
    EXPECT_EQ(session_->status(), "loading");
    EXPECT_THROW(session_->send("too early"), Error);
    ASSERT_TRUE(pumpUntil([&] { return session_->canTalk(); }));
    EXPECT_TRUE(session_->loading());
    session_->send("hi");
    ASSERT_TRUE(pumpUntil([&] { return session_->messages().size() == 2; }));
    EXPECT_TRUE(session_->loading());
    ASSERT_TRUE(pumpUntil([&] { return !session_->generating() && !session_->loading(); }));
    EXPECT_EQ(session_->messages().back().text, " one");
    EXPECT_TRUE(listener_.errors.empty());
}

TEST_F(ChatSessionTest, CancellingALoadStopsTheReplyHoweverFarItHasCome) {
    start(says({ids(" one")}));
    script_->usableWhileLoading = true;
    script_->loadSteps = 2000;
    script_->loadStepDelay = std::chrono::milliseconds(5);
    for (const std::size_t messages : {1U, 2U}) {  // being saved; submitted
        session_->newConversation();
        session_->openModel("next");
        ASSERT_TRUE(pumpUntil([&] { return session_->canTalk(); }));
        session_->send("hi");
        ASSERT_TRUE(pumpUntil([&] { return session_->messages().size() == messages; }));
        session_->cancelLoad();
        // Whatever the engine does before it is listened to again.
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        ASSERT_TRUE(pumpUntil([&] { return !session_->loading() && !session_->generating(); }));
        EXPECT_EQ(session_->messages().size(), messages);
        if (messages == 2) {
            EXPECT_EQ(session_->messages().back().finishReason, FinishReason::Stopped);
        }
        EXPECT_TRUE(listener_.errors.empty());
    }
}

TEST_F(ChatSessionTest, AModelThatCannotBeReadToItsEndIsGone) {
    start(says({ids(" one")}));
    script_->usableWhileLoading = true;
    script_->loadStepDelay = std::chrono::milliseconds(10);
    script_->loadError = "model: the disk fell off";
    session_->openModel("next");
    ASSERT_TRUE(pumpUntil([&] { return session_->canTalk(); }));
    session_->send("hi");
    ASSERT_TRUE(pumpUntil([&] { return !session_->loading() && !session_->generating(); }));
    EXPECT_FALSE(session_->canTalk());
    EXPECT_EQ(session_->model(), nullptr);
    EXPECT_EQ(session_->messages().size(), 2U);  // nothing is lost
    ASSERT_FALSE(listener_.errors.empty());
    EXPECT_EQ(listener_.errors.front(), "model: the disk fell off");
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

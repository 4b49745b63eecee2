#include "engine/store/conversation_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "engine/error.h"
#include "engine/store/pinned_routes.h"
#include "engine/store/settings_json.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/store/store_samples.h"

namespace gatescope {
namespace {

using Mode = ConversationStore::Mode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConversationStoreTest : public ::testing::Test {
  protected:
    std::filesystem::path file() const { return dir_.path() / "library.db"; }

    static ConversationSummary titled(const std::string& title) {
        ConversationSummary c;
        c.title = title;
        c.templateName = "transcript";
        c.systemText = "be kind";
        c.model = "demo";
        c.facts = {.name = "Demo",
                   .numLayers = 4,
                   .numExperts = 8,
                   .numSelected = 2,
                   .synthetic = false,
                   .decoder = "cpu",
                   .precision = "f32"};
        return c;
    }

    static Message userSays(const std::string& text, MessageId parent = 0) {
        Message m;
        m.parent = parent;
        m.text = text;
        m.createdMs = 1000;
        return m;
    }

    static Message replyTo(MessageId parent) {
        Message m;
        m.parent = parent;
        m.role = Role::Assistant;
        m.state = MessageState::Streaming;
        return m;
    }

    static std::vector<std::string> titles(const std::vector<ConversationSummary>& list) {
        std::vector<std::string> result;
        for (const auto& c : list) result.push_back(c.title);
        return result;
    }

    test::ScratchDir dir_;
    std::mt19937 random_{7};
};

TEST_F(ConversationStoreTest, GivesBackAfterReopeningWhatWasWritten) {
    Message reply = replyTo(0);
    reply.sampler = {.temperature = 0.25F,
                     .topK = 5,
                     .topP = 0.5F,
                     .minP = 0.125F,
                     .repetitionPenalty = 1.5F,
                     .repetitionWindow = 32,
                     .seed = 0xffffffffffffffffULL};
    reply.interventions = {.ablate = {{LayerId{1}, ExpertId{2}}},
                           .exclude = {{LayerId{2}, ExpertId{4}}},
                           .force = {{LayerId{0}, ExpertId{7}}},
                           .bias = {{{LayerId{3}, ExpertId{1}}, -1.5F}},
                           .scale = {{{LayerId{3}, ExpertId{0}}, 0.1F}},
                           .swap = {{LayerId{1}, ExpertId{5}, ExpertId{6}}},
                           .topK = 3,
                           .layerTopK = {{LayerId{0}, LayerId{1}, 4}, {LayerId{3}, LayerId{3}, 1}},
                           .renormalise = true,
                           .pin = std::make_shared<const RoutePin>(
                               RoutePin{.name = "sky.gscope", .records = {}, .gates = true}),
                           .scope = {.tokens = {3, 400}, .positions = {{0, 2}, {5, 9}}}};
    const auto prompt = test::tokensOf("why is the sky blue", random_);
    const auto first = test::tokensOf("because shorter waves", random_);
    const auto second = test::tokensOf("scatter more", random_);
    ConversationId id = 0;
    {
        ConversationStore store(file(), Mode::ReadWrite);
        id = store.createConversation(titled("sky"));
        const auto question = store.addMessage(id, userSays("why is the sky blue?"));
        store.setTokens(question, prompt);
        reply.parent = question;
        const auto answer = store.addMessage(id, reply);
        store.appendToMessage(answer, "because shorter waves", first, MessageState::Streaming, {});
        store.appendToMessage(
            answer, " scatter more", second, MessageState::Complete, FinishReason::StopString);
    }
    const ConversationStore store(file(), Mode::ReadWrite);
    const auto list = store.conversations();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].title, "sky");
    EXPECT_EQ(list[0].templateName, "transcript");
    EXPECT_EQ(list[0].systemText, "be kind");
    EXPECT_EQ(list[0].model, "demo");
    EXPECT_EQ(list[0].facts, titled("").facts);
    EXPECT_EQ(list[0].messageCount, 2);

    const auto messages = store.messages(id);
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0].text, "why is the sky blue?");
    EXPECT_EQ(messages[0].role, Role::User);
    EXPECT_EQ(messages[0].state, MessageState::Complete);
    EXPECT_EQ(messages[0].createdMs, 1000);
    EXPECT_EQ(messages[0].finishReason, std::nullopt);
    EXPECT_EQ(messages[1].text, "because shorter waves scatter more");
    EXPECT_EQ(messages[1].parent, messages[0].id);
    EXPECT_EQ(messages[1].role, Role::Assistant);
    EXPECT_EQ(messages[1].state, MessageState::Complete);
    EXPECT_EQ(messages[1].finishReason, FinishReason::StopString);
    EXPECT_EQ(messages[1].sampler, reply.sampler);
    // A pin comes back without its records, but with what they are found by.
    RoutePin pin = *reply.interventions.pin;
    pin.fingerprint = fingerprintOf(pin);
    InterventionSet kept = reply.interventions;
    kept.pin = std::make_shared<const RoutePin>(pin);
    EXPECT_EQ(messages[1].interventions, kept);

    ASSERT_EQ(messages[0].tokens.size(), prompt.size());
    auto answered = first;
    answered.insert(answered.end(), second.begin(), second.end());
    ASSERT_EQ(messages[1].tokens.size(), answered.size());
    for (std::size_t i = 0; i < answered.size(); ++i) {
        const auto& got = messages[1].tokens[i];
        EXPECT_EQ(got.token, answered[i].token);
        EXPECT_EQ(got.text, answered[i].text);
        EXPECT_EQ(got.generated, answered[i].generated);
        EXPECT_EQ(got.logProb, answered[i].logProb);
        ASSERT_NE(got.routing, nullptr);
        EXPECT_EQ(*got.routing, test::roundedToHalf(*answered[i].routing));
    }
}

TEST_F(ConversationStoreTest, ReplacesTheTokensOfAMessageAndKeepsItsText) {
    ConversationStore store(file(), Mode::ReadWrite);
    const auto id = store.createConversation(titled("t"));
    auto message = userSays("one two three");
    message.tokens = test::tokensOf("one two three", random_);
    const auto question = store.addMessage(id, message);
    store.setTokens(question, test::tokensOf("four five", random_));
    store.setTokens(question, test::tokensOf("six seven eight nine", random_));
    const auto messages = store.messages(id);
    EXPECT_EQ(messages[0].text, "one two three");
    ASSERT_EQ(messages[0].tokens.size(), 4U);
    EXPECT_EQ(messages[0].tokens[0].text, "six");
}

TEST_F(ConversationStoreTest, KeepsTextWithNulAndBrokenUtf8AsItIs) {
    ConversationStore store(file(), Mode::ReadWrite);
    const auto id = store.createConversation(titled(std::string("a\0b", 3)));
    const std::string text("x\0y\xff\xc3 z", 7);
    store.addMessage(id, userSays(text));
    EXPECT_EQ(store.messages(id)[0].text, text);
    EXPECT_EQ(store.conversations()[0].title, std::string("a\0b", 3));
}

TEST_F(ConversationStoreTest, OrdersByWhatHappenedLastWhateverTheClockSays) {
    ConversationStore store(file(), Mode::ReadWrite);
    auto future = titled("future");
    future.updatedMs = 4'000'000'000'000;
    auto past = titled("past");
    past.updatedMs = 1;
    const auto first = store.createConversation(future);
    store.createConversation(past);
    EXPECT_THAT(titles(store.conversations()), ElementsAre("past", "future"));
    auto message = userSays("hello");
    message.createdMs = -5;
    store.addMessage(first, message);
    EXPECT_THAT(titles(store.conversations()), ElementsAre("future", "past"));
}

TEST_F(ConversationStoreTest, KeepsBranchesAndFindsTheNewest) {
    ConversationStore store(file(), Mode::ReadWrite);
    const auto id = store.createConversation(titled("t"));
    const auto question = store.addMessage(id, userSays("q"));
    const auto one = store.addMessage(id, replyTo(question));
    const auto two = store.addMessage(id, replyTo(question));
    const auto edited = store.addMessage(id, userSays("q2"));
    const auto messages = store.messages(id);
    EXPECT_THAT(branchOf(messages), ElementsAre(3));
    EXPECT_THAT(branchOf(messages, one), ElementsAre(0, 1));
    EXPECT_THAT(branchOf(messages, two), ElementsAre(0, 2));
    EXPECT_LT(two, edited);
    EXPECT_THROW(branchOf(messages, edited + 1), Error);
    EXPECT_TRUE(branchOf({}).empty());
}

TEST_F(ConversationStoreTest, FindsEveryWordInTitlesAndMessages) {
    ConversationStore store(file(), Mode::ReadWrite);
    const auto sky = store.createConversation(titled("About the sky"));
    const auto proof = store.createConversation(titled("A proof"));
    const auto question = store.addMessage(sky, userSays("why is it blue?"));
    const auto reply = store.addMessage(sky, replyTo(question));
    store.appendToMessage(reply, "Rayleigh scat", {}, MessageState::Streaming, {});
    EXPECT_THAT(titles(store.search("rayleigh")), ElementsAre());
    store.appendToMessage(reply, "tering, naïve \"quoted\"", {}, MessageState::Complete, {});
    store.addMessage(proof, userSays("prove it"));

    EXPECT_THAT(titles(store.search("SCATTERING")), ElementsAre("About the sky"));
    EXPECT_THAT(titles(store.search("naive")), ElementsAre("About the sky"));
    EXPECT_THAT(titles(store.search("sky blue")), ElementsAre("About the sky"));
    EXPECT_THAT(titles(store.search("sky prove")), ElementsAre());
    EXPECT_THAT(titles(store.search("pro")), ElementsAre("A proof"));
    EXPECT_THAT(titles(store.search("it")), ElementsAre("A proof", "About the sky"));
    EXPECT_THAT(titles(store.search("  ")), ElementsAre("A proof", "About the sky"));
    EXPECT_THAT(titles(store.search("\"quoted\" OR NOT ) * ^")), ElementsAre());
    EXPECT_THAT(titles(store.search("\"quoted\"")), ElementsAre("About the sky"));

    auto renamed = store.conversations().back();
    renamed.title = "Colours";
    store.updateConversation(renamed);
    EXPECT_THAT(titles(store.search("sky")), ElementsAre());
    EXPECT_THAT(titles(store.search("colours")), ElementsAre("Colours"));
}

TEST_F(ConversationStoreTest, ForgetsARemovedConversationEverywhere) {
    ConversationStore store(file(), Mode::ReadWrite);
    const auto id = store.createConversation(titled("secret"));
    const auto question = store.addMessage(id, userSays("hidden words"));
    store.addMessage(id, replyTo(question));
    store.removeConversation(id);
    EXPECT_TRUE(store.conversations().empty());
    EXPECT_TRUE(store.search("hidden").empty());
    EXPECT_TRUE(store.search("secret").empty());
    EXPECT_THROW(store.messages(id), Error);
    EXPECT_THROW(store.addMessage(id, userSays("more")), Error);
    EXPECT_THROW(store.appendToMessage(question, "x", {}, MessageState::Complete, {}), Error);
    EXPECT_NE(store.createConversation(titled("next")), id) << "an id came back";
}

TEST_F(ConversationStoreTest, RefusesAParentOfAnotherConversation) {
    ConversationStore store(file(), Mode::ReadWrite);
    const auto here = store.createConversation(titled("here"));
    const auto there = store.createConversation(titled("there"));
    const auto elsewhere = store.addMessage(there, userSays("x"));
    EXPECT_THROW(store.addMessage(here, userSays("y", elsewhere)), Error);
    EXPECT_EQ(store.messages(here).size(), 0U);
    EXPECT_EQ(store.conversations().back().messageCount + 0, 0);
}

TEST_F(ConversationStoreTest, MarksWhatWasStreamingAsInterruptedAndFindsIt) {
    ConversationId id = 0;
    {
        ConversationStore store(file(), Mode::ReadWrite);
        id = store.createConversation(titled("t"));
        const auto question = store.addMessage(id, userSays("q"));
        const auto reply = store.addMessage(id, replyTo(question));
        store.appendToMessage(reply, "half a sentence", {}, MessageState::Streaming, {});
    }
    ConversationStore store(file(), Mode::ReadWrite);
    EXPECT_EQ(store.markInterrupted(), 1);
    EXPECT_EQ(store.markInterrupted(), 0);
    EXPECT_EQ(store.messages(id)[1].state, MessageState::Interrupted);
    EXPECT_EQ(store.search("sentence").size(), 1U);
}

TEST_F(ConversationStoreTest, TwoWritersTakeTurns) {
    ConversationStore one(file(), Mode::ReadWrite);
    ConversationStore two(file(), Mode::ReadWrite);
    constexpr int kMessages = 60;
    const auto write = [](ConversationStore& store, const std::string& title) {
        const auto id = store.createConversation(titled(title));
        for (int i = 0; i < kMessages; ++i) store.addMessage(id, userSays(std::to_string(i)));
    };
    std::thread other([&] { write(two, "two"); });
    write(one, "one");
    other.join();
    const auto list = one.conversations();
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].messageCount, kMessages);
    EXPECT_EQ(list[1].messageCount, kMessages);
}

TEST_F(ConversationStoreTest, ManyStartsAtOnceShareOneNewLibrary) {
    std::vector<std::thread> starts;
    for (int i = 0; i < 8; ++i)
        starts.emplace_back([&, i] {
            ConversationStore store(file(), Mode::ReadWrite);
            store.createConversation(titled(std::to_string(i)));
        });
    for (auto& start : starts) start.join();
    EXPECT_EQ(ConversationStore(file(), Mode::ReadWrite).conversations().size(), 8U);
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
        EXPECT_THAT(entry.path().filename().string(), testing::StartsWith("library.db"));
        files += entry.path().filename() == "library.db" ? 1 : 0;
    }
    EXPECT_EQ(files, 1);
}

TEST_F(ConversationStoreTest, StreamsWithoutRewritingWhatIsThere) {
    ConversationStore store(file(), Mode::ReadWrite);
    const auto id = store.createConversation(titled("t"));
    const auto reply = store.addMessage(id, replyTo(store.addMessage(id, userSays("q"))));
    const auto wal = file().string() + "-wal";
    const std::string text(50'000, 'x');
    for (int i = 0; i < 20; ++i)
        store.appendToMessage(reply, text, {}, MessageState::Streaming, {});
    // A megabyte of text; rewriting the message at each append would be more than ten.
    EXPECT_LT(std::filesystem::file_size(wal), 1'500'000U);
    EXPECT_EQ(store.messages(id)[1].text.size(), 20 * text.size());
}

/// As a Gatescope wrote them that knew one top-k for all layers; and what of a newer one is read.
TEST(SettingsJson, ReadsFilesThatKnowOneTopKForAllLayers) {
    const InterventionSet old = interventionsFromJson(
        R"({"ablate": ["1:2"], "exclude": [], "force": [], "bias": [], "scale": [], "swap": [],
            "top_k": 3, "renormalise": false})",
        "here");
    EXPECT_EQ(old, (InterventionSet{.ablate = {{LayerId{1}, ExpertId{2}}}, .topK = 3}));
    EXPECT_EQ(toJson(old).find("layer_top_k"), std::string::npos)
        << "what an older program reads stays as it was";
    const InterventionSet both{.topK = 3, .layerTopK = {{LayerId{0}, LayerId{4}, 1}}};
    EXPECT_NE(toJson(both).find(R"("layer_top_k":["0-4:1"])"), std::string::npos) << toJson(both);
    EXPECT_EQ(interventionsFromJson(toJson(both), "here"), both);
}

}  // namespace
}  // namespace gatescope

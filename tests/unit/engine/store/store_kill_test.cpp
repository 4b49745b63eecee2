#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <sstream>
#include <thread>

#include "engine/store/conversation_store.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/store/store_kill.h"

namespace gatescope {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kRounds = 50;

/// What one life of the child was told.
struct Life {
    std::map<MessageId, std::string> asked;
    std::map<MessageId, int> kept;                          ///< durable tokens of each reply
    std::map<MessageId, std::vector<std::int64_t>> madeNs;  ///< when each token was generated
    std::vector<MessageId> done;
};

Life parse(const std::string& output) {
    Life life;
    std::istringstream lines(output.substr(0, output.rfind('\n') + 1));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string word;
        MessageId id = 0;
        words >> word >> id;
        if (word == "user") std::getline(words >> std::ws, life.asked[id]);
        if (word == "reply") life.kept[id] = 0;
        if (word == "kept") words >> life.kept[id];
        if (word == "done") life.done.push_back(id);
        if (word == "made") {
            std::int64_t count = 0, ns = 0;
            words >> count >> ns;
            life.madeNs[id].push_back(ns);
        }
    }
    return life;
}

/// Runs the child for `life`, kills it with SIGKILL, returns everything it said. `stderr` is ours.
std::string runAndKill(const std::filesystem::path& library,
                       int seed,
                       std::chrono::milliseconds life) {
    int pipe[2];
    EXPECT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
    std::string program = GATESCOPE_STORE_KILL_CHILD, file = library.string(),
                number = std::to_string(seed);
    char* arguments[] = {program.data(), file.data(), number.data(), nullptr};
    pid_t child = 0;
    EXPECT_EQ(posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    std::string output;
    std::jthread reader([&] {
        char buffer[65536];
        for (ssize_t n = 0; (n = ::read(pipe[0], buffer, sizeof buffer)) > 0;)
            output.append(buffer, static_cast<std::size_t>(n));
    });
    std::this_thread::sleep_for(life);
    EXPECT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    reader.join();
    ::close(pipe[0]);
    return output;
}

struct Stored {
    std::map<MessageId, Message> messages;
    int interrupted = 0;
};

Stored reopen(const std::filesystem::path& library) {
    Stored stored;
    ConversationStore store(library, ConversationStore::Mode::ReadWrite);
    store.checkIntegrity();
    stored.interrupted = store.markInterrupted();
    for (const auto& conversation : store.conversations())
        for (auto& message : store.messages(conversation.id))
            stored.messages[message.id] = std::move(message);
    return stored;
}

/// Every token is the one that was generated, its routing with it, and the text is theirs.
void checkReply(const Message& reply) {
    std::string text;
    for (std::size_t i = 0; i < reply.tokens.size(); ++i) {
        EXPECT_EQ(reply.tokens[i].text, test::tokenText(reply.id, static_cast<int>(i)));
        EXPECT_NE(reply.tokens[i].routing, nullptr);
        text += reply.tokens[i].text;
    }
    EXPECT_EQ(reply.text, text);
}

/// How much generated time the kill took from the reply it hit; 0: nothing.
std::chrono::nanoseconds lost(const std::vector<std::int64_t>& madeNs, std::size_t storedTokens) {
    if (storedTokens >= madeNs.size()) return 0ns;
    return std::chrono::nanoseconds(madeNs.back() - madeNs[storedTokens]);
}

void checkLife(const Life& life, const Stored& stored) {
    for (const auto& [id, text] : life.asked) {
        ASSERT_TRUE(stored.messages.contains(id)) << "an acknowledged message is gone";
        EXPECT_EQ(stored.messages.at(id).text, text);
    }
    for (const auto& [id, tokens] : life.kept) {
        ASSERT_TRUE(stored.messages.contains(id));
        EXPECT_GE(static_cast<int>(stored.messages.at(id).tokens.size()), tokens)
            << "acknowledged tokens are gone";
        EXPECT_NE(stored.messages.at(id).state, MessageState::Streaming);
    }
    for (const auto id : life.done) EXPECT_EQ(stored.messages.at(id).state, MessageState::Complete);
    EXPECT_LE(stored.interrupted, 1);
}

TEST(StoreKillTest, NothingAcknowledgedIsLostAndAtMost250MsOfTheStream) {
    const test::ScratchDir dir;
    const auto library = dir.path() / "library.db";
    std::mt19937 random(424242);
    std::map<MessageId, Message> before;
    std::vector<std::chrono::nanoseconds> losses;
    int acknowledged = 0, interrupted = 0;
    for (int round = 0; round < kRounds; ++round) {
        SCOPED_TRACE("round " + std::to_string(round));
        const auto time = std::chrono::milliseconds(random() % 900);
        const Life life = parse(runAndKill(library, round, time));
        const Stored stored = reopen(library);
        checkLife(life, stored);
        for (const auto& [id, message] : before) {
            ASSERT_TRUE(stored.messages.contains(id)) << "an earlier life's message is gone";
            EXPECT_EQ(stored.messages.at(id).text, message.text);
        }
        for (const auto& [id, message] : stored.messages)
            if (message.role == Role::Assistant && !before.contains(id)) checkReply(message);
        for (const auto& [id, times] : life.madeNs)
            losses.push_back(lost(times, stored.messages.at(id).tokens.size()));
        if (HasFatalFailure()) return;
        acknowledged += static_cast<int>(life.asked.size());
        interrupted += stored.interrupted;
        before = stored.messages;
    }
    // The test must have seen what it is about.
    EXPECT_GT(acknowledged, kRounds / 4);
    EXPECT_GT(interrupted, kRounds / 5);
    ASSERT_FALSE(losses.empty());
    std::ranges::sort(losses);
    const auto worst = std::chrono::duration<double, std::milli>(losses.back()).count();
    RecordProperty("worst_loss_ms", std::to_string(worst));
    std::printf("%d messages acknowledged, %d replies interrupted, worst loss %.0f ms of stream\n",
                acknowledged,
                interrupted,
                worst);
    // 250 ms to the commit and the commit itself, which on a busy disk may take its time.
    EXPECT_LE(losses[losses.size() * 9 / 10], 350ms);
    EXPECT_LE(losses.back(), 1500ms);
}

}  // namespace
}  // namespace gatescope

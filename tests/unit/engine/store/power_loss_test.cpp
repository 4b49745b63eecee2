// A library whose disk loses power at any moment: what the store had said was durable is there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>

#include "engine/store/conversation_store.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/store/disk_log.h"
#include "tests/unit/engine/store/store_samples.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using Mode = ConversationStore::Mode;
using test::DiskLog;
using test::LostDisk;

constexpr int kQuestions = 60;

std::string bytesOf(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// How many times as thorough as a build's own run; docs/reliability.md says what has been run.
int effort() {
    const char* value = std::getenv("GATESCOPE_POWER_EFFORT");
    return value == nullptr ? 1 : std::max(1, std::atoi(value));
}

class PowerLossTest : public ::testing::Test {
  protected:
    fs::path library() const { return dir_.path() / "library.sqlite"; }

    LostDisk::Files filesNow() const {
        LostDisk::Files files;
        for (const char* suffix : {"", "-wal"}) {
            const std::string name = library().string() + suffix;
            if (fs::exists(name)) files[name] = bytesOf(name);
        }
        return files;
    }

    /// Talks, and notes after which moment each text was durable: by the message's id.
    void talk(DiskLog& log, int seed) {
        std::mt19937 random(static_cast<unsigned>(seed));
        ConversationStore store(library(), Mode::ReadWrite);
        const auto conversation = store.createConversation({});
        MessageId parent = 0;
        for (int i = 0; i < kQuestions; ++i) {
            Message question;
            question.parent = parent;
            question.text = "question " + std::to_string(i) + std::string(random() % 3000, '.');
            parent = store.addMessage(conversation, question);
            expect(log, parent, question.text);
            Message reply;
            reply.parent = parent;
            reply.role = Role::Assistant;
            reply.state = MessageState::Streaming;
            parent = store.addMessage(conversation, reply);
            expect(log, parent, "");
            std::string said;
            for (int part = 0; part < 4; ++part) {
                const std::string text = "part " + std::to_string(part) + " of a reply ";
                store.appendToMessage(parent,
                                      text,
                                      test::tokensOf(text, random, 8),
                                      part == 3 ? MessageState::Complete : MessageState::Streaming,
                                      std::nullopt);
                expect(log, parent, said += text);
            }
        }
        log.stop();  // what closing writes is not looked at
    }

    void expect(DiskLog& log, MessageId message, const std::string& text) {
        promises_.push_back({message, text});
        log.acknowledge(static_cast<std::int64_t>(promises_.size()));
    }

    /// Starts on what the disk holds, and finds the first `promised` promises kept.
    void startOn(const LostDisk::Files& files, std::size_t promised, const std::string& when) {
        SCOPED_TRACE(when);
        const test::ScratchDir other;
        for (const auto& [name, bytes] : files)
            std::ofstream(other.path() / fs::path(name).filename(), std::ios::binary) << bytes;
        std::map<MessageId, std::string> promisedTexts;
        for (std::size_t i = 0; i < promised; ++i)
            promisedTexts[promises_[i].first] = promises_[i].second;
        try {
            ConversationStore store(other.path() / "library.sqlite", Mode::ReadWrite);
            store.checkIntegrity();
            std::map<MessageId, std::string> found;
            for (const auto& conversation : store.conversations())
                for (const Message& message : store.messages(conversation.id))
                    found[message.id] = message.text;
            for (const auto& [id, text] : promisedTexts) {
                ASSERT_TRUE(found.contains(id)) << "message " << id << " is lost";
                ASSERT_TRUE(found[id].starts_with(text)) << "message " << id << " lost its end";
            }
            store.markInterrupted();
        } catch (const std::exception& problem) {
            FAIL() << problem.what();
        }
        ++states_;
    }

    test::ScratchDir dir_;
    std::vector<std::pair<MessageId, std::string>> promises_;
    int states_ = 0;
};

TEST_F(PowerLossTest, NothingAcknowledgedIsLostAtAnyMomentAndEveryLibraryIsSound) {
    ConversationStore(library(), Mode::ReadWrite).createConversation({});
    LostDisk disk(filesNow());
    DiskLog log;
    talk(log, 1);
    ASSERT_GT(log.entries().size(), 1000U) << "the log is not in use";
    std::mt19937 random(7);
    std::size_t promised = 0;
    int syncs = 0;
    const int every = effort() > 1 ? 1 : 7;  // of the moments before a sync
    for (const auto& entry : log.entries()) {
        if (entry.kind == DiskLog::Entry::Kind::Acknowledged)
            promised = static_cast<std::size_t>(entry.at);
        const bool look =
            entry.kind == DiskLog::Entry::Kind::Sync && disk.hasPending() && syncs++ % every == 0;
        if (look) {
            const std::string when = "before sync " + std::to_string(syncs);
            using enum LostDisk::Unsynced;
            startOn(disk.afterLoss(Nothing, random), promised, when + ", nothing arrived");
            startOn(disk.afterLoss(All, random), promised, when + ", all arrived");
            for (int i = 0; i < effort(); ++i) {
                startOn(disk.afterLoss(Sectors, random), promised, when + ", some sectors");
                startOn(disk.afterLoss(Some, random), promised, when + ", some writes");
            }
        }
        disk.apply(entry);
        if (HasFatalFailure()) return;
    }
    startOn(disk.afterLoss(LostDisk::Unsynced::Nothing, random), promises_.size(), "at the end");
    EXPECT_GT(states_, 100);
    RecordProperty("states", states_);
    std::printf("%d states after %d syncs\n", states_, syncs);
}

// The test itself: a store that does not wait for the disk loses what it promised.
TEST_F(PowerLossTest, AStoreThatDoesNotWaitForTheDiskIsFoundOut) {
    ConversationStore(library(), Mode::ReadWrite).createConversation({});
    LostDisk disk(filesNow());
    DiskLog log;
    talk(log, 1);
    std::mt19937 random(7);
    for (const auto& entry : log.entries())
        if (entry.kind != DiskLog::Entry::Kind::Sync) disk.apply(entry);
    const auto files = disk.afterLoss(LostDisk::Unsynced::Nothing, random);
    const test::ScratchDir other;
    for (const auto& [name, bytes] : files)
        std::ofstream(other.path() / fs::path(name).filename(), std::ios::binary) << bytes;
    const ConversationStore store(other.path() / "library.sqlite", Mode::ReadWrite);
    std::size_t messages = 0;
    for (const auto& conversation : store.conversations())
        messages += store.messages(conversation.id).size();
    EXPECT_EQ(messages, 0U);
}

}  // namespace
}  // namespace gatescope

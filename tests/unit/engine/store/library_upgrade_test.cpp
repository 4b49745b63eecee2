// What becomes of a library that an older version made: brought to this one whole, or as it was.

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <sstream>

#include "engine/error.h"
#include "engine/store/recording.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/store/failing_disk.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using Mode = ConversationStore::Mode;
using ::testing::HasSubstr;

std::string bytesOf(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Everything that version 1 had of a file, as text to compare.
std::string contentOf(const ConversationStore& store) {
    std::ostringstream text;
    for (const auto& c : store.conversations()) {
        text << c.id << c.title << c.templateName << c.systemText << c.model << c.facts.name
             << c.updatedMs << c.messageCount << '\n';
        for (const auto& m : store.messages(c.id)) {
            text << m.id << ' ' << m.parent << name(m.role) << m.text << m.createdMs << '\n';
            for (const auto& t : m.tokens)
                text << t.token << t.text << t.logProb << (t.routing ? t.routing->probs[0] : -1)
                     << '\n';
        }
    }
    return text.str();
}

class LibraryUpgradeTest : public ::testing::Test {
  protected:
    LibraryUpgradeTest() {
        startAgain();
        before_ = contentOf(ConversationStore(file(), Mode::ReadOnly));
    }

    fs::path file() const { return dir_.path() / "library.db"; }
    fs::path copy() const { return dir_.path() / "library-before-v2.db"; }

    /// As version 1 or version 2, with all that was in it; and then it works.
    void checkWhole() {
        EXPECT_EQ(contentOf(ConversationStore(file(), Mode::ReadOnly)), before_);
        ConversationStore store(file(), Mode::ReadWrite);
        store.checkIntegrity();
        EXPECT_EQ(store.origin().schemaVersion, 2);
        EXPECT_EQ(contentOf(store), before_);
        store.setTags(store.conversations()[0].id, {"old"});
        for (const auto& entry : fs::directory_iterator(dir_.path()))
            if (entry.path().string().find("-before-") != std::string::npos) {
                const ConversationStore copied(entry.path(), Mode::ReadOnly);
                EXPECT_EQ(copied.origin().schemaVersion, 1) << entry.path();
                EXPECT_EQ(contentOf(copied), before_) << entry.path();
            }
    }

    void startAgain() {
        for (const auto& entry : fs::directory_iterator(dir_.path())) fs::remove(entry.path());
        fs::copy_file(kOld, file());
        // A library has a write-ahead log from its first day on; a recording has none.
        SQLite::Database(file().string(), SQLite::OPEN_READWRITE).exec("PRAGMA journal_mode = WAL");
    }

    /// A file that a program of November 2026 wrote: tests/data/recordings/README.md.
    const fs::path kOld = test::dataDir() / "recordings" / "codec-1.gscope";
    test::ScratchDir dir_;
    std::string before_;
};

TEST_F(LibraryUpgradeTest, AnOldFileIsReadAsItIsAndNotTouched) {
    const auto bytes = bytesOf(kOld);
    const ConversationStore store(kOld, Mode::ReadOnly);
    EXPECT_EQ(store.origin().schemaVersion, 1);
    const auto list = store.conversations();
    ASSERT_EQ(list.size(), 1U);
    EXPECT_EQ(list[0].folder + list[0].draft + list[0].settingsJson, "");
    EXPECT_TRUE(list[0].tags.empty());
    EXPECT_TRUE(store.folders().empty());
    EXPECT_EQ(store.newDraft(), "");
    for (const auto& message : store.messages(list[0].id)) EXPECT_FALSE(message.run);
    store.saveRecording(list[0].id, dir_.path() / "again.gscope");
    EXPECT_EQ(readRecording(dir_.path() / "again.gscope").origin.schemaVersion, 2);
    EXPECT_EQ(contentOf(ConversationStore(dir_.path() / "again.gscope", Mode::ReadOnly)), before_);
    EXPECT_EQ(bytesOf(kOld), bytes);
    EXPECT_FALSE(fs::exists(copy()));
}

TEST_F(LibraryUpgradeTest, AnOldLibraryIsCopiedAndThenHasAllItHad) {
    ConversationStore(file(), Mode::ReadWrite);
    ASSERT_TRUE(fs::exists(copy()));
    checkWhole();
    const auto once = bytesOf(copy());
    ConversationStore(file(), Mode::ReadWrite);
    EXPECT_EQ(bytesOf(copy()), once) << "a library of today was copied";
}

TEST_F(LibraryUpgradeTest, ACopyThatIsThereIsNotWrittenOver) {
    std::ofstream(copy()) << "mine";
    ConversationStore(file(), Mode::ReadWrite);
    EXPECT_EQ(bytesOf(copy()), "mine");
    EXPECT_TRUE(fs::exists(dir_.path() / "library-before-v2-2.db"));
}

TEST_F(LibraryUpgradeTest, WhatIsNewIsCheckedLetterByLetter) {
    ConversationStore(file(), Mode::ReadWrite);
    SQLite::Database(file().string(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 1");
    EXPECT_THROW(ConversationStore(file(), Mode::ReadOnly), Error);
    EXPECT_THROW(ConversationStore(file(), Mode::ReadWrite), Error);
}

TEST_F(LibraryUpgradeTest, EveryFailedWriteLeavesAWholeLibrary) {
    long calls = 0;
    {
        const test::FailingDisk sound(0);
        ConversationStore(file(), Mode::ReadWrite);
        calls = sound.calls();
    }
    ASSERT_GT(calls, 20);
    for (const int code : {ENOSPC, EIO})
        for (long n = 1; n <= calls; ++n) {
            SCOPED_TRACE(testing::Message() << "errno " << code << " at write " << n);
            startAgain();
            try {
                const test::FailingDisk disk(code, n);
                ConversationStore(file(), Mode::ReadWrite);
            } catch (const Error& error) {
                EXPECT_EQ(error.kind(), ErrorKind::DeviceFault);
                EXPECT_THAT(error.what(), HasSubstr("library"));
            }
            for (const auto& entry : fs::directory_iterator(dir_.path()))
                EXPECT_THAT(entry.path().string(), testing::Not(HasSubstr(".part-")));
            checkWhole();
            if (HasFailure()) return;
        }
}

TEST_F(LibraryUpgradeTest, AProcessKilledAtAnyWriteLeavesAWholeLibrary) {
    int killed = 0;
    for (long n = 1;; ++n) {
        SCOPED_TRACE(testing::Message() << "killed at write " << n);
        startAgain();
        const pid_t child = ::fork();
        if (child == 0) {
            const test::FailingDisk disk(test::FailingDisk::kKill, n);
            ConversationStore(file(), Mode::ReadWrite);
            std::_Exit(0);
        }
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        checkWhole();
        if (HasFailure()) return;
        if (!WIFSIGNALED(status)) break;  // it wrote less than n times
        ++killed;
    }
    EXPECT_GT(killed, 20);
}

}  // namespace
}  // namespace gatescope

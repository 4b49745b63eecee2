// What a library does on a disk that is full, broken or not writable, and with files that are
// damaged, foreign, newer or hostile.

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "engine/error.h"
#include "engine/store/recording.h"
#include "engine/store/store_writer.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/store/failing_disk.h"
#include "tests/unit/engine/store/store_samples.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using Mode = ConversationStore::Mode;
using ::testing::EndsWith;
using ::testing::HasSubstr;

std::string bytesOf(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void writeBytes(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

Message says(const std::string& text) {
    Message message;
    message.text = text;
    return message;
}

/// Thousands of small writes: how long a real disk takes to sync them is not what is tested here.
struct MemoryDisk {
    MemoryDisk() {
        if (fs::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", 1);
    }
};

class StoreFaultsTest : public ::testing::Test {
  protected:
    fs::path file() const { return dir_.path() / "library.db"; }
    fs::path recording() const { return dir_.path() / "r.gscope"; }

    ConversationId makeLibrary(int replies = 1) {
        ConversationStore store(file(), Mode::ReadWrite);
        const auto id = store.createConversation({});
        for (int i = 0; i < replies; ++i) {
            auto message = says("kept words " + std::to_string(i));
            message.tokens = test::tokensOf("one two three four", random_);
            store.addMessage(id, message);
        }
        return id;
    }

    void makeRecording(int replies = 1) {
        const auto id = makeLibrary(replies);
        ConversationStore(file(), Mode::ReadOnly).saveRecording(id, recording());
    }

    /// Expects opening to be refused as bad input with a code, and the file to stay as it is.
    std::string complaint(const fs::path& path, Mode mode = Mode::ReadWrite) {
        const auto before = fs::is_directory(path) ? std::string() : bytesOf(path);
        std::string text;
        try {
            ConversationStore store(path, mode);
            for (const auto& c : store.conversations()) store.messages(c.id);
            ADD_FAILURE() << path << " was opened";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadInput) << error.what();
            text = error.what();
            EXPECT_THAT(error.code(), ::testing::StartsWith("STORE-")) << text;
            EXPECT_THAT(text, ::testing::EndsWith("[" + error.code() + "]"));
        }
        EXPECT_THAT(text, HasSubstr(path.filename().string()));
        if (!fs::is_directory(path)) {
            EXPECT_EQ(bytesOf(path), before) << path << " was changed";
        }
        return text;
    }

    /// Runs SQL on a file behind the store's back.
    void tamper(const fs::path& path, const std::string& sql) {
        SQLite::Database database(path.string(), SQLite::OPEN_READWRITE);
        database.exec(sql);
    }

    const MemoryDisk disk_;
    test::ScratchDir dir_;
    std::mt19937 random_{31};
};

// ---------------------------------------------------------------- disks

TEST_F(StoreFaultsTest, AFullDiskIsASentenceAndTheNextMessageIsSavedWhenThereIsSpace) {
    std::vector<std::string> errors;
    std::vector<std::string> saved;
    StoreWriter writer(file());
    writer.setErrorHandler([&](const std::string& message) { errors.push_back(message); });
    ConversationId id = 0;
    writer.post([&](ConversationStore& store) { id = store.createConversation({}); });
    const auto save = [&](const std::string& text) {
        writer.post([&id, text](ConversationStore& store) { store.addMessage(id, says(text)); },
                    [&saved, text] { saved.push_back(text); });
        writer.flush();
    };
    save("before");
    {
        test::FailingDisk disk(ENOSPC, 1);
        save("while full");
        save("still full");
    }
    save("after");
    EXPECT_THAT(saved, testing::ElementsAre("before", "after"));
    ASSERT_EQ(errors.size(), 2U);
    for (const auto& error : errors) EXPECT_THAT(error, HasSubstr("the disk is full"));
    EXPECT_FALSE(writer.inMemory());
    writer.flush();
    const ConversationStore store(file(), Mode::ReadOnly);
    store.checkIntegrity();
    EXPECT_EQ(store.messages(id).size(), 2U);
}

/// One small chat. Returns how many of its three changes were acknowledged.
int chatOnce(const fs::path& file, std::string& error) {
    int acknowledged = 0;
    try {
        ConversationStore store(file, Mode::ReadWrite);
        const auto id = store.createConversation({});
        ++acknowledged;
        Message reply = says("");
        reply.state = MessageState::Streaming;
        const auto message = store.addMessage(id, reply);
        ++acknowledged;
        store.appendToMessage(
            message, std::string(20'000, 'x'), {}, MessageState::Complete, FinishReason::EndOfText);
        ++acknowledged;
    } catch (const Error& failure) {
        error = failure.what();
    }
    return acknowledged;
}

TEST_F(StoreFaultsTest, EveryFailedWriteIsReportedOrHarmlessAndTheNextChatWorks) {
    long calls = 0;
    {
        const test::FailingDisk sound(0);
        std::string error;
        ASSERT_EQ(chatOnce(dir_.path() / "sound.db", error), 3) << error;
        calls = sound.calls();
    }
    ASSERT_GT(calls, 20);
    for (const int code : {ENOSPC, EIO})
        for (long n = 1; n <= calls; ++n) {
            SCOPED_TRACE(testing::Message() << "errno " << code << " at write " << n);
            const auto path = dir_.path() / ("n" + std::to_string(code) + '-' + std::to_string(n));
            std::string error;
            int acknowledged = 0;
            {
                const test::FailingDisk disk(code, n);
                acknowledged = chatOnce(path, error);
            }
            EXPECT_TRUE(acknowledged == 3 || !error.empty());
            std::string next;
            ASSERT_EQ(chatOnce(path, next), 3) << next;
            const ConversationStore store(path, Mode::ReadOnly);
            store.checkIntegrity();
            const auto list = store.conversations();
            ASSERT_GE(static_cast<int>(list.size()), acknowledged > 0 ? 2 : 1);
            if (acknowledged == 3) {
                EXPECT_EQ(store.messages(list.back().id)[0].text.size(), 20'000U);
            }
            for (const auto& entry : fs::directory_iterator(dir_.path())) {
                EXPECT_THAT(entry.path().string(), testing::Not(HasSubstr(".part-")));
                fs::remove(entry.path());
            }
        }
}

TEST_F(StoreFaultsTest, ARecordingOnAFullDiskLeavesTheOldOne) {
    makeRecording();
    const auto before = bytesOf(recording());
    const ConversationStore store(file(), Mode::ReadOnly);
    const auto id = store.conversations()[0].id;
    long calls = 0;
    {
        const test::FailingDisk sound(0);
        store.saveRecording(id, dir_.path() / "other.gscope");
        calls = sound.calls();
    }
    ASSERT_GT(calls, 5);
    for (long n = 1; n <= calls; ++n) {
        const test::FailingDisk disk(ENOSPC, n);
        EXPECT_THROW(store.saveRecording(id, recording()), Error) << n;
        EXPECT_EQ(bytesOf(recording()), before);
    }
    int files = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(dir_.path())) ++files;
    EXPECT_EQ(files, 3) << "something was left behind";
}

/// Permissions do not bind root, so the check runs as another user when it must.
TEST_F(StoreFaultsTest, AFolderThatCannotBeWrittenMeansALibraryInMemory) {
    const auto locked = dir_.path() / "locked";
    fs::create_directory(locked);
    fs::permissions(dir_.path(), fs::perms::all);
    fs::permissions(locked, fs::perms::owner_read | fs::perms::owner_exec);
    const pid_t child = ::fork();
    if (child == 0) {
        if (::getuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) std::_Exit(10);
        std::vector<std::string> errors;
        StoreWriter writer(locked / "library.db");
        writer.setErrorHandler([&](const std::string& message) { errors.push_back(message); });
        bool saved = false;
        writer.post([](ConversationStore& store) { store.createConversation({}); },
                    [&] { saved = true; });
        writer.flush();
        if (!saved || !writer.inMemory()) std::_Exit(11);
        if (errors.size() != 1 || errors[0].find("library.db") == std::string::npos) std::_Exit(12);
        std::_Exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    fs::permissions(locked, fs::perms::owner_all);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

// ---------------------------------------------------------------- other files

TEST_F(StoreFaultsTest, RefusesWhatIsNoLibraryByName) {
    const auto path = dir_.path() / "notes.db";
    EXPECT_THAT(complaint(dir_.path()), HasSubstr("found a folder"));
    EXPECT_THAT(complaint(dir_.path() / "absent.gscope", Mode::ReadOnly),
                HasSubstr("no such file"));
    writeBytes(path, "");
    EXPECT_THAT(complaint(path), HasSubstr("0 bytes"));
    writeBytes(path, "just some text");
    EXPECT_THAT(complaint(path), HasSubstr("14 bytes"));
    writeBytes(path, std::string(64'560, '\0'));
    EXPECT_THAT(complaint(path), HasSubstr("SQLite header"));
    fs::remove(path);
    SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
        .exec("CREATE TABLE shopping (item TEXT)");
    EXPECT_THAT(complaint(path), HasSubstr("another program"));
    tamper(path, "PRAGMA application_id = 0x47534350; PRAGMA user_version = 1");
    EXPECT_THAT(complaint(path), HasSubstr("is missing"));
}

TEST_F(StoreFaultsTest, EachFaultHasItsCode) {
    EXPECT_THAT(complaint(dir_.path() / "absent.gscope", Mode::ReadOnly), EndsWith("[STORE-901]"));
    makeRecording(3);
    const auto whole = bytesOf(recording());
    const auto cut = dir_.path() / "cut.gscope";
    writeBytes(cut, whole.substr(0, whole.size() - 1));
    EXPECT_THAT(complaint(cut, Mode::ReadOnly), EndsWith("[STORE-902]"));
    const struct {
        const char* sql;
        const char* code;
    } cases[] = {{"PRAGMA application_id = 7", "[STORE-901]"},
                 {"PRAGMA user_version = 7", "[STORE-903]"},
                 {"CREATE VIEW v AS SELECT 1", "[STORE-904]"},
                 {"DROP TABLE chunk", "[STORE-904]"},
                 {"UPDATE message SET role = 'system'", "[STORE-905]"},
                 {"UPDATE chunk SET tokens = x'01'", "[STORE-905]"}};
    for (const auto& c : cases) {
        SCOPED_TRACE(c.sql);
        writeBytes(recording(), whole);
        tamper(recording(), c.sql);
        EXPECT_THAT(complaint(recording(), Mode::ReadOnly), EndsWith(c.code));
    }
    try {
        ConversationStore(file(), Mode::ReadWrite).createConversation({});
        readRecording(file());
        ADD_FAILURE() << "a library of two was taken for a recording";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), "STORE-906") << error.what();
    }
}

TEST_F(StoreFaultsTest, RefusesANewerSchemaByTheNameOfItsProgram) {
    makeRecording();
    tamper(recording(),
           "PRAGMA user_version = 7; UPDATE meta SET value = 'Gatescope 3.5' WHERE key = "
           "'application'");
    for (const auto mode : {Mode::ReadOnly, Mode::ReadWrite}) {
        const auto text = complaint(recording(), mode);
        EXPECT_THAT(text, HasSubstr("written by Gatescope 3.5 (schema 7)"));
        EXPECT_THAT(text, HasSubstr("reads schema 2 and older"));
    }
}

/// A library of this version, made newer by `sql`; opened as a window opens it.
struct Newer {
    std::vector<std::string> errors;
    std::vector<ConversationSummary> conversations;
    std::vector<Message> messages;
    std::size_t found = 0;
    std::string draft;
};

TEST_F(StoreFaultsTest, ALibraryOfANewerVersionIsShownAndStaysAsItIs) {
    const auto openNewer = [&](const std::string& sql) {
        fs::remove(file());
        {
            ConversationStore store(file(), Mode::ReadWrite);
            const auto id = store.createConversation({.title = "Anchors", .draft = "unsent"});
            const auto first = store.addMessage(id, says("what holds a ship?"));
            Message reply = says("an anchor does");
            reply.parent = first;
            store.addMessage(id, reply);
            store.setTags(id, {"sea"});
            store.setNewDraft("another");
        }
        tamper(file(),
               "PRAGMA user_version = 7; UPDATE meta SET value = 'Gatescope 3.5' WHERE key = "
               "'application';" +
                   sql);
        const std::string before = bytesOf(file());
        Newer newer;
        {
            StoreWriter writer(file());
            writer.setErrorHandler([&](const std::string& text) { newer.errors.push_back(text); });
            writer.post([&](ConversationStore& store) {
                newer.conversations = store.conversations();
                if (!newer.conversations.empty())
                    newer.messages = store.messages(newer.conversations.front().id);
                newer.found = store.find("anchor").hits.size();
                newer.draft = store.newDraft();
                // The chat goes on, beside the library.
                store.addMessage(store.createConversation({}), says("said today"));
            });
            writer.flush();
            EXPECT_TRUE(writer.inMemory());
        }
        EXPECT_EQ(bytesOf(file()), before);
        return newer;
    };

    const Newer shown = openNewer(
        "ALTER TABLE message ADD COLUMN mood TEXT NOT NULL DEFAULT 'calm';"
        "CREATE TABLE feeling (message INTEGER, what TEXT);"
        "CREATE TRIGGER felt AFTER INSERT ON message BEGIN DELETE FROM conversation; END");
    ASSERT_EQ(shown.errors.size(), 1U);
    EXPECT_THAT(shown.errors[0], HasSubstr("written by Gatescope 3.5 (schema 7)"));
    EXPECT_THAT(shown.errors[0], HasSubstr("conversations are shown"));
    ASSERT_EQ(shown.conversations.size(), 1U);
    EXPECT_EQ(shown.conversations[0].title, "Anchors");
    EXPECT_EQ(shown.conversations[0].draft, "unsent");
    EXPECT_THAT(shown.conversations[0].tags, testing::ElementsAre("sea"));
    ASSERT_EQ(shown.messages.size(), 2U);
    EXPECT_EQ(shown.messages[1].text, "an anchor does");
    EXPECT_EQ(shown.messages[1].parent, shown.messages[0].id);
    EXPECT_EQ(shown.found, 1U);
    EXPECT_EQ(shown.draft, "another");

    for (const std::string sql :
         {"ALTER TABLE message RENAME COLUMN state TO condition",
          "ALTER TABLE chunk RENAME TO piece",
          // What is computed may call anything.
          "ALTER TABLE folder RENAME TO folders; CREATE VIEW folder AS SELECT path FROM folders",
          "ALTER TABLE message DROP COLUMN run; ALTER TABLE message ADD COLUMN run AS (abs(id))"}) {
        const Newer hidden = openNewer(sql);
        ASSERT_EQ(hidden.errors.size(), 1U) << sql;
        EXPECT_THAT(hidden.errors[0], HasSubstr("written by Gatescope 3.5 (schema 7)"));
        EXPECT_THAT(hidden.errors[0], HasSubstr("in memory only"));
        EXPECT_TRUE(hidden.conversations.empty()) << sql;
    }
}

TEST_F(StoreFaultsTest, RefusesAFileThatBringsPrograms) {
    for (const std::string sql :
         {"CREATE TRIGGER t AFTER INSERT ON message BEGIN DELETE FROM conversation; END",
          "CREATE VIEW v AS SELECT 1",
          "CREATE TABLE extra (x)",
          "ALTER TABLE message ADD COLUMN x GENERATED ALWAYS AS (abs(id))",
          "DROP TABLE chunk"}) {
        fs::remove(recording());
        fs::remove(file());
        makeRecording();
        tamper(recording(), sql);
        complaint(recording(), Mode::ReadOnly);
        complaint(recording(), Mode::ReadWrite);
    }
}

// ---------------------------------------------------------------- damaged files

TEST_F(StoreFaultsTest, RefusesEveryTruncation) {
    makeRecording(5);
    const auto whole = bytesOf(recording());
    const auto cut = dir_.path() / "cut.gscope";
    for (std::size_t size = 0; size < whole.size(); size += 509) {
        writeBytes(cut, whole.substr(0, size));
        complaint(cut, Mode::ReadOnly);
    }
    writeBytes(cut, whole.substr(0, whole.size() - 1));
    EXPECT_THAT(complaint(cut, Mode::ReadWrite), HasSubstr("its header says"));
}

/// A flip either is refused or changes nothing that is read: never a crash, never another text.
TEST_F(StoreFaultsTest, NoFlippedByteCrashesTheReaderOrChangesARoutingRecord) {
    makeRecording(3);
    const auto whole = bytesOf(recording());
    const auto original = readRecording(recording());
    const auto damaged = dir_.path() / "damaged.gscope";
    int refused = 0, accepted = 0;
    for (std::size_t at = 0; at < whole.size(); at += 1 + random_() % 199) {
        auto bytes = whole;
        bytes[at] = static_cast<char>(bytes[at] ^ (1U << (random_() % 8)));
        writeBytes(damaged, bytes);
        try {
            verifyRecording(damaged);
            const auto read = readRecording(damaged);
            ++accepted;
            ASSERT_EQ(read.messages.size(), original.messages.size()) << at;
            for (std::size_t m = 0; m < read.messages.size(); ++m) {
                ASSERT_EQ(read.messages[m].tokens.size(), original.messages[m].tokens.size()) << at;
                for (std::size_t t = 0; t < read.messages[m].tokens.size(); ++t)
                    EXPECT_EQ(*read.messages[m].tokens[t].routing,
                              *original.messages[m].tokens[t].routing)
                        << at;
            }
        } catch (const Error& error) {
            ++refused;
            EXPECT_THAT(error.what(), HasSubstr("damaged.gscope"));
        }
        if (HasFailure()) return;
    }
    EXPECT_GT(refused, 20);
    EXPECT_GT(accepted, 20);  // unused space in pages
}

TEST_F(StoreFaultsTest, ADamagedLibraryIsLeftAsItIs) {
    makeLibrary(200);
    tamper(file(), "PRAGMA journal_mode = DELETE");
    auto bytes = bytesOf(file());
    for (std::size_t page = 3; page < bytes.size() / 1024; page += 2)
        bytes.replace(page * 1024, 64, std::string(64, '\x5a'));
    writeBytes(file(), bytes);
    EXPECT_THAT(complaint(file()), HasSubstr("is damaged"));
}

// ---------------------------------------------------------------- hostile rows

TEST_F(StoreFaultsTest, RefusesRowsThatNoLibraryWrites) {
    const struct {
        const char* sql;
        const char* says;
    } cases[] = {
        {"UPDATE message SET role = 'system'", "unknown word 'system'"},
        {"UPDATE message SET role = 'a' || char(10, 27, 127)", "unknown word 'a\\x0a\\x1b\\x7f'"},
        {"UPDATE message SET interventions = '{\"ablate\": [\"1:2\\u001b\"]}'", "\\x1b"},
        {"UPDATE message SET state = 3", "unknown word '3'"},
        {"UPDATE message SET finish_reason = 'bored'", "unknown word 'bored'"},
        {"UPDATE message SET sampler = 'x'", "JSON object"},
        {"UPDATE message SET sampler = '{\"top_k\": \"many\"}'", "\"top_k\" is \"many\""},
        {"UPDATE message SET sampler = '{\"top_k\": 1e21}'",
         "\"top_k\" is 1e+21, expected a whole"},
        {"UPDATE message SET sampler = '{\"top_k\": 2147483648}'", "to 2147483647"},
        {"UPDATE message SET sampler = '{\"seed\": -1}'", "from 0 to 18446744073709551615"},
        {"UPDATE message SET sampler = '{\"top_p\": 1e39}'", "fits 32 bits"},
        {"UPDATE message SET sampler = '{\"top_p\": null}'", "\"top_p\" is null"},
        {"UPDATE message SET interventions = '{\"renormalise\": 2}'", "wrong type"},
        {"UPDATE message SET run = 'x'", "JSON object"},
        {"UPDATE message SET run = '{\"prompt_tokens\": 1.5}'", "\"prompt_tokens\" is 1.5"},
        {"UPDATE message SET run = '{\"stop_strings\": \"a\"}'", "wrong type"},
        {"UPDATE conversation SET model_facts = '{\"layers\": 1.5}'", "\"layers\" is 1.5"},
        {"UPDATE message SET interventions = '{\"ablate\": [\"1:2:3\"]}'", "LAYER:EXPERT"},
        {"UPDATE message SET interventions = '{\"layer_top_k\": [\"3\"]}'", "LAYER:K"},
        {"UPDATE message SET sampler = printf('%*c', 2000000, '[')", "settings of 2000000 bytes"},
        {"UPDATE message SET sampler = replace(hex(zeroblob(250000)), '0', '[')", "JSON object"},
        {"UPDATE message SET parent = 2 WHERE id = 1", "expected an earlier message"},
        {"UPDATE message SET parent = id", "expected an earlier message"},
        {"UPDATE conversation SET model_facts = '[]'", "JSON object"},
        {"UPDATE chunk SET tokens = x'01'", "a chunk of 1 bytes"},
        {"UPDATE chunk SET tokens = x'04000000001234'", "codec 4"},
        {"UPDATE chunk SET tokens = x'01ffffffff28b52ffd'", "unpacks to 4294967295"},
        {"UPDATE chunk SET routing = tokens", "restore it"},
        {"UPDATE chunk SET routing = zeroblob(100000)", "codec 0"},
        {"UPDATE chunk SET tokens = 'text', routing = 5", "a chunk of 4 bytes"}};
    makeRecording(3);
    const auto whole = bytesOf(recording());
    for (const auto& c : cases) {
        SCOPED_TRACE(c.sql);
        writeBytes(recording(), whole);
        tamper(recording(), c.sql);
        EXPECT_THAT(complaint(recording(), Mode::ReadOnly), HasSubstr(c.says));
    }
}

TEST_F(StoreFaultsTest, VerifyFindsWhatReadingDoesNotNeed) {
    const struct {
        const char* sql;
        const char* says;
    } cases[] = {
        {"UPDATE conversation SET message_count = 9", "says 9 messages, found 3"},
        {"UPDATE chunk SET message = 77 WHERE message = 2", "not there"},
        {"UPDATE conversation SET model_facts = '{\"layers\": 4, \"experts\": 8, \"selected\": 2}';"
         "UPDATE message SET interventions = '{\"ablate\": [\"9:1\"]}'",
         "layers 0 to 3"}};
    makeRecording(3);
    const auto whole = bytesOf(recording());
    for (const auto& c : cases) {
        SCOPED_TRACE(c.sql);
        writeBytes(recording(), whole);
        tamper(recording(), c.sql);
        try {
            verifyRecording(recording());
            ADD_FAILURE();
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), "STORE-905");
            EXPECT_THAT(error.what(), HasSubstr(c.says));
        }
    }
}

}  // namespace
}  // namespace gatescope

// What is taken out of a damaged library: everything that lies on pages which are not damaged.

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

#include "engine/error.h"
#include "engine/store/conversation_store.h"
#include "engine/store/salvage.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/store/store_samples.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using Mode = ConversationStore::Mode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t kPage = 1024;

std::string fileBytes(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void setFileBytes(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

/// A message as it was kept, and the pages that any byte of it lies on.
struct Kept {
    ConversationId conversation = 0;
    Message message;
    std::set<std::size_t> pagesOfText;  ///< of its chunks: text, tokens, routing
    std::set<std::size_t> pagesOfRow;
};

bool sameTokens(const Message& a, const Message& b) {
    return std::ranges::equal(a.tokens, b.tokens, [](const TokenRecord& x, const TokenRecord& y) {
        const bool routed = (x.routing == nullptr) == (y.routing == nullptr);
        return x.token == y.token && x.text == y.text && x.logProb == y.logProb && routed &&
               (!x.routing || *x.routing == *y.routing);
    });
}

class SalvageTest : public ::testing::Test {
  protected:
    SalvageTest() {
        makeLibrary();
        bytes_ = fileBytes(library());
        readKept();
    }

    fs::path library() const { return dir_.path() / "library.sqlite"; }
    fs::path damaged() const { return dir_.path() / "damaged.sqlite"; }
    fs::path rescued() const { return dir_.path() / "rescued.sqlite"; }

    /// Chats with versions, long and short texts, many pieces, and one that was deleted.
    void makeLibrary() {
        ConversationStore store(library(), Mode::ReadWrite);
        const auto gone = store.createConversation({.title = "a deleted chat"});
        store.addMessage(gone, message(0, "never to be seen again "));
        for (int c = 0; c < 4; ++c) {
            const auto id = store.createConversation(
                {.title = "chat " + std::to_string(c), .systemText = "be brief"});
            std::vector<MessageId> said{0};
            for (int m = 0; m < 6; ++m) {
                ++count_;
                const std::string word = "word" + std::to_string(1000 + count_) + " ";
                Message one = message(said[static_cast<std::size_t>(m < 5 ? m : m - 3)], word);
                one.role = m % 2 == 0 ? Role::User : Role::Assistant;
                if (m % 2 == 0) {
                    said.push_back(store.addMessage(id, one));
                    continue;
                }
                one.state = MessageState::Streaming;
                one.text.clear();
                said.push_back(store.addMessage(id, one));
                for (int piece = 0; piece < 2 + c; ++piece) {
                    std::string text;
                    for (int i = 0; i < 3 + piece; ++i) text += word;
                    store.appendToMessage(
                        said.back(),
                        text,
                        test::tokensOf(text, random_, 2, 4),
                        piece + 1 < 2 + c ? MessageState::Streaming : MessageState::Complete,
                        FinishReason::EndOfText);
                }
            }
            store.setTags(id, {"tag" + std::to_string(c)});
            store.setFolder(id, c % 2 == 0 ? "Research/Runs" : "");
            store.setPinned(id, c == 1);
            store.setDraft(id, c == 2 ? "a draft" : "");
        }
        store.setNewDraft("typed for a new chat");
        store.removeConversation(gone);
    }

    Message message(MessageId parent, const std::string& word) {
        Message made;
        made.parent = parent;
        for (int i = 0; i < 1 + count_ * 7 % 40; ++i) made.text += word;
        made.sampler.seed = 77'000'000U + static_cast<std::uint64_t>(count_);
        made.createdMs = 1'700'000'000'000 + count_;
        return made;
    }

    /// Where in the file a row lies is found by its bytes, without any knowledge of SQLite.
    void readKept() {
        constexpr std::size_t kWindow = 12;
        std::unordered_map<std::string_view, std::set<std::size_t>> pages;
        const std::string_view all = bytes_;
        for (std::size_t at = 0; at + kWindow <= bytes_.size(); ++at)
            pages[all.substr(at, kWindow)].insert(at / kPage + 1);
        const auto add = [&](const std::string& value, std::set<std::size_t>& to) {
            for (std::size_t at = 0; at + kWindow <= value.size(); ++at)
                if (const auto found = pages.find(std::string_view(value).substr(at, kWindow));
                    found != pages.end())
                    to.insert(found->second.begin(), found->second.end());
        };
        {
            const ConversationStore store(library(), Mode::ReadOnly);
            for (const auto& c : store.conversations())
                for (auto& m : store.messages(c.id)) {
                    const MessageId id = m.id;
                    Kept& kept = kept_[id] = {.conversation = c.id, .message = std::move(m)};

                    for (std::size_t at = 0;
                         (at = bytes_.find(std::to_string(kept.message.sampler.seed), at)) !=
                         std::string::npos;
                         ++at)
                        kept.pagesOfRow.insert(at / kPage + 1);
                }
            titles_ = titlesOf(store);
        }
        SQLite::Database raw(library().string(), SQLite::OPEN_READONLY);
        SQLite::Statement rows(raw, "SELECT message, text, tokens, routing FROM chunk");
        while (rows.executeStep())
            for (int column = 1; column < 4; ++column)
                add(std::string(static_cast<const char*>(rows.getColumn(column).getBlob()),
                                static_cast<std::size_t>(rows.getColumn(column).getBytes())),
                    kept_[rows.getColumn(0).getInt64()].pagesOfText);
    }

    static std::multiset<std::string> titlesOf(const ConversationStore& store) {
        std::multiset<std::string> titles;
        for (const auto& c : store.conversations()) {
            std::string facts = c.title + '|' + c.folder + '|' + c.draft + (c.pinned ? "p" : "");
            for (const auto& tag : c.tags) facts += '|' + tag;
            titles.insert(facts);
        }
        return titles;
    }

    SalvageReport rescue(const std::string& bytes) {
        fs::remove(rescued());
        setFileBytes(damaged(), bytes);
        const auto report = salvageLibrary(damaged(), rescued());
        EXPECT_EQ(fileBytes(damaged()), bytes) << "the damaged file was changed";
        return report.value();
    }

    /// All that does not lie on one of the `lost` pages is in the rescued library.
    void checkRescued(const SalvageReport& report, const std::set<std::size_t>& lost) {
        const auto touched = [&](const std::set<std::size_t>& pages) {
            return std::ranges::any_of(pages, [&](auto page) { return lost.contains(page); });
        };
        ConversationStore store(rescued(), Mode::ReadWrite);
        store.checkIntegrity();
        std::map<MessageId, Kept> found;
        for (const auto& c : store.conversations()) {
            EXPECT_THAT(c.title, ::testing::Not(HasSubstr("deleted")));
            for (auto& m : store.messages(c.id)) {
                const MessageId id = m.id;
                found[id] = {.conversation = c.id, .message = std::move(m)};
            }
        }
        EXPECT_EQ(static_cast<std::size_t>(report.messages), found.size());
        for (const auto& [id, was] : kept_) {
            SCOPED_TRACE(testing::Message() << "message " << id);
            const bool rowLost = touched(was.pagesOfRow);
            const bool textLost = touched(was.pagesOfText);
            if (!found.contains(id)) {
                EXPECT_TRUE(rowLost && (textLost || was.pagesOfText.empty()));
                continue;
            }
            const Kept& is = found[id];
            if (!rowLost) {
                EXPECT_EQ(is.conversation, was.conversation);
                EXPECT_EQ(is.message.role, was.message.role);
                EXPECT_EQ(is.message.sampler.seed, was.message.sampler.seed);
                EXPECT_EQ(is.message.createdMs, was.message.createdMs);
                if (found.contains(was.message.parent)) {
                    EXPECT_EQ(is.message.parent, was.message.parent);
                }
            }
            if (!textLost) {
                EXPECT_EQ(is.message.text, was.message.text);
                EXPECT_TRUE(sameTokens(is.message, was.message));
            }
        }
        // The new library is one that can be talked in.
        const auto id = store.createConversation({.title = "new"});
        EXPECT_GT(store.addMessage(id, message(0, "hello ")),
                  found.empty() ? 0 : found.rbegin()->first);
        EXPECT_EQ(store.search("hello").size(), 1U);
    }

    std::size_t pages() const { return bytes_.size() / kPage; }

    test::ScratchDir dir_;
    std::mt19937 random_{31};
    int count_ = 0;
    std::string bytes_;
    std::map<MessageId, Kept> kept_;
    std::multiset<std::string> titles_;
};

TEST_F(SalvageTest, ASoundLibraryComesOutWhole) {
    const SalvageReport report = rescue(bytes_);
    EXPECT_TRUE(report.complete()) << describe(report);
    EXPECT_EQ(report.conversations, 4);
    EXPECT_EQ(report.messages, 24);
    EXPECT_EQ(describe(report),
              "4 conversations with 24 messages rescued; nothing is known to be lost");
    const ConversationStore store(rescued(), Mode::ReadOnly);
    EXPECT_EQ(titlesOf(store), titles_);
    EXPECT_EQ(store.newDraft(), "typed for a new chat");
    EXPECT_THAT(store.folders(), ElementsAre("Research", "Research/Runs"));
    EXPECT_EQ(store.search("word1017").size(), 1U);
    const ConversationStore before(library(), Mode::ReadOnly);
    const auto was = before.conversations(), is = store.conversations();
    ASSERT_EQ(is.size(), was.size());
    for (std::size_t i = 0; i < is.size(); ++i) {
        EXPECT_EQ(is[i].id, was[i].id);
        EXPECT_EQ(is[i].updatedMs, was[i].updatedMs);
    }
    checkRescued(report, {});
}

TEST_F(SalvageTest, APageThatIsLostCostsWhatLayOnItAndNothingElse) {
    int whole = 0;
    for (std::size_t page = 1; page <= pages(); ++page) {
        SCOPED_TRACE(testing::Message() << "page " << page << " of " << pages());
        auto bytes = bytes_;
        const std::string filler =
            page % 2 == 0 ? std::string(kPage, '\0') : std::string(kPage, '\xa5');
        bytes.replace((page - 1) * kPage, kPage, filler);
        const SalvageReport report = rescue(bytes);
        whole += report.complete() ? 1 : 0;
        checkRescued(report, {page});
        // The search index has every text once more, so that no single page takes one away.
        EXPECT_EQ(report.messages, 24) << describe(report);
        EXPECT_EQ(report.cutTexts, 0) << describe(report);
        const ConversationStore store(rescued(), Mode::ReadOnly);
        for (const auto& [id, was] : kept_) EXPECT_EQ(store.messageText(id), was.message.text);
        if (HasFailure()) return;
    }
    EXPECT_GT(whole, 10);  // pages that lead to others, and the search index's
    EXPECT_LT(whole, static_cast<int>(pages()) - 15);
}

TEST_F(SalvageTest, ManyLostPagesCostWhatLayOnThem) {
    for (int round = 0; round < 24; ++round) {
        SCOPED_TRACE(testing::Message() << "round " << round);
        auto bytes = bytes_;
        std::set<std::size_t> lost;
        while (lost.size() < 2 + static_cast<std::size_t>(2 * round)) {
            const std::size_t page = 1 + random_() % pages();
            if (!lost.insert(page).second) continue;
            for (std::size_t i = 0; i < kPage; ++i)
                bytes[(page - 1) * kPage + i] =
                    static_cast<char>(random_() % 2 == 0 ? random_() : 0);
        }
        checkRescued(rescue(bytes), lost);
        if (HasFailure()) return;
    }
}

TEST_F(SalvageTest, AFlippedByteCostsAtMostItsPage) {
    for (std::size_t at = 16; at < bytes_.size(); at += 1 + random_() % 1997) {
        SCOPED_TRACE(testing::Message() << "byte " << at);
        auto bytes = bytes_;
        bytes[at] = static_cast<char>(bytes[at] ^ (1U << (random_() % 8)));
        checkRescued(rescue(bytes), {at / kPage + 1});
        if (HasFailure()) return;
    }
    for (std::size_t at = 0; at < 112;
         at += 1 + random_() % 3) {  // what says what file it is, and where all begins
        SCOPED_TRACE(testing::Message() << "byte " << at);
        auto bytes = bytes_;
        bytes[at] = static_cast<char>(random_());
        checkRescued(rescue(bytes), {});
        if (HasFailure()) return;
    }
}

TEST_F(SalvageTest, OfATruncatedLibraryTheBeginningIsRescued) {
    int refused = 0;
    for (std::size_t size = 0; size < bytes_.size(); size += 1 + random_() % 2024) {
        SCOPED_TRACE(testing::Message() << size << " bytes of " << bytes_.size());
        std::set<std::size_t> lost;
        for (std::size_t page = size / kPage + 1; page <= pages(); ++page) lost.insert(page);
        try {
            checkRescued(rescue(bytes_.substr(0, size)), lost);
        } catch (const Error& error) {
            ++refused;
            EXPECT_EQ(error.kind(), ErrorKind::BadInput);
            EXPECT_EQ(error.code(), "STORE-901");
            EXPECT_THAT(error.what(), HasSubstr("no conversation that can still be read"));
            EXPECT_FALSE(fs::exists(rescued()));
        }
        if (HasFailure()) return;
    }
    EXPECT_GT(refused, 1);
    EXPECT_LT(refused, 30);
}

/// What was said last may be in the log only.
TEST_F(SalvageTest, TheLogIsPartOfTheLibraryAndADamagedFrameCostsNoOther) {
    ConversationStore store(library(), Mode::ReadWrite);
    const auto conversation = store.conversations()[0].id;
    std::vector<MessageId> said;
    for (int i = 0; i < 20; ++i) {
        ++count_;
        said.push_back(
            store.addMessage(conversation, message(0, "logged" + std::to_string(1000 + i) + " ")));
    }
    const auto log = fileBytes(library().string() + "-wal");
    const auto file = fileBytes(library());
    ASSERT_GT(log.size(), 20 * kPage);
    const auto damagedLog = damaged().string() + "-wal";
    const auto rescuedTexts = [&](const std::string& bytes) {
        setFileBytes(damagedLog, bytes);
        rescue(file);
        EXPECT_EQ(fileBytes(damagedLog), bytes);
        EXPECT_FALSE(fs::exists(damaged().string() + "-shm"));
        const ConversationStore found(rescued(), Mode::ReadOnly);
        found.checkIntegrity();
        int texts = 0;
        for (const MessageId id : said)
            texts += found.messageText(id) == store.messageText(id) ? 1 : 0;
        return texts;
    };
    EXPECT_EQ(rescuedTexts(log), 20);
    EXPECT_EQ(rescuedTexts({}), 0);
    constexpr std::size_t kFrame = kPage + 24;
    for (std::size_t at = 40; at < log.size(); at += kFrame * 3 + random_() % kFrame) {
        SCOPED_TRACE(testing::Message() << "byte " << at << " of " << log.size());
        auto bytes = log;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
        // A page that is missing from the log is there as an older frame or the file has it: what
        // was put on it by one message may be lost, and what is no page of texts costs nothing.
        EXPECT_GE(rescuedTexts(bytes), 18);
    }
    auto bytes = log;
    bytes.replace(0, 32, std::string(32, '\x11'));
    EXPECT_EQ(rescuedTexts(bytes), 20) << "without the log's header";
}

TEST_F(SalvageTest, WhatWasDeletedStaysAway) {
    auto bytes = bytes_;
    bytes.replace(0, kPage, std::string(kPage, '\0'));  // with it, the list of free pages
    checkRescued(rescue(bytes), {1});
    EXPECT_EQ(fileBytes(rescued()).find("never to be seen"), std::string::npos);
}

TEST_F(SalvageTest, DamageWithinValuesCostsTheseAlone) {
    const struct {
        const char* sql;
        int SalvageReport::*counts;
        int expected;
    } cases[] = {{"UPDATE message SET role = 'system' WHERE id = 4", &SalvageReport::mended, 1},
                 {"UPDATE message SET sampler = 'x' WHERE id = 4", &SalvageReport::mended, 1},
                 {"UPDATE message SET state = 3 WHERE id = 4", &SalvageReport::mended, 1},
                 {"UPDATE message SET parent = id WHERE id = 4", &SalvageReport::mended, 1},
                 {"UPDATE chunk SET tokens = x'01' WHERE message = 3 AND ordinal = 1",
                  &SalvageReport::withoutTokens,
                  1},
                 {"UPDATE chunk SET routing = x'01' WHERE message = 3 AND ordinal = 1",
                  &SalvageReport::withoutRouting,
                  1},
                 {"PRAGMA foreign_keys = OFF; DELETE FROM conversation WHERE id = 3",
                  &SalvageReport::unnamed,
                  1}};
    for (const auto& c : cases) {
        SCOPED_TRACE(c.sql);
        fs::remove(damaged());
        setFileBytes(damaged(), bytes_);
        SQLite::Database(damaged().string(), SQLite::OPEN_READWRITE).exec(c.sql);
        const SalvageReport report = rescue(fileBytes(damaged()));
        EXPECT_EQ(report.*c.counts, c.expected) << describe(report);
        EXPECT_EQ(report.messages, 24);
        EXPECT_EQ(report.lostMessages + report.cutTexts, 0) << describe(report);
        const ConversationStore store(rescued(), Mode::ReadOnly);
        for (const auto& [id, was] : kept_) EXPECT_EQ(store.messageText(id), was.message.text);
        for (const auto& summary : store.conversations()) store.messages(summary.id);
    }
}

/// A row that is lost leaves what followed it reachable, behind what came before it.
TEST_F(SalvageTest, TheReplyToALostMessageFollowsTheOneBeforeIt) {
    fs::remove(damaged());
    setFileBytes(damaged(), bytes_);
    {
        SQLite::Database raw(damaged().string(), SQLite::OPEN_READWRITE);
        raw.exec(
            "PRAGMA foreign_keys = OFF; DELETE FROM message WHERE id = 4; DELETE FROM chunk "
            "WHERE message = 4; DELETE FROM message_index WHERE rowid = 4");
    }
    const SalvageReport report = rescue(fileBytes(damaged()));
    EXPECT_EQ(report.lostMessages, 1) << describe(report);
    EXPECT_THAT(describe(report), HasSubstr("1 message is lost"));
    const ConversationStore store(rescued(), Mode::ReadOnly);
    const auto messages = store.messages(kept_[5].conversation);
    const auto child = std::ranges::find(messages, MessageId{5}, &Message::id);
    ASSERT_NE(child, messages.end());
    EXPECT_EQ(kept_[5].message.parent, 4);
    EXPECT_EQ(child->parent, 3);
    EXPECT_EQ(branchOf(messages, 5).size(), 3U);  // 2, 3 and itself
}

TEST_F(SalvageTest, NothingIsWrittenWhereNothingIsToBeRescued) {
    const auto complaint = [&](const fs::path& from) {
        try {
            (void)salvageLibrary(from, rescued());
            return std::string("nothing was said");
        } catch (const Error& error) {
            return std::string(error.what());
        }
    };
    setFileBytes(damaged(), "just some text");
    EXPECT_THAT(complaint(damaged()), HasSubstr("no conversation that can still be read"));
    setFileBytes(damaged(), "");
    EXPECT_THAT(complaint(damaged()), HasSubstr("[STORE-901]"));
    EXPECT_THAT(complaint(dir_.path()), HasSubstr("expected a file"));
    EXPECT_THAT(complaint(dir_.path() / "absent"), HasSubstr("no such file"));
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(salvageLibrary(library(), rescued(), {}, stop.get_token()).has_value());
    EXPECT_FALSE(fs::exists(rescued()));
    setFileBytes(rescued(), "mine");
    EXPECT_THAT(complaint(library()), HasSubstr("exists already"));
    EXPECT_EQ(fileBytes(rescued()), "mine");
    for (const auto& entry : fs::directory_iterator(dir_.path()))
        EXPECT_THAT(entry.path().string(), ::testing::Not(HasSubstr(".part-")));
}

TEST_F(SalvageTest, ARescuedLibraryTakesThePlaceOfTheDamagedOneWhichIsKept) {
    auto bytes = bytes_;
    bytes.replace(3 * kPage, kPage, std::string(kPage, '\0'));
    setFileBytes(library(), bytes);
    setFileBytes(library().string() + "-wal", "no log");
    const auto files = [&] {
        return std::distance(fs::directory_iterator(dir_.path()), fs::directory_iterator());
    };
    const auto before = files();
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(rescueInPlace(library(), stop.get_token()).has_value());
    EXPECT_EQ(fileBytes(library()), bytes);
    EXPECT_EQ(fileBytes(library().string() + "-wal"), "no log");
    EXPECT_EQ(files(), before);
    const auto first = rescueInPlace(library());
    ASSERT_TRUE(first.has_value());
    EXPECT_THAT(first->kept.filename().string(),
                ::testing::MatchesRegex("library-damaged-20[0-9-]+.sqlite"));
    EXPECT_EQ(fileBytes(first->kept), bytes);
    EXPECT_EQ(fileBytes(first->kept.string() + "-wal"), "no log");
    EXPECT_FALSE(fs::exists(library().string() + "-wal"));
    ConversationStore(library(), Mode::ReadWrite).checkIntegrity();
    const auto second = rescueInPlace(library());
    ASSERT_TRUE(second.has_value());
    EXPECT_THAT(second->kept.filename().string(), ::testing::EndsWith("-2.sqlite"));
    EXPECT_EQ(second->report.messages, first->report.messages);
}

}  // namespace
}  // namespace gatescope

// The search, against a reading of every text.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <sstream>

#include "engine/store/conversation_store.h"
#include "tests/support/test_paths.h"

namespace gatescope {
namespace {

using Mode = ConversationStore::Mode;

/// A small vocabulary whose words begin with each other, so that every kind of hit occurs.
std::string someWords(std::mt19937& random, int most) {
    static const std::vector<std::string> kWords{
        "sea", "seas", "seashore", "sky", "a", "am", "blue"};
    std::string text;
    for (int n = static_cast<int>(random() % static_cast<unsigned>(most + 1)); n > 0; --n)
        text += kWords[random() % kWords.size()] + ' ';
    return text;
}

bool has(const std::string& text, const std::string& word) {
    std::istringstream words(text);
    for (std::string each; words >> each;)
        if (word.size() == 1 ? each == word : each.starts_with(word)) return true;
    return false;
}

int countOf(const std::string& text, const std::vector<std::string>& words) {
    return static_cast<int>(
        std::ranges::count_if(words, [&](const auto& word) { return has(text, word); }));
}

struct Naive {
    std::string title;
    std::map<MessageId, std::string> messages;
};

/// All words somewhere in it; the first message that has the most of them.
std::optional<MessageId> naiveHit(const Naive& c, const std::vector<std::string>& words) {
    for (const auto& word : words) {
        bool found = has(c.title, word);
        for (const auto& [id, text] : c.messages) found = found || has(text, word);
        if (!found) return std::nullopt;
    }
    MessageId best = 0;
    int most = 0;
    for (const auto& [id, text] : c.messages)
        if (const int count = countOf(text, words); count > most) {
            most = count;
            best = id;
        }
    return best;
}

TEST(ConversationSearchTest, FindsWhatReadingEverythingFinds) {
    const test::ScratchDir dir;
    ConversationStore store(dir.path() / "library.db", Mode::ReadWrite);
    const ConversationStore reader(dir.path() / "library.db", Mode::BesideWriter);
    std::mt19937 random(17);
    std::map<ConversationId, Naive> naive;
    const auto grow = [&] {
        ConversationSummary summary;
        summary.title = someWords(random, 2);
        const auto id = store.createConversation(summary);
        naive[id].title = summary.title;
        for (unsigned n = random() % 4; n > 0; --n) {
            const auto into =
                std::next(naive.begin(), static_cast<std::ptrdiff_t>(random() % naive.size()));
            Message message;
            message.text = someWords(random, 4);
            into->second.messages[store.addMessage(into->first, message)] = message.text;
        }
    };
    int hits = 0;
    for (int round = 0; round < 60; ++round) {
        grow();
        if (round % 7 == 6) {
            store.removeConversation(naive.begin()->first);
            naive.erase(naive.begin());
        }
        for (const std::vector<std::string>& words :
             std::vector<std::vector<std::string>>{{"sea"},
                                                   {"seas"},
                                                   {"a"},
                                                   {"am"},
                                                   {"sea", "sky"},
                                                   {"blue", "sky", "sea"},
                                                   {"no"}}) {
            std::string query;
            for (const auto& word : words) query += word + ' ';
            std::map<ConversationId, MessageId> expected;
            for (const auto& [id, c] : naive)
                if (const auto hit = naiveHit(c, words)) expected[id] = *hit;
            std::map<ConversationId, MessageId> found;
            for (const SearchHit& hit : reader.find(query).hits)
                EXPECT_TRUE(found.emplace(hit.conversation, hit.message).second) << "twice";
            EXPECT_EQ(found, expected) << query << "in round " << round;
            EXPECT_EQ(store.search(query).size(), expected.size());
            hits += static_cast<int>(found.size());
        }
        if (testing::Test::HasFailure()) return;
    }
    EXPECT_GT(hits, 1000);
}

TEST(ConversationSearchTest, EndsAtItsLimitWithWhatWasSaidLast) {
    const test::ScratchDir dir;
    ConversationStore store(dir.path() / "library.db", Mode::ReadWrite);
    std::vector<ConversationId> ids;
    for (int i = 0; i < 9; ++i) {
        ids.push_back(store.createConversation({}));
        Message message;
        message.text = "the same words";
        store.addMessage(ids.back(), message);
    }
    const SearchHits few = store.find("same", 4);
    EXPECT_TRUE(few.more);
    std::set<ConversationId> found;
    for (const auto& hit : few.hits) {
        found.insert(hit.conversation);
        EXPECT_EQ(store.messageText(hit.message), "the same words");
    }
    EXPECT_EQ(found, std::set<ConversationId>(ids.end() - 4, ids.end()));
    EXPECT_FALSE(store.find("same", 10).more);
    EXPECT_TRUE(store.find("  ").hits.empty());
    EXPECT_EQ(store.messageText(999), "");
}

}  // namespace
}  // namespace gatescope

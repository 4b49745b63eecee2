#include <algorithm>
#include <cctype>
#include <functional>
#include <limits>
#include <set>
#include <sstream>
#include <utility>

#include "engine/store/conversation_store_impl.h"

namespace gatescope {
namespace {

using SQLite::Statement;

/// A word of the query as an FTS5 string that also matches longer words. A single letter of ours
/// stands for itself: what begins with it is nearly everything, and takes long to count.
/// Source: sqlite.org/fts5.html, "FTS5 Strings" and "FTS5 Prefix Queries".
std::string searchTerm(const std::string& word) {
    std::string term = "\"";
    bool hasLetters = false;
    for (const char c : word) {
        if (c == '\0') continue;
        hasLetters |= std::isalnum(static_cast<unsigned char>(c)) != 0 || (c & '\x80') != 0;
        term += c == '"' ? "\"\"" : std::string(1, c);
    }
    if (!hasLetters) return {};
    return word.size() == 1 ? term + '"' : term + "\"*";
}

std::vector<std::string> searchTerms(std::string_view query) {
    std::vector<std::string> terms;
    std::istringstream words{std::string(query)};
    for (std::string word; words >> word;)
        if (std::string term = searchTerm(word); !term.empty()) terms.push_back(std::move(term));
    // Long words are rare ones: what they leave is all that the others have to look at.
    std::ranges::stable_sort(terms, std::greater{}, &std::string::size);
    return terms;
}

bool isBlank(std::string_view query) {
    return query.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

// ---------------------------------------------------------------- where messages are

void ConversationStore::Impl::MessagePlaces::add(MessageId message, ConversationId conversation) {
    const auto [known, isNew] = indexOf.try_emplace(conversation, conversations.size());
    if (isNew) conversations.push_back(conversation);
    places.push_back({message, static_cast<std::uint32_t>(known->second)});
}

/// Ids only rise and a message stays in its conversation, so what is known stays true; of what was
/// removed nothing is found any more.
const ConversationStore::Impl::MessagePlaces& ConversationStore::Impl::messagePlaces() {
    auto& known = messagePlaces_;
    // The index alone is a fortieth of the table: all of it is read in its order and then sorted.
    Statement rows(database_,
                   known.places.empty()
                       ? "SELECT id, conversation FROM message INDEXED BY message_by_conversation"
                       : fmt::format("SELECT id, conversation FROM message WHERE id > {} ORDER BY "
                                     "id",
                                     known.places.back().message));
    while (rows.executeStep())
        known.add(rows.getColumn(0).getInt64(), rows.getColumn(1).getInt64());
    if (!std::ranges::is_sorted(known.places, {}, &MessagePlaces::Place::message))
        std::ranges::sort(known.places, {}, &MessagePlaces::Place::message);
    return known;
}

// ---------------------------------------------------------------- one search

/// Term by term, what is left of the conversations: those that all terms so far are found in.
class ConversationStore::Impl::SearchRun {
  public:
    SearchRun(SQLite::Database& database, const MessagePlaces& known)
        : database_(database),
          known_(known),
          terms_(known.conversations.size(), 0),
          bestCount_(known.conversations.size(), 0),
          best_(known.conversations.size(), 0),
          counts_(known.places.size(), 0) {}

    /// Newest messages first, until `most` conversations have it.
    void take(const std::string& term, std::size_t most) {
        std::size_t found = 0;
        Statement titles(database_, "SELECT rowid FROM title_index WHERE title_index MATCH ?");
        titles.bind(1, term);
        while (titles.executeStep()) found += takeTitle(titles.getColumn(0).getInt64()) ? 1U : 0U;
        Statement rows(database_,
                       "SELECT rowid FROM message_index WHERE message_index MATCH ? ORDER BY rowid "
                       "DESC");
        rows.bind(1, term);
        std::size_t end = known_.places.size();  // both go down
        while (found < most && rows.executeStep()) {
            const MessageId id = rows.getColumn(0).getInt64();
            while (end > 0 && known_.places[end - 1].message > id) --end;
            if (end > 0 && known_.places[end - 1].message == id)
                found += takeMessage(end - 1) ? 1U : 0U;
        }
        more_ = more_ || found >= most;
        titled_ = std::exchange(titledNow_, {});
        ++taken_;
    }

    SearchHits hits() const {
        SearchHits all{.hits = {}, .more = more_};
        for (std::size_t c = 0; c < terms_.size(); ++c)
            if (terms_[c] == taken_)
                all.hits.push_back({known_.conversations[c],
                                    bestCount_[c] > 0 ? known_.places[best_[c]].message : 0});
        for (const ConversationId id : titled_) all.hits.push_back({id, 0});
        return all;
    }

  private:
    /// True: the term is new in its conversation.
    bool takeConversation(std::size_t c) {
        if (terms_[c] != taken_) return false;
        ++terms_[c];
        return true;
    }

    bool takeTitle(ConversationId id) {
        const auto known = known_.indexOf.find(id);
        if (known != known_.indexOf.end()) return takeConversation(known->second);
        // One without messages: all terms have to be in its title.
        if (taken_ == 0 || titled_.contains(id)) titledNow_.insert(id);
        return false;
    }

    bool takeMessage(std::size_t place) {
        const std::uint32_t c = known_.places[place].conversation;
        if (terms_[c] < taken_) return false;
        const auto count = ++counts_[place];
        if (count > bestCount_[c] || (count == bestCount_[c] && place < best_[c])) {
            bestCount_[c] = count;
            best_[c] = place;
        }
        return takeConversation(c);
    }

    SQLite::Database& database_;
    const MessagePlaces& known_;
    std::vector<std::uint32_t> terms_;      ///< [conversations] found in each
    std::vector<std::uint32_t> bestCount_;  ///< [conversations] terms of its best message
    std::vector<std::size_t> best_;         ///< [conversations] which that is
    std::vector<std::uint32_t> counts_;     ///< [messages] terms
    std::set<ConversationId> titled_;       ///< without messages, and all terms so far in the title
    std::set<ConversationId> titledNow_;    ///< and this one
    std::uint32_t taken_ = 0;
    bool more_ = false;
};

SearchHits ConversationStore::find(std::string_view query, std::size_t most) const {
    const auto terms = searchTerms(query);
    if (terms.empty()) return {};
    return impl_->read([&] {
        Impl::SearchRun run(impl_->database(), impl_->messagePlaces());
        const bool single = terms.size() == 1;
        for (const auto& term : terms)
            run.take(term, single ? most : std::numeric_limits<std::size_t>::max());
        return run.hits();
    });
}

std::vector<ConversationSummary> ConversationStore::search(std::string_view query) const {
    auto all = conversations();
    if (isBlank(query)) return all;
    std::set<ConversationId> found;
    const auto every = std::numeric_limits<std::size_t>::max();
    for (const SearchHit& hit : find(query, every).hits) found.insert(hit.conversation);
    std::erase_if(all, [&](const ConversationSummary& c) { return !found.contains(c.id); });
    return all;
}

std::string ConversationStore::messageText(MessageId id) const {
    return impl_->read([&] {
        std::string text;
        Statement rows(impl_->database(),
                       "SELECT text FROM chunk WHERE message = ? ORDER BY ordinal");
        rows.bind(1, id);
        while (rows.executeStep()) text += rows.getColumn(0).getString();
        return text;
    });
}

}  // namespace gatescope

#include <algorithm>
#include <cctype>
#include <deque>
#include <limits>
#include <set>
#include <sstream>
#include <unordered_map>

#include "engine/store/conversation_store_impl.h"

namespace gatescope {
namespace {

using SQLite::Statement;

constexpr std::size_t kMostTerms = 24;

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
    // Nobody types more; a text that was pasted is found by how it begins.
    if (terms.size() > kMostTerms) terms.resize(kMostTerms);
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

/// Goes down through the messages that have any of the terms, newest first, all terms side by side:
/// so common words end at the limit, however many messages have them.
class ConversationStore::Impl::SearchRun {
  public:
    SearchRun(SQLite::Database& database,
              const MessagePlaces& known,
              const std::vector<std::string>& terms)
        : known_(known), all_((Terms{1} << terms.size()) - 1), hits_(known.conversations.size()) {
        for (std::size_t t = 0; t < terms.size(); ++t) {
            readTitles(database, terms[t], Terms{1} << t);
            cursors_.emplace_back(database, terms[t]);
        }
    }

    SearchHits run(std::size_t most) {
        SearchHits found;
        for (const Hit& hit : hits_) found_ += hit.terms == all_ ? 1U : 0U;
        while (found_ < most)
            if (!takeNewest()) break;
        found.more = found_ >= most;
        for (std::size_t c = 0; c < hits_.size(); ++c)
            if (hits_[c].terms == all_)
                found.hits.push_back({known_.conversations[c], hits_[c].message});
        for (const auto& [id, terms] : titlesAlone_)
            if (terms == all_) found.hits.push_back({id, 0});
        return found;
    }

  private:
    using Terms = std::uint32_t;  ///< a bit each

    struct Cursor {
        Cursor(SQLite::Database& database, const std::string& term)
            : rows(database,
                   "SELECT rowid FROM message_index WHERE message_index MATCH ? ORDER BY rowid "
                   "DESC") {
            rows.bind(1, term);
            step();
        }
        void step() { at = rows.executeStep() ? rows.getColumn(0).getInt64() : 0; }
        Statement rows;
        MessageId at = 0;  ///< 0: no more
    };
    struct Hit {
        Terms terms = 0;
        int inMessage = 0;  ///< terms in its best message
        MessageId message = 0;
    };

    void readTitles(SQLite::Database& database, const std::string& term, Terms bit) {
        Statement rows(database, "SELECT rowid FROM title_index WHERE title_index MATCH ?");
        rows.bind(1, term);
        while (rows.executeStep()) {
            const ConversationId id = rows.getColumn(0).getInt64();
            const auto known = known_.indexOf.find(id);
            (known == known_.indexOf.end() ? titlesAlone_[id] : hits_[known->second].terms) |= bit;
        }
    }

    /// False: no term is in any more messages.
    bool takeNewest() {
        MessageId id = 0;
        for (const Cursor& cursor : cursors_) id = std::max(id, cursor.at);
        if (id == 0) return false;
        Terms terms = 0;
        int count = 0;
        for (std::size_t t = 0; t < cursors_.size(); ++t) {
            if (cursors_[t].at != id) continue;
            terms |= Terms{1} << t;
            ++count;
            cursors_[t].step();
        }
        const auto& places = known_.places;
        while (end_ > 0 && places[end_ - 1].message > id) --end_;  // both go down
        if (end_ > 0 && places[end_ - 1].message == id)
            take(hits_[places[end_ - 1].conversation], id, terms, count);
        return true;
    }

    void take(Hit& hit, MessageId message, Terms terms, int count) {
        const bool was = hit.terms == all_;
        hit.terms |= terms;
        if (!was && hit.terms == all_) ++found_;
        if (count < hit.inMessage) return;
        hit.inMessage = count;  // of those with the most terms the first: ids go down
        hit.message = message;
    }

    const MessagePlaces& known_;
    const Terms all_;
    std::vector<Hit> hits_;                                  ///< [conversations]
    std::unordered_map<ConversationId, Terms> titlesAlone_;  ///< of those without messages
    std::deque<Cursor> cursors_;
    std::size_t end_ = known_.places.size();
    std::size_t found_ = 0;
};

SearchHits ConversationStore::find(std::string_view query, std::size_t most) const {
    const auto terms = searchTerms(query);
    if (terms.empty()) return {};
    return impl_->read([&] {
        return Impl::SearchRun(impl_->database(), impl_->messagePlaces(), terms).run(most);
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

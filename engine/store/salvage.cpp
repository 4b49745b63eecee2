#include "engine/store/salvage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/error_codes.h"
#include "engine/io/utf8.h"
#include "engine/store/conversation.h"
#include "engine/store/damaged_file.h"
#include "engine/store/database.h"
#include "engine/store/packed_blob.h"
#include "engine/store/settings_json.h"
#include "engine/store/store_rows.h"
#include "engine/store/token_codec.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using Kind = RawValue::Kind;
using SQLite::Statement;
using Values = std::vector<RawValue>;

/// An id is counted up from 1; one beyond this is damage, and would leave no ids for what follows.
constexpr std::int64_t kLargestId = std::int64_t{1} << 48U;
constexpr std::uint64_t kStepsBetweenReports = 256;

bool isId(std::int64_t id) {
    return id > 0 && id <= kLargestId;
}

bool is(const Values& values, std::size_t column, Kind kind) {
    return column < values.size() && values[column].kind == kind;
}
bool isOrNull(const Values& values, std::size_t column, Kind kind) {
    return is(values, column, kind) || is(values, column, Kind::Null);
}

std::int64_t integerOf(const Values& values, std::size_t column) {
    return is(values, column, Kind::Integer) ? values[column].integer : 0;
}

/// What is left of a text: whole characters, up to what no text of ours has in it.
std::string textLeft(const Values& values, std::size_t column, bool* cut = nullptr) {
    if (!is(values, column, Kind::Text)) return {};
    const std::string& bytes = values[column].bytes;
    const std::string_view text(bytes.data(),
                                std::min(bytes.find(std::string(16, '\0')), bytes.size()));
    std::size_t end = 0;
    while (end < text.size()) {
        const Utf8Head head = readUtf8(text.substr(end));
        if (head.kind != Utf8Head::Kind::Character) break;
        end += head.size;
    }
    if (cut != nullptr) *cut |= !values[column].whole || end < bytes.size();
    return bytes.substr(0, end);
}

/// As `read` takes it; else `otherwise`.
template <class Read>
std::string jsonLeft(const Values& values,
                     std::size_t column,
                     const Read& read,
                     const std::string& otherwise,
                     bool* lost = nullptr) {
    bool cut = !is(values, column, Kind::Text);
    std::string text = textLeft(values, column, &cut);
    try {
        if (!cut) {
            read(text, "salvage");
            return text;
        }
    } catch (const Error&) {  // not what it was: the setting is lost, the message is not
    }
    if (lost != nullptr) *lost = true;
    return otherwise;
}

// ---------------------------------------------------------------- what is there

struct FoundMessage {
    std::optional<RecordPlace> row;
    std::optional<ConversationId> conversation;
    std::optional<MessageId> parent;  ///< 0: none
    std::optional<Role> role;
};

struct FoundChunk {
    MessageId message = 0;
    std::int64_t ordinal = 0;
    RecordPlace place;
};

/// Everything on all pages that can be a row of ours, by what it looks like: which table a page
/// belongs to is often what was lost.
struct Findings {
    std::map<ConversationId, RecordPlace> conversations;
    std::map<MessageId, FoundMessage> messages;
    std::vector<FoundChunk> chunks;  ///< sorted, each once
    std::unordered_map<ConversationId, RecordPlace> titles;
    std::unordered_map<MessageId, RecordPlace> texts;  ///< the search index's own
    std::unordered_map<MessageId, ConversationId> placesInIndex;
    std::unordered_map<MessageId, MessageId> parentsInIndex;
    std::set<std::pair<ConversationId, std::string>> tags;
    std::set<std::string> folders;
    std::string newDraft;
};

bool looksLikeConversation(const Values& v) {
    return v.size() >= 9 && is(v, 0, Kind::Null) && is(v, 1, Kind::Text) && is(v, 2, Kind::Text) &&
           is(v, 3, Kind::Text) && is(v, 6, Kind::Integer) && is(v, 7, Kind::Integer);
}

bool looksLikeMessage(const Values& v) {
    return v.size() >= 9 && is(v, 0, Kind::Null) && is(v, 1, Kind::Integer) &&
           isOrNull(v, 2, Kind::Integer) && is(v, 3, Kind::Text) && is(v, 4, Kind::Text) &&
           isOrNull(v, 5, Kind::Text) && is(v, 6, Kind::Text) && is(v, 7, Kind::Text);
}

bool looksLikeChunk(const Values& v) {
    return v.size() >= 5 && is(v, 0, Kind::Integer) && is(v, 1, Kind::Integer) &&
           is(v, 2, Kind::Text) && isOrNull(v, 3, Kind::Blob) && isOrNull(v, 4, Kind::Blob);
}

class Scan {
  public:
    Scan(DamagedFile& file, const SalvageProgress& progress, const std::stop_token& stop)
        : file_(file), progress_(progress), stop_(stop) {}

    std::optional<Findings> run() {
        // What a tree still leads to goes first: beside it nothing counts that says the same.
        for (const bool inTree : {true, false})
            for (std::uint32_t page = 1; page <= file_.pageCount(); ++page) {
                if (file_.treeOf(page).empty() == inTree || file_.isFree(page)) continue;
                if (stop_.stop_requested()) return std::nullopt;
                if (progress_ && ++done_ % kStepsBetweenReports == 0)
                    progress_(std::min(done_ * file_.pageBytes(), file_.bytes()),
                              2 * file_.bytes());
                file_.records(page, [&](const RawRecord& record, RecordPlace place) {
                    take(record, place, file_.treeOf(page));
                });
            }
        const auto byPlace = [](const FoundChunk& c) { return std::pair(c.message, c.ordinal); };
        std::ranges::stable_sort(found_.chunks, {}, byPlace);
        const auto twice = std::ranges::unique(found_.chunks, {}, byPlace);
        found_.chunks.erase(twice.begin(), twice.end());
        return std::move(found_);
    }

  private:
    void take(const RawRecord& record, RecordPlace place, const std::string& tree) {
        const Values& v = record.values;
        if (tree == "message_by_conversation" || tree == "message_by_parent")
            return takeIndex(v, tree);
        if (tree.starts_with("title_index") || tree.starts_with("message_index"))
            return takeContent(record, place, tree);
        if (record.rowid == 0) return takeUnnumbered(v, place);
        if (!isId(record.rowid)) return;
        if (looksLikeConversation(v)) {
            found_.conversations.emplace(record.rowid, place);
        } else if (looksLikeMessage(v)) {
            FoundMessage& message = found_.messages[record.rowid];
            if (message.row) return;
            message.row = place;
            message.conversation = integerOf(v, 1);
            message.parent = integerOf(v, 2);
            const std::string& word = v[3].bytes;
            for (const Role role : {Role::User, Role::Assistant})
                if (word == wordOf(role)) message.role = role;
        }
    }

    /// Whoever has lost its row stands in two indices.
    void takeIndex(const Values& v, const std::string& tree) {
        if (v.size() < 2 || !is(v, 1, Kind::Integer) || !isId(v[1].integer)) return;
        auto& hints = tree == "message_by_parent" ? found_.parentsInIndex : found_.placesInIndex;
        if (isOrNull(v, 0, Kind::Integer)) hints.emplace(v[1].integer, integerOf(v, 0));
    }

    void takeContent(const RawRecord& record, RecordPlace place, const std::string& tree) {
        const bool isContent = record.values.size() == 2 && is(record.values, 1, Kind::Text);
        if (!isContent || !isId(record.rowid)) return;
        if (tree == "title_index_content") found_.titles.emplace(record.rowid, place);
        if (tree == "message_index_content") found_.texts.emplace(record.rowid, place);
    }

    void takeUnnumbered(const Values& v, RecordPlace place) {
        if (looksLikeChunk(v)) {
            if (isId(v[0].integer) && v[1].integer >= 0)
                found_.chunks.push_back({v[0].integer, v[1].integer, place});
        } else if (v.size() == 2 && is(v, 0, Kind::Integer) && is(v, 1, Kind::Text)) {
            if (v[1].whole) found_.tags.emplace(v[0].integer, v[1].bytes);
        } else if (v.size() == 1 && is(v, 0, Kind::Text)) {
            if (v[0].whole) found_.folders.insert(folderPath(v[0].bytes));
        } else if (v.size() == 2 && is(v, 0, Kind::Text) && v[0].bytes == "new_draft" &&
                   found_.newDraft.empty()) {
            found_.newDraft = textLeft(file_.record(place).values, 1);
        }
    }

    DamagedFile& file_;
    const SalvageProgress& progress_;
    const std::stop_token& stop_;
    std::uint64_t done_ = 0;
    Findings found_;
};

// ---------------------------------------------------------------- whose message it was

/// Gives every message of which anything is left a conversation, a role and a place in its tree.
class Mender {
  public:
    explicit Mender(Findings& found) : found_(found) {}

    void run() {
        for (const FoundChunk& chunk : found_.chunks) found_.messages[chunk.message];
        for (const auto& [id, place] : found_.texts) found_.messages[id];
        readHints();
        for (auto& [id, message] : found_.messages) place(id, message);
        for (auto& [id, message] : found_.messages) attach(id, message);
    }

    const std::map<ConversationId, std::vector<MessageId>>& kept() const { return kept_; }
    bool isMended(MessageId id) const { return mended_.contains(id); }

  private:
    void readHints() {
        for (const auto& [id, message] : found_.messages)
            if (message.parent.value_or(0) != 0) {
                FoundMessage* above = find(*message.parent);
                if (above == nullptr || above->row) continue;
                if (!above->conversation) above->conversation = message.conversation;
                if (!above->role && message.role) above->role = other(*message.role);
            }
        for (auto& [id, message] : found_.messages) {
            const auto parent = found_.parentsInIndex.find(id);
            if (!message.row && parent != found_.parentsInIndex.end())
                message.parent = parent->second;
            const auto hint = found_.placesInIndex.find(id);
            if (hint == found_.placesInIndex.end()) continue;
            const bool known =
                message.conversation && found_.conversations.contains(*message.conversation);
            if (!message.row || !known) message.conversation = hint->second;
        }
    }

    /// Without a word about it a message belongs where the one before it does: ids rise as people
    /// talk.
    void place(MessageId id, FoundMessage& message) {
        if (!message.conversation || !isId(*message.conversation)) {
            message.conversation = last_ != 0 ? last_ : firstConversation();
            mended_.insert(id);
        }
        last_ = *message.conversation;
    }

    ConversationId firstConversation() const {
        return found_.conversations.empty() ? 1 : found_.conversations.begin()->first;
    }

    void attach(MessageId id, FoundMessage& message) {
        auto& before = kept_[*message.conversation];
        const MessageId wanted = message.parent.value_or(before.empty() ? 0 : before.back());
        MessageId parent = wanted;
        if (parent != 0 && !std::ranges::binary_search(before, parent)) {
            // The last one before the one that is lost: where people do not go back, its parent.
            const auto after =
                std::ranges::lower_bound(before, parent > 0 && parent < id ? parent : id);
            parent = after == before.begin() ? 0 : *(after - 1);
        }
        if (!message.parent || parent != wanted) mended_.insert(id);
        message.parent = parent;
        if (!message.role) {
            const FoundMessage* above = parent == 0 ? nullptr : find(parent);
            message.role = above != nullptr ? other(*above->role) : Role::User;
            mended_.insert(id);
        }
        if (!message.row) mended_.insert(id);
        before.push_back(id);
    }

    static Role other(Role role) { return role == Role::User ? Role::Assistant : Role::User; }
    FoundMessage* find(MessageId id) {
        const auto found = found_.messages.find(id);
        return found == found_.messages.end() ? nullptr : &found->second;
    }

    Findings& found_;
    ConversationId last_ = 0;
    std::map<ConversationId, std::vector<MessageId>> kept_;  ///< rising
    std::set<MessageId> mended_;
};

// ---------------------------------------------------------------- the new library

class Filler {
  public:
    Filler(DamagedFile& file,
           const Findings& found,
           const Mender& mender,
           SQLite::Database& library,
           SalvageReport& report)
        : file_(file), found_(found), mender_(mender), library_(library), report_(report) {}

    bool run(const SalvageProgress& progress, const std::stop_token& stop) {
        std::set<ConversationId> ids;
        for (const auto& [id, place] : found_.conversations) ids.insert(id);
        for (const auto& [id, messages] : mender_.kept()) ids.insert(id);
        std::uint64_t done = 0;
        for (const ConversationId id : ids) {
            const auto kept = mender_.kept().find(id);
            const std::vector<MessageId> none;
            const auto& messages = kept == mender_.kept().end() ? none : kept->second;
            addConversation(id, messages);
            for (const MessageId message : messages) {
                if (stop.stop_requested()) return false;
                addMessage(message, id);
                if (progress && ++done % kStepsBetweenReports == 0)
                    progress(file_.bytes() + file_.bytes() * done / found_.messages.size(),
                             2 * file_.bytes());
            }
        }
        addKeeping(ids);
        return true;
    }

  private:
    void addConversation(ConversationId id, const std::vector<MessageId>& messages) {
        const auto row = found_.conversations.find(id);
        Values v;
        if (row != found_.conversations.end()) v = file_.record(row->second).values;
        if (v.empty()) ++report_.unnamed;
        std::string title = textLeft(v, 1);
        if (title.empty() && v.empty()) title = titleOf(id);
        const auto count = static_cast<std::int64_t>(messages.size());
        const std::int64_t said = integerOf(v, 6);
        constexpr std::int64_t kMostMessages = std::numeric_limits<int>::max();
        if (said > count)
            report_.lostMessages = static_cast<int>(std::min(
                kMostMessages, report_.lostMessages + std::min(said - count, kMostMessages)));
        const bool ordered = is(v, 7, Kind::Integer) && isId(v[7].integer);
        runSql(library_,
               "INSERT INTO conversation (id, title, template_name, system_text, model, "
               "model_facts, message_count, updated, updated_ms, folder, pinned, archived, draft, "
               "settings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
               id,
               title,
               textLeft(v, 2),
               textLeft(v, 3),
               textLeft(v, 4),
               jsonLeft(v, 5, modelFactsFromJson, "{}"),
               count,
               ordered            ? v[7].integer
               : messages.empty() ? id
                                  : messages.back(),
               integerOf(v, 8),
               folderPath(textLeft(v, 9)),
               integerOf(v, 10) != 0 ? 1 : 0,
               integerOf(v, 11) != 0 ? 1 : 0,
               textLeft(v, 12),
               settingsOf(v));
        runSql(library_, "INSERT INTO title_index (rowid, text) VALUES (?, ?)", id, title);
        ++report_.conversations;
    }

    std::string titleOf(ConversationId id) {
        const auto kept = found_.titles.find(id);
        const std::string title =
            kept == found_.titles.end() ? "" : textLeft(file_.record(kept->second).values, 1);
        return title.empty() ? fmt::format("Rescued conversation {}", id) : title;
    }

    static std::string settingsOf(const Values& v) {
        const std::string text = textLeft(v, 13);
        return nlohmann::json::accept(text) ? text : std::string();
    }

    void addMessage(MessageId id, ConversationId conversation) {
        const FoundMessage& message = found_.messages.at(id);
        Values v;
        if (message.row) v = file_.record(*message.row).values;
        bool mended = mender_.isMended(id) || v.empty();
        Statement insert(library_, "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
        insert.bind(1, id);
        insert.bind(2, conversation);
        if (*message.parent != 0) insert.bind(3, *message.parent);
        insert.bind(4, wordOf(*message.role));
        insert.bind(5, wordOf(stateOf(v, mended)));
        if (const auto reason = reasonOf(v, mended)) insert.bind(6, wordOf(*reason));
        insert.bind(7, jsonLeft(v, 6, samplerFromJson, "{}", &mended));
        insert.bind(8, jsonLeft(v, 7, interventionsFromJson, "{}", &mended));
        insert.bind(9, integerOf(v, 8));
        const bool hasRun = is(v, 9, Kind::Text) && !v[9].bytes.empty();
        insert.bind(10, hasRun ? jsonLeft(v, 9, replyRunFromJson, "", &mended) : std::string());
        insert.exec();
        report_.mended += mended ? 1 : 0;
        ++report_.messages;
        addText(id, textLeft(v, 4) == wordOf(MessageState::Streaming));
    }

    static MessageState stateOf(const Values& v, bool& mended) {
        MessageState state = MessageState::Interrupted;
        if (v.empty()) return MessageState::Complete;
        try {
            readWord(textLeft(v, 4), "salvage", state);
        } catch (const Error&) {  // a word that is none
            mended = true;
        }
        return state == MessageState::Streaming ? MessageState::Interrupted : state;
    }

    static std::optional<FinishReason> reasonOf(const Values& v, bool& mended) {
        if (!is(v, 5, Kind::Text)) return std::nullopt;
        FinishReason reason{};
        try {
            readWord(textLeft(v, 5), "salvage", reason);
        } catch (const Error&) {  // a word that is none
            mended = true;
            return std::nullopt;
        }
        return reason;
    }

    // ------------------------------------------------------------ text, tokens and routing

    struct Piece {
        std::string text;
        TokenBlobs blobs;
    };
    struct Content {
        std::vector<Piece> pieces;
        std::string text;
        bool textCut = false;
        bool tokensLost = false;
        bool routingLost = false;
    };

    /// A message that streams has no text yet, or none in the search index.
    void addText(MessageId id, bool streams) {
        Content content = readChunks(id);
        if (content.pieces.empty() && !streams && !found_.texts.contains(id))
            content.textCut = true;
        const auto indexed = found_.texts.find(id);
        bool indexCut = false;
        std::string whole;
        if (indexed != found_.texts.end())
            whole = textLeft(file_.record(indexed->second).values, 1, &indexCut);
        // The search index has the text once more, where the chunks do not have all of it.
        if (whole.size() > content.text.size()) {
            content.text = std::move(whole);
            content.textCut = indexCut;
            content.tokensLost = true;
        } else if (indexed != found_.texts.end() && !indexCut && whole == content.text) {
            content.textCut = false;
        }
        if (content.textCut) content.tokensLost = true;
        if (content.tokensLost) content.pieces = {{content.text, {}}};
        write(id, content);
    }

    Content readChunks(MessageId id) {
        Content content;
        const auto range = std::ranges::equal_range(found_.chunks, id, {}, &FoundChunk::message);
        std::int64_t next = 0;
        for (const FoundChunk& chunk : range) {
            const Values v = file_.record(chunk.place).values;
            Piece piece{.text = textLeft(v, 2, &content.textCut), .blobs = blobsOf(v, content)};
            if (chunk.ordinal != next) content.textCut = true;
            next = chunk.ordinal + 1;
            content.text += piece.text;
            content.pieces.push_back(std::move(piece));
        }
        return content;
    }

    TokenBlobs blobsOf(const Values& v, Content& content) const {
        if (is(v, 3, Kind::Null)) return {};
        TokenBlobs blobs;
        if (is(v, 3, Kind::Blob) && v[3].whole) blobs.tokens = v[3].bytes;
        const bool routed = !is(v, 4, Kind::Null);
        if (is(v, 4, Kind::Blob) && v[4].whole) blobs.routing = v[4].bytes;
        if (decodes({.tokens = blobs.tokens, .routing = {}})) {
            if (!routed || (!blobs.routing.empty() && decodes(blobs))) return blobs;
            content.routingLost = true;
            return {.tokens = std::move(blobs.tokens), .routing = {}};
        }
        content.tokensLost = true;
        return {};
    }

    static bool decodes(const TokenBlobs& blobs) {
        DecodeBudget budget;
        std::vector<TokenRecord> tokens;
        try {
            decodeTokens(blobs, "salvage", budget, tokens);
        } catch (const Error&) {  // the checksum of what was packed tells
            return false;
        }
        return true;
    }

    void write(MessageId id, const Content& content) {
        Statement insert(library_, "INSERT INTO chunk VALUES (?, ?, ?, ?, ?)");
        std::int64_t ordinal = 0;
        for (const Piece& piece : content.pieces) {
            if (piece.text.empty() && piece.blobs.tokens.empty()) continue;
            bindAll(insert, id, ordinal++, piece.text);
            bindBlob(insert, 4, piece.blobs.tokens);
            bindBlob(insert, 5, piece.blobs.routing);
            insert.exec();
            insert.reset();
        }
        runSql(library_, "INSERT INTO message_index (rowid, text) VALUES (?, ?)", id, content.text);
        report_.cutTexts += content.textCut ? 1 : 0;
        if (content.tokensLost && !content.textCut)
            ++report_.withoutTokens;
        else if (content.routingLost && !content.textCut)
            ++report_.withoutRouting;
    }

    // ------------------------------------------------------------ where it is kept

    void addKeeping(const std::set<ConversationId>& ids) {
        for (const auto& [id, tag] : found_.tags)
            if (const std::string name = tagName(tag); !name.empty() && ids.contains(id))
                runSql(library_, "INSERT OR IGNORE INTO tag VALUES (?, ?)", id, name);
        for (const std::string& folder : found_.folders)
            if (!folder.empty())
                runSql(library_, "INSERT OR IGNORE INTO folder VALUES (?)", folder);
        if (!found_.newDraft.empty())
            runSql(
                library_, "INSERT OR REPLACE INTO meta VALUES ('new_draft', ?)", found_.newDraft);
    }

    DamagedFile& file_;
    const Findings& found_;
    const Mender& mender_;
    SQLite::Database& library_;
    SalvageReport& report_;
};

// ---------------------------------------------------------------- files

void requireAbsent(const fs::path& to) {
    std::error_code failure;
    if (fs::exists(fs::symlink_status(to, failure)))
        throw Error(ErrorKind::BadUsage,
                    fmt::format("{}: exists already; name a file that does not", to.string()));
}

void moveTo(const fs::path& from, const fs::path& to) {
    std::error_code failure;
    fs::rename(from, to, failure);
    if (failure)
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: cannot be written ({})", to.string(), failure.message()));
}

/// "library-damaged-2026-11-30.sqlite", with a number where that is taken.
fs::path nameOfDamaged(const fs::path& library) {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm day{};
    ::localtime_r(&now, &day);
    std::array<char, 16> date{};
    std::strftime(date.data(), date.size(), "%Y-%m-%d", &day);
    for (int number = 1;; ++number) {
        const auto name = fmt::format("{}-damaged-{}{}{}",
                                      library.stem().string(),
                                      date.data(),
                                      number == 1 ? std::string() : fmt::format("-{}", number),
                                      library.extension().string());
        std::error_code failure;
        if (!fs::exists(library.parent_path() / name, failure)) return library.parent_path() / name;
    }
}

/// A second name for the same bytes, so that at no moment there is no library; a copy where the
/// file system has no such names.
void keepUnder(const fs::path& library, const fs::path& kept) {
    std::error_code failure;
    fs::create_hard_link(library, kept, failure);
    if (!failure) return;
    fs::copy_file(library, kept, failure);
    if (failure)
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: cannot be written ({})", kept.string(), failure.message()));
    syncToDisk(kept);
}

std::string counted(int count, const char* one, const char* many) {
    return count == 1 ? fmt::format("1 {}", one) : fmt::format("{} {}", count, many);
}

}  // namespace

std::optional<SalvageReport> salvageLibrary(const fs::path& from,
                                            const fs::path& to,
                                            const SalvageProgress& progress,
                                            const std::stop_token& stop) {
    requireAbsent(to);
    DamagedFile file(from);
    auto found = Scan(file, progress, stop).run();
    if (!found) return std::nullopt;
    SalvageReport report;
    Mender mender(*found);
    mender.run();
    if (found->conversations.empty() && mender.kept().empty())
        refuse(ErrorCode::StoreForeign,
               from.string(),
               "holds no conversation that can still be read, so nothing was written");
    const TemporaryFile fresh(to);
    createDatabase(fresh.path(), Journal::WriteAhead);
    const bool whole = withStoreErrors(fresh.path().string(), [&] {
        SQLite::Database library(fresh.path().string(), SQLite::OPEN_READWRITE);
        library.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
        SQLite::Transaction transaction(library, SQLite::TransactionBehavior::IMMEDIATE);
        if (!Filler(file, *found, mender, library, report).run(progress, stop)) return false;
        transaction.commit();
        checkIntegrity(library, fresh.path().string());
        return true;
    });
    if (!whole) return std::nullopt;
    syncToDisk(fresh.path());
    requireAbsent(to);  // nothing else was put there meanwhile
    moveTo(fresh.path(), to);
    syncToDisk(fs::absolute(to).parent_path());
    return report;
}

std::string describe(const SalvageReport& report) {
    std::vector<std::string> lost;
    const auto add = [&](int count, const char* one, const char* many) {
        if (count > 0) lost.push_back(counted(count, one, many));
    };
    add(report.lostMessages, "message is lost", "messages are lost");
    add(report.cutTexts, "message has lost text", "messages have lost text");
    add(report.mended, "message was put back by guess", "messages were put back by guess");
    add(report.withoutTokens,
        "message has its text and no tokens",
        "messages have their text and no tokens");
    add(report.withoutRouting, "message has lost routing", "messages have lost routing");
    add(report.unnamed,
        "conversation has lost its title and settings",
        "conversations have lost their titles and settings");
    return fmt::format(
        "{} with {} rescued; {}",
        counted(report.conversations, "conversation", "conversations"),
        counted(report.messages, "message", "messages"),
        lost.empty() ? "nothing is known to be lost" : fmt::format("{}", fmt::join(lost, ", ")));
}

std::optional<Rescue> rescueInPlace(const fs::path& library, const std::stop_token& stop) {
    const TemporaryFile rescued(library);
    const auto report = salvageLibrary(library, rescued.path(), {}, stop);
    if (!report) return std::nullopt;
    const fs::path kept = nameOfDamaged(library);
    keepUnder(library, kept);
    std::vector<std::string> moved;
    try {
        // Beside another library a log would be taken for that one's.
        for (const char* suffix : {"-wal", "-journal"}) {
            if (!fs::exists(library.string() + suffix)) continue;
            moveTo(library.string() + suffix, kept.string() + suffix);
            moved.emplace_back(suffix);
        }
        moveTo(rescued.path(), library);
    } catch (const std::exception&) {  // as it was
        std::error_code ignored;
        for (const auto& suffix : moved)
            fs::rename(kept.string() + suffix, library.string() + suffix, ignored);
        fs::remove(kept, ignored);
        throw;
    }
    std::error_code ignored;
    fs::remove(library.string() + "-shm", ignored);
    syncToDisk(fs::absolute(library).parent_path());
    return Rescue{*report, kept};
}

}  // namespace gatescope

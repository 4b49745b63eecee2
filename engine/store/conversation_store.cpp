#include "engine/store/conversation_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <sstream>
#include <utility>

#include "engine/check.h"
#include "engine/error_codes.h"
#include "engine/io/shown_text.h"
#include "engine/store/database.h"
#include "engine/store/recording_writer.h"
#include "engine/store/settings_json.h"
#include "engine/store/token_codec.h"

namespace gatescope {
namespace {

using SQLite::Database;
using SQLite::Statement;

// The words an enumeration has in files. Apart from name(): what is shown may change, these cannot.
constexpr std::array<std::pair<Role, const char*>, 2> kRoleWords{
    {{Role::User, "user"}, {Role::Assistant, "assistant"}}};
constexpr std::array<std::pair<MessageState, const char*>, 3> kStateWords{
    {{MessageState::Complete, "complete"},
     {MessageState::Streaming, "streaming"},
     {MessageState::Interrupted, "interrupted"}}};
constexpr std::array<std::pair<FinishReason, const char*>, 6> kReasonWords{
    {{FinishReason::EndOfText, "eos"},
     {FinishReason::StopString, "stop_string"},
     {FinishReason::MaxTokens, "max_tokens"},
     {FinishReason::ContextFull, "context_full"},
     {FinishReason::Stopped, "stopped"},
     {FinishReason::Failed, "failed"}}};

template <class Table, class Value>
const char* wordOf(const Table& table, Value value) {
    for (const auto& [known, word] : table)
        if (known == value) return word;
    GS_CHECK(false);
    return "";
}

template <class Table>
auto valueOf(const Table& table, const std::string& word, const std::string& where) {
    for (const auto& [value, known] : table)
        if (word == known) return value;
    refuse(ErrorCode::StoreDamaged, where, fmt::format("unknown word '{}'", shownText(word)));
}

/// Binds values in order; text by length, so that a NUL inside it is kept.
template <class... Values>
void bindAll(Statement& statement, const Values&... values) {
    int index = 0;
    const auto bindOne = [&](const auto& value) {
        using Value = std::decay_t<decltype(value)>;
        ++index;
        if constexpr (std::is_same_v<Value, std::nullptr_t>)
            statement.bind(index);
        else
            statement.bind(index, value);
    };
    (bindOne(values), ...);
}

template <class... Values>
int run(Database& database, const char* sql, const Values&... values) {
    Statement statement(database, sql);
    bindAll(statement, values...);
    return statement.exec();
}

void bindBlob(Statement& statement, int index, const std::string& blob) {
    if (blob.empty())
        statement.bind(index);
    else
        statement.bind(index, blob.data(), static_cast<int>(blob.size()));
}

std::string blobOf(const SQLite::Column& column) {
    const auto size = static_cast<std::size_t>(column.getBytes());
    const auto* bytes = static_cast<const char*>(column.getBlob());
    return size == 0 ? std::string() : std::string(bytes, size);
}

std::int64_t nowMs() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/// Every word of the query as an FTS5 string that also matches longer words.
/// Source: sqlite.org/fts5.html, "FTS5 Strings" and "FTS5 Prefix Queries".
std::vector<std::string> searchTerms(std::string_view query) {
    std::vector<std::string> terms;
    std::istringstream words{std::string(query)};
    for (std::string word; words >> word;) {
        std::string term = "\"";
        bool hasLetters = false;
        for (const char c : word) {
            if (c == '\0') continue;
            hasLetters |= std::isalnum(static_cast<unsigned char>(c)) != 0 || (c & '\x80') != 0;
            term += c == '"' ? "\"\"" : std::string(1, c);
        }
        if (hasLetters) terms.push_back(term + "\"*");
    }
    return terms;
}

constexpr char kSummaryColumns[] =
    "SELECT id, title, template_name, system_text, model, model_facts, updated_ms, message_count "
    "FROM conversation";

}  // namespace

class ConversationStore::Impl {
  public:
    Impl(Database database, std::string file, Mode mode)
        : database_(std::move(database)), file_(std::move(file)), mode_(mode) {}

    /// One change, all or nothing, durable on return; within asOne() a part of that one.
    template <class Work>
    auto change(const Work& work) {
        GS_CHECK(mode_ == Mode::ReadWrite);
        if (asOne_) return withStoreErrors(file_, work);
        return withStoreErrors(file_, [&] {
            SQLite::Transaction transaction(database_, SQLite::TransactionBehavior::IMMEDIATE);
            if constexpr (std::is_void_v<decltype(work())>) {
                work();
                transaction.commit();
            } else {
                auto result = work();
                transaction.commit();
                return result;
            }
        });
    }

    void asOne(const std::function<void()>& changes) {
        GS_CHECK(!asOne_);
        change([&] {
            const struct Flag {
                bool& on;
                ~Flag() { on = false; }
            } flag{asOne_ = true};
            changes();
        });
    }

    template <class Work>
    auto read(const Work& work) {
        if (asOne_) return withStoreErrors(file_, work);
        return withStoreErrors(file_, [&] {
            SQLite::Transaction oneState(database_);
            return work();
        });
    }

    std::vector<ConversationSummary> summaries(Statement& rows) const {
        std::vector<ConversationSummary> list;
        while (rows.executeStep()) {
            ConversationSummary c;
            c.id = rows.getColumn(0).getInt64();
            c.title = rows.getColumn(1).getString();
            c.templateName = rows.getColumn(2).getString();
            c.systemText = rows.getColumn(3).getString();
            c.model = rows.getColumn(4).getString();
            c.facts = modelFactsFromJson(rows.getColumn(5).getString(),
                                         fmt::format("{}: conversation {}", file_, c.id));
            c.updatedMs = rows.getColumn(6).getInt64();
            c.messageCount = rows.getColumn(7).getInt();
            list.push_back(std::move(c));
        }
        return list;
    }

    void requireConversation(ConversationId id) {
        if (!exists("SELECT 1 FROM conversation WHERE id = ?", id)) noSuch("conversation", id);
    }

    void requireMessage(MessageId id) {
        if (!exists("SELECT 1 FROM message WHERE id = ?", id)) noSuch("message", id);
    }

    void requireParent(MessageId parent, ConversationId conversation) {
        Statement row(database_, "SELECT 1 FROM message WHERE id = ? AND conversation = ?");
        bindAll(row, parent, conversation);
        if (!row.executeStep()) noSuch("parent message", parent);
    }

    void touch(ConversationId id, std::int64_t ms, int newMessages) {
        run(database_,
            "UPDATE conversation SET updated = (SELECT max(updated) FROM conversation) + 1, "
            "updated_ms = ?, message_count = message_count + ? WHERE id = ?",
            ms,
            newMessages,
            id);
    }

    void insertMessage(ConversationId conversation, const Message& m, std::int64_t ms) {
        Statement insert(database_,
                         "INSERT INTO message (conversation, parent, role, state, finish_reason, "
                         "sampler, interventions, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
        insert.bind(1, conversation);
        if (m.parent != 0) insert.bind(2, m.parent);
        insert.bind(3, wordOf(kRoleWords, m.role));
        insert.bind(4, wordOf(kStateWords, m.state));
        if (m.finishReason) insert.bind(5, wordOf(kReasonWords, *m.finishReason));
        insert.bind(6, toJson(m.sampler));
        insert.bind(7, toJson(m.interventions));
        insert.bind(8, ms);
        insert.exec();
    }

    /// Text goes with the first row; the tokens take as many as they need.
    void appendChunks(MessageId id, std::string_view text, std::span<const TokenRecord> tokens) {
        if (text.empty() && tokens.empty()) return;
        Statement insert(database_,
                         "INSERT INTO chunk (message, ordinal, text, tokens, routing) VALUES (?1, "
                         "(SELECT coalesce(max(ordinal) + 1, 0) FROM chunk WHERE message = ?1), "
                         "?2, ?3, ?4)");
        for (const auto& part : splitIntoChunks(tokens)) {
            const TokenBlobs blobs = encodeTokens(part);
            insert.bind(1, id);
            insert.bind(2, std::string(text));
            bindBlob(insert, 3, blobs.tokens);
            bindBlob(insert, 4, blobs.routing);
            insert.exec();
            insert.reset();
            text = {};
        }
    }

    void setState(MessageId id, MessageState state, std::optional<FinishReason> reason) {
        Statement update(database_,
                         "UPDATE message SET state = ?1, finish_reason = ?2 WHERE id = ?3 AND "
                         "(state <> ?1 OR finish_reason IS NOT ?2)");
        update.bind(1, wordOf(kStateWords, state));
        if (reason)
            update.bind(2, wordOf(kReasonWords, *reason));
        else
            update.bind(2);
        update.bind(3, id);
        update.exec();
    }

    void indexMessage(MessageId id) {
        std::string text;
        Statement rows(database_, "SELECT text FROM chunk WHERE message = ? ORDER BY ordinal");
        rows.bind(1, id);
        while (rows.executeStep()) text += rows.getColumn(0).getString();
        run(database_, "DELETE FROM message_index WHERE rowid = ?", id);
        run(database_, "INSERT INTO message_index (rowid, text) VALUES (?, ?)", id, text);
    }

    void indexTitle(ConversationId id, const std::string& title) {
        run(database_, "DELETE FROM title_index WHERE rowid = ?", id);
        run(database_, "INSERT INTO title_index (rowid, text) VALUES (?, ?)", id, title);
    }

    std::vector<Message> messageRows(ConversationId conversation) {
        std::vector<Message> list;
        Statement rows(database_,
                       "SELECT id, coalesce(parent, 0), role, state, finish_reason, sampler, "
                       "interventions, created_ms FROM message WHERE conversation = ? ORDER BY id");
        rows.bind(1, conversation);
        while (rows.executeStep()) {
            Message m;
            m.id = rows.getColumn(0).getInt64();
            const std::string where = placeOf(m.id);
            m.parent = rows.getColumn(1).getInt64();
            m.role = valueOf(kRoleWords, rows.getColumn(2).getString(), where);
            m.state = valueOf(kStateWords, rows.getColumn(3).getString(), where);
            if (!rows.getColumn(4).isNull())
                m.finishReason = valueOf(kReasonWords, rows.getColumn(4).getString(), where);
            m.sampler = samplerFromJson(rows.getColumn(5).getString(), where);
            m.interventions = interventionsFromJson(rows.getColumn(6).getString(), where);
            m.createdMs = rows.getColumn(7).getInt64();
            list.push_back(std::move(m));
        }
        checkTree(list);
        return list;
    }

    /// False: stopped.
    bool readChunks(Message& m, DecodeBudget& budget, const std::stop_token& stop) {
        Statement rows(
            database_,
            "SELECT text, tokens, routing FROM chunk WHERE message = ? ORDER BY ordinal");
        rows.bind(1, m.id);
        while (rows.executeStep()) {
            if (stop.stop_requested()) return false;
            m.text += rows.getColumn(0).getString();
            if (rows.getColumn(1).isNull()) continue;
            const TokenBlobs blobs{.tokens = blobOf(rows.getColumn(1)),
                                   .routing = blobOf(rows.getColumn(2))};
            decodeTokens(blobs, placeOf(m.id), budget, m.tokens);
        }
        return true;
    }

    Database& database() { return database_; }
    const std::string& file() const { return file_; }

  private:
    std::string placeOf(MessageId id) const { return fmt::format("{}: message {}", file_, id); }

    bool exists(const char* sql, std::int64_t id) {
        Statement row(database_, sql);
        row.bind(1, id);
        return row.executeStep();
    }

    [[noreturn]] void noSuch(const char* what, std::int64_t id) const {
        throw Error(ErrorKind::BadUsage, fmt::format("{}: has no {} {}", file_, what, id));
    }

    /// Ids only rise, so a parent is older than its children; that also rules out circles.
    void checkTree(const std::vector<Message>& list) const {
        for (const auto& m : list) {
            const bool known =
                m.parent == 0 || std::ranges::binary_search(list, m.parent, {}, &Message::id);
            if (m.id <= 0 || m.parent >= m.id || m.parent < 0 || !known)
                refuse(ErrorCode::StoreDamaged,
                       placeOf(m.id),
                       fmt::format("parent {}, expected an earlier message of the same "
                                   "conversation",
                                   m.parent));
        }
    }

    Database database_;
    std::string file_;
    Mode mode_;
    bool asOne_ = false;  ///< a transaction is open that several changes share
};

ConversationStore::ConversationStore(const std::filesystem::path& file, Mode mode)
    : impl_(std::make_unique<Impl>(mode == Mode::ReadWrite      ? openForWriting(file)
                                   : mode == Mode::BesideWriter ? openBesideWriter(file)
                                                                : openForReading(file),
                                   file.string(),
                                   mode)) {}
ConversationStore::ConversationStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ConversationStore::~ConversationStore() = default;
ConversationStore::ConversationStore(ConversationStore&&) noexcept = default;

ConversationStore ConversationStore::inMemory() {
    return ConversationStore(
        std::make_unique<Impl>(openInMemory(), "library in memory", Mode::ReadWrite));
}

StoreOrigin ConversationStore::origin() const {
    return impl_->read([&] {
        StoreOrigin origin;
        origin.schemaVersion = impl_->database().execAndGet("PRAGMA user_version").getInt();
        Statement rows(impl_->database(), "SELECT key, value FROM meta");
        while (rows.executeStep()) {
            const std::string key = rows.getColumn(0).getString();
            if (key == "application") origin.application = rows.getColumn(1).getString();
            if (key == "created_ms") origin.createdMs = rows.getColumn(1).getInt64();
        }
        return origin;
    });
}

void ConversationStore::asOne(const std::function<void()>& changes) {
    impl_->asOne(changes);
}

ConversationId ConversationStore::createConversation(const ConversationSummary& c) {
    return impl_->change([&] {
        run(impl_->database(),
            "INSERT INTO conversation (title, template_name, system_text, model, model_facts, "
            "message_count, updated, updated_ms) VALUES (?, ?, ?, ?, ?, 0, "
            "(SELECT coalesce(max(updated), 0) + 1 FROM conversation), ?)",
            c.title,
            c.templateName,
            c.systemText,
            c.model,
            toJson(c.facts),
            c.updatedMs != 0 ? c.updatedMs : nowMs());
        const ConversationId id = impl_->database().getLastInsertRowid();
        impl_->indexTitle(id, c.title);
        return id;
    });
}

void ConversationStore::updateConversation(const ConversationSummary& c) {
    impl_->change([&] {
        impl_->requireConversation(c.id);
        run(impl_->database(),
            "UPDATE conversation SET title = ?, template_name = ?, system_text = ?, model = ?, "
            "model_facts = ? WHERE id = ?",
            c.title,
            c.templateName,
            c.systemText,
            c.model,
            toJson(c.facts),
            c.id);
        impl_->indexTitle(c.id, c.title);
    });
}

void ConversationStore::removeConversation(ConversationId id) {
    impl_->change([&] {
        run(impl_->database(), "DELETE FROM title_index WHERE rowid = ?", id);
        run(impl_->database(),
            "DELETE FROM message_index WHERE rowid IN (SELECT id FROM message WHERE conversation = "
            "?)",
            id);
        run(impl_->database(), "DELETE FROM conversation WHERE id = ?", id);
    });
}

std::vector<ConversationSummary> ConversationStore::conversations() const {
    return impl_->read([&] {
        Statement rows(impl_->database(), std::string(kSummaryColumns) + " ORDER BY updated DESC");
        return impl_->summaries(rows);
    });
}

std::vector<ConversationSummary> ConversationStore::search(std::string_view query) const {
    if (query.find_first_not_of(" \t\r\n") == std::string_view::npos) return conversations();
    const auto terms = searchTerms(query);
    if (terms.empty()) return {};
    std::string sql = kSummaryColumns;
    for (std::size_t i = 0; i < terms.size(); ++i)
        sql += fmt::format(
            "{} id IN (SELECT rowid FROM title_index WHERE title_index MATCH ?{} UNION SELECT "
            "conversation FROM message WHERE id IN (SELECT rowid FROM message_index WHERE "
            "message_index MATCH ?{}))",
            i == 0 ? " WHERE" : " AND",
            i + 1,
            i + 1);
    return impl_->read([&] {
        Statement rows(impl_->database(), sql + " ORDER BY updated DESC");
        for (std::size_t i = 0; i < terms.size(); ++i) rows.bind(static_cast<int>(i) + 1, terms[i]);
        return impl_->summaries(rows);
    });
}

MessageId ConversationStore::addMessage(ConversationId conversation, const Message& message) {
    return impl_->change([&] {
        impl_->requireConversation(conversation);
        if (message.parent != 0) impl_->requireParent(message.parent, conversation);
        const auto ms = message.createdMs != 0 ? message.createdMs : nowMs();
        impl_->insertMessage(conversation, message, ms);
        const MessageId id = impl_->database().getLastInsertRowid();
        impl_->appendChunks(id, message.text, message.tokens);
        if (message.state != MessageState::Streaming) impl_->indexMessage(id);
        impl_->touch(conversation, ms, 1);
        return id;
    });
}

void ConversationStore::appendToMessage(MessageId id,
                                        std::string_view text,
                                        const std::vector<TokenRecord>& tokens,
                                        MessageState state,
                                        std::optional<FinishReason> reason) {
    impl_->change([&] {
        impl_->requireMessage(id);
        impl_->appendChunks(id, text, tokens);
        impl_->setState(id, state, reason);
        if (state != MessageState::Streaming) impl_->indexMessage(id);
    });
}

void ConversationStore::setTokens(MessageId id, const std::vector<TokenRecord>& tokens) {
    impl_->change([&] {
        impl_->requireMessage(id);
        run(impl_->database(), "DELETE FROM chunk WHERE message = ? AND text = ''", id);
        run(impl_->database(),
            "UPDATE chunk SET tokens = NULL, routing = NULL WHERE message = ? AND tokens IS NOT "
            "NULL",
            id);
        impl_->appendChunks(id, {}, tokens);
    });
}

std::vector<Message> ConversationStore::messages(ConversationId conversation) const {
    return *messages(conversation, {});  // nobody stops it
}

std::optional<std::vector<Message>> ConversationStore::messages(ConversationId conversation,
                                                                const std::stop_token& stop) const {
    return impl_->read([&]() -> std::optional<std::vector<Message>> {
        impl_->requireConversation(conversation);
        auto list = impl_->messageRows(conversation);
        DecodeBudget budget;
        for (auto& message : list)
            if (!impl_->readChunks(message, budget, stop)) return std::nullopt;
        return list;
    });
}

void ConversationStore::checkIntegrity() const {
    gatescope::checkIntegrity(impl_->database(), impl_->file());
}

int ConversationStore::markInterrupted() {
    return impl_->change([&] {
        std::vector<MessageId> streaming;
        Statement rows(impl_->database(), "SELECT id FROM message WHERE state = 'streaming'");
        while (rows.executeStep()) streaming.push_back(rows.getColumn(0).getInt64());
        for (const auto id : streaming) {
            impl_->setState(id, MessageState::Interrupted, std::nullopt);
            impl_->indexMessage(id);
        }
        return static_cast<int>(streaming.size());
    });
}

void ConversationStore::saveRecording(ConversationId conversation,
                                      const std::filesystem::path& file) const {
    impl_->read([&] {
        impl_->requireConversation(conversation);
        writeRecording(impl_->database(), conversation, file);
    });
}

}  // namespace gatescope

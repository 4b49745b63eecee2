#pragma once

#include <fmt/format.h>

#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/check.h"
#include "engine/store/conversation_store.h"
#include "engine/store/database.h"
#include "engine/store/schema.h"
#include "engine/store/token_codec.h"

namespace gatescope {

/// What the files conversation_*.cpp share: one connection, and what a row is read from and written
/// to. All of it inside change() or read().
class ConversationStore::Impl {
  public:
    Impl(SQLite::Database database, std::string file, Mode mode)
        : database_(std::move(database)),
          file_(std::move(file)),
          mode_(mode),
          version_(withStoreErrors(file_, [this] { return schemaVersionOf(database_); })) {}

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

    // --- conversations
    /// All of them, or those that `where` leaves, which is SQL behind the table's name; `texts` are
    /// bound to it. Last updated first.
    std::vector<ConversationSummary> summaries(const std::string& where = {},
                                               const std::vector<std::string>& texts = {});
    void requireConversation(ConversationId id);
    void touch(ConversationId id, std::int64_t ms, int newMessages);
    void indexTitle(ConversationId id, const std::string& title);
    void writeTags(ConversationId id, const std::vector<std::string>& tags);
    void addFolder(const std::string& path);

    // --- messages
    void requireMessage(MessageId id);
    void requireParent(MessageId parent, ConversationId conversation);
    void insertMessage(ConversationId conversation, const Message& m, std::int64_t ms);
    /// Text goes with the first row; the tokens take as many as they need.
    void appendChunks(MessageId id, std::string_view text, std::span<const TokenRecord> tokens);
    void setState(MessageId id, MessageState state, std::optional<FinishReason> reason);
    void setRun(MessageId id, const ReplyRun& run);
    void indexMessage(MessageId id);
    /// Without text and tokens.
    std::vector<Message> messageRows(ConversationId conversation);
    /// False: stopped.
    bool readChunks(Message& m, DecodeBudget& budget, const std::stop_token& stop);

    // --- searching
    /// Which conversation each message is in, by rising id of the message.
    struct MessagePlaces {
        struct Place {
            MessageId message;
            std::uint32_t conversation;  ///< index into `conversations`
        };
        std::vector<Place> places;
        std::vector<ConversationId> conversations;
        std::unordered_map<ConversationId, std::size_t> indexOf;  ///< of `conversations`
        void add(MessageId message, ConversationId conversation);
    };
    /// As of now; only what is new is read.
    const MessagePlaces& messagePlaces();
    class SearchRun;

    std::string placeOf(MessageId id) const { return fmt::format("{}: message {}", file_, id); }
    SQLite::Database& database() { return database_; }
    const std::string& file() const { return file_; }
    int version() const { return version_; }  ///< of the schema; never older where it is written to

  private:
    bool exists(const char* sql, std::int64_t id);
    [[noreturn]] void noSuch(const char* what, std::int64_t id) const;
    void checkTree(const std::vector<Message>& list) const;
    void readTags(std::vector<ConversationSummary>& list);

    SQLite::Database database_;
    std::string file_;
    Mode mode_;
    int version_;
    bool asOne_ = false;           ///< a transaction is open that several changes share
    MessagePlaces messagePlaces_;  ///< as far as a search has asked
};

}  // namespace gatescope

#include "engine/store/conversation_store.h"

#include <utility>

#include "engine/store/conversation_store_impl.h"
#include "engine/store/newer_library.h"
#include "engine/store/recording_writer.h"
#include "engine/store/settings_json.h"
#include "engine/store/store_rows.h"

namespace gatescope {

using SQLite::Statement;

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

ConversationStore ConversationStore::copyOfNewer(const std::filesystem::path& library) {
    return ConversationStore(std::make_unique<Impl>(
        openCopyOfNewer(library), "copy of " + library.string(), Mode::ReadWrite));
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
        runSql(
            impl_->database(),
            "INSERT INTO conversation (title, template_name, system_text, model, model_facts, "
            "message_count, updated, updated_ms, folder, pinned, archived, draft, settings) VALUES "
            "(?, ?, ?, ?, ?, 0, (SELECT coalesce(max(updated), 0) + 1 FROM conversation), ?, ?, ?, "
            "?, ?, ?)",
            c.title,
            c.templateName,
            c.systemText,
            c.model,
            toJson(c.facts),
            c.updatedMs != 0 ? c.updatedMs : nowMs(),
            folderPath(c.folder),
            c.pinned ? 1 : 0,
            c.archived ? 1 : 0,
            c.draft,
            c.settingsJson);
        const ConversationId id = impl_->database().getLastInsertRowid();
        impl_->indexTitle(id, c.title);
        impl_->writeTags(id, c.tags);
        impl_->addFolder(folderPath(c.folder));
        return id;
    });
}

void ConversationStore::updateConversation(const ConversationSummary& c) {
    impl_->change([&] {
        impl_->requireConversation(c.id);
        runSql(impl_->database(),
               "UPDATE conversation SET title = ?, template_name = ?, system_text = ?, model = ?, "
               "model_facts = ?, settings = ? WHERE id = ?",
               c.title,
               c.templateName,
               c.systemText,
               c.model,
               toJson(c.facts),
               c.settingsJson,
               c.id);
        impl_->indexTitle(c.id, c.title);
    });
}

void ConversationStore::removeConversation(ConversationId id) {
    impl_->change([&] {
        runSql(impl_->database(), "DELETE FROM title_index WHERE rowid = ?", id);
        runSql(
            impl_->database(),
            "DELETE FROM message_index WHERE rowid IN (SELECT id FROM message WHERE conversation = "
            "?)",
            id);
        runSql(impl_->database(), "DELETE FROM conversation WHERE id = ?", id);
    });
}

std::vector<ConversationSummary> ConversationStore::conversations() const {
    return impl_->read([&] { return impl_->summaries(); });
}

std::optional<ConversationSummary> ConversationStore::conversation(ConversationId id) const {
    auto found = impl_->read([&] { return impl_->summaries(fmt::format(" WHERE id = {}", id)); });
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
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
                                        std::optional<FinishReason> reason,
                                        const std::optional<ReplyRun>& run) {
    impl_->change([&] {
        impl_->requireMessage(id);
        impl_->appendChunks(id, text, tokens);
        impl_->setState(id, state, reason);
        if (run) impl_->setRun(id, *run);
        if (state != MessageState::Streaming) impl_->indexMessage(id);
    });
}

void ConversationStore::setTokens(MessageId id, const std::vector<TokenRecord>& tokens) {
    impl_->change([&] {
        impl_->requireMessage(id);
        runSql(impl_->database(), "DELETE FROM chunk WHERE message = ? AND text = ''", id);
        runSql(impl_->database(),
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
        writeRecording(impl_->database(), impl_->version(), conversation, file);
    });
}

}  // namespace gatescope

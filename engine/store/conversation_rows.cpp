#include <algorithm>
#include <map>

#include "engine/error_codes.h"
#include "engine/store/conversation_store_impl.h"
#include "engine/store/settings_json.h"
#include "engine/store/store_rows.h"

namespace gatescope {

using SQLite::Statement;

// ---------------------------------------------------------------- conversations

std::vector<ConversationSummary> ConversationStore::Impl::summaries(
    const std::string& where, const std::vector<std::string>& texts) {
    const char* kept =
        version_ < 2 ? "'', 0, 0, '', ''" : "folder, pinned, archived, draft, settings";
    Statement rows(database_,
                   fmt::format("SELECT id, title, template_name, system_text, model, model_facts, "
                               "updated_ms, message_count, {} FROM conversation{} ORDER BY updated "
                               "DESC",
                               kept,
                               where));
    for (std::size_t i = 0; i < texts.size(); ++i) rows.bind(static_cast<int>(i) + 1, texts[i]);
    std::vector<ConversationSummary> list;
    std::map<std::string, ModelFacts> facts;  // a library has few models: each is parsed once
    while (rows.executeStep()) {
        ConversationSummary c;
        c.id = rows.getColumn(0).getInt64();
        c.title = rows.getColumn(1).getString();
        c.templateName = rows.getColumn(2).getString();
        c.systemText = rows.getColumn(3).getString();
        c.model = rows.getColumn(4).getString();
        const std::string json = rows.getColumn(5).getString();
        auto known = facts.find(json);
        if (known == facts.end()) {
            const std::string place = fmt::format("{}: conversation {}", file_, c.id);
            known = facts.emplace(json, modelFactsFromJson(json, place)).first;
        }
        c.facts = known->second;
        c.updatedMs = rows.getColumn(6).getInt64();
        c.messageCount = rows.getColumn(7).getInt();
        c.folder = folderPath(rows.getColumn(8).getString());
        c.pinned = rows.getColumn(9).getInt() != 0;
        c.archived = rows.getColumn(10).getInt() != 0;
        c.draft = rows.getColumn(11).getString();
        c.settingsJson = rows.getColumn(12).getString();
        list.push_back(std::move(c));
    }
    if (version_ >= 2) readTags(list);
    return list;
}

void ConversationStore::Impl::readTags(std::vector<ConversationSummary>& list) {
    std::map<ConversationId, std::vector<std::string>> tags;
    Statement rows(database_, "SELECT conversation, name FROM tag ORDER BY conversation, name");
    while (rows.executeStep())
        tags[rows.getColumn(0).getInt64()].push_back(rows.getColumn(1).getString());
    if (tags.empty()) return;
    for (auto& c : list)
        if (const auto found = tags.find(c.id); found != tags.end()) c.tags = found->second;
}

void ConversationStore::Impl::requireConversation(ConversationId id) {
    if (!exists("SELECT 1 FROM conversation WHERE id = ?", id)) noSuch("conversation", id);
}

void ConversationStore::Impl::touch(ConversationId id, std::int64_t ms, int newMessages) {
    runSql(database_,
           "UPDATE conversation SET updated = (SELECT max(updated) FROM conversation) + 1, "
           "updated_ms = ?, message_count = message_count + ? WHERE id = ?",
           ms,
           newMessages,
           id);
}

void ConversationStore::Impl::indexTitle(ConversationId id, const std::string& title) {
    runSql(database_, "DELETE FROM title_index WHERE rowid = ?", id);
    runSql(database_, "INSERT INTO title_index (rowid, text) VALUES (?, ?)", id, title);
}

void ConversationStore::Impl::writeTags(ConversationId id, const std::vector<std::string>& tags) {
    runSql(database_, "DELETE FROM tag WHERE conversation = ?", id);
    for (const auto& tag : tags)
        if (const std::string name = tagName(tag); !name.empty())
            runSql(database_, "INSERT OR IGNORE INTO tag VALUES (?, ?)", id, name);
}

// ---------------------------------------------------------------- messages

void ConversationStore::Impl::requireMessage(MessageId id) {
    if (!exists("SELECT 1 FROM message WHERE id = ?", id)) noSuch("message", id);
}

void ConversationStore::Impl::requireParent(MessageId parent, ConversationId conversation) {
    Statement row(database_, "SELECT 1 FROM message WHERE id = ? AND conversation = ?");
    bindAll(row, parent, conversation);
    if (!row.executeStep()) noSuch("parent message", parent);
}

void ConversationStore::Impl::insertMessage(ConversationId conversation,
                                            const Message& m,
                                            std::int64_t ms) {
    Statement insert(database_,
                     "INSERT INTO message (conversation, parent, role, state, finish_reason, "
                     "sampler, interventions, created_ms, run) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, conversation);
    if (m.parent != 0) insert.bind(2, m.parent);
    insert.bind(3, wordOf(m.role));
    insert.bind(4, wordOf(m.state));
    if (m.finishReason) insert.bind(5, wordOf(*m.finishReason));
    insert.bind(6, toJson(m.sampler));
    insert.bind(7, toJson(m.interventions));
    insert.bind(8, ms);
    insert.bind(9, m.run ? toJson(*m.run) : std::string());
    insert.exec();
}

void ConversationStore::Impl::appendChunks(MessageId id,
                                           std::string_view text,
                                           std::span<const TokenRecord> tokens) {
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

void ConversationStore::Impl::setState(MessageId id,
                                       MessageState state,
                                       std::optional<FinishReason> reason) {
    Statement update(database_,
                     "UPDATE message SET state = ?1, finish_reason = ?2 WHERE id = ?3 AND "
                     "(state <> ?1 OR finish_reason IS NOT ?2)");
    update.bind(1, wordOf(state));
    if (reason)
        update.bind(2, wordOf(*reason));
    else
        update.bind(2);
    update.bind(3, id);
    update.exec();
}

void ConversationStore::Impl::setRun(MessageId id, const ReplyRun& run) {
    runSql(database_, "UPDATE message SET run = ? WHERE id = ?", toJson(run), id);
}

void ConversationStore::Impl::indexMessage(MessageId id) {
    std::string text;
    Statement rows(database_, "SELECT text FROM chunk WHERE message = ? ORDER BY ordinal");
    rows.bind(1, id);
    while (rows.executeStep()) text += rows.getColumn(0).getString();
    runSql(database_, "DELETE FROM message_index WHERE rowid = ?", id);
    runSql(database_, "INSERT INTO message_index (rowid, text) VALUES (?, ?)", id, text);
}

std::vector<Message> ConversationStore::Impl::messageRows(ConversationId conversation) {
    std::vector<Message> list;
    Statement rows(database_,
                   fmt::format("SELECT id, coalesce(parent, 0), role, state, finish_reason, "
                               "sampler, interventions, created_ms, {} FROM message WHERE "
                               "conversation = ? ORDER BY id",
                               version_ < 2 ? "''" : "run"));
    rows.bind(1, conversation);
    while (rows.executeStep()) {
        Message m;
        m.id = rows.getColumn(0).getInt64();
        const std::string where = placeOf(m.id);
        m.parent = rows.getColumn(1).getInt64();
        readWord(rows.getColumn(2).getString(), where, m.role);
        readWord(rows.getColumn(3).getString(), where, m.state);
        if (!rows.getColumn(4).isNull())
            readWord(rows.getColumn(4).getString(), where, m.finishReason.emplace());
        m.sampler = samplerFromJson(rows.getColumn(5).getString(), where);
        m.interventions = interventionsFromJson(rows.getColumn(6).getString(), where);
        m.createdMs = rows.getColumn(7).getInt64();
        if (const std::string run = rows.getColumn(8).getString(); !run.empty())
            m.run = replyRunFromJson(run, where);
        list.push_back(std::move(m));
    }
    checkTree(list);
    return list;
}

bool ConversationStore::Impl::readChunks(Message& m,
                                         DecodeBudget& budget,
                                         const std::stop_token& stop) {
    Statement rows(database_,
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

bool ConversationStore::Impl::exists(const char* sql, std::int64_t id) {
    Statement row(database_, sql);
    row.bind(1, id);
    return row.executeStep();
}

void ConversationStore::Impl::noSuch(const char* what, std::int64_t id) const {
    throw Error(ErrorKind::BadUsage, fmt::format("{}: has no {} {}", file_, what, id));
}

/// Ids only rise, so a parent is older than its children; that also rules out circles.
void ConversationStore::Impl::checkTree(const std::vector<Message>& list) const {
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

}  // namespace gatescope

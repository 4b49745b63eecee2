#include "engine/store/recording_writer.h"

#include <fmt/format.h>

#include <array>

#include "engine/error.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using SQLite::Database;
using SQLite::Statement;

/// A table's rows of one conversation, in an order in which parents come first. Where a person
/// keeps it (folder, tags, draft, ...) is nobody else's business and is not copied.
struct CopiedTable {
    const char* select;
    const char* selectOfVersion1;  ///< null: the same
    const char* insert;
    const char* count;
};

constexpr std::array<CopiedTable, 5> kTables{{
    {"SELECT id, title, template_name, system_text, model, model_facts, message_count, updated, "
     "updated_ms, settings FROM conversation WHERE id = ?",
     "SELECT id, title, template_name, system_text, model, model_facts, message_count, updated, "
     "updated_ms, '' FROM conversation WHERE id = ?",
     "INSERT INTO conversation (id, title, template_name, system_text, model, model_facts, "
     "message_count, updated, updated_ms, settings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
     "SELECT count(*) FROM conversation WHERE id = ?"},
    {"SELECT id, conversation, parent, role, iif(state = 'streaming', 'interrupted', state), "
     "finish_reason, sampler, interventions, created_ms, run FROM message WHERE conversation = ? "
     "ORDER BY id",
     "SELECT id, conversation, parent, role, iif(state = 'streaming', 'interrupted', state), "
     "finish_reason, sampler, interventions, created_ms, '' FROM message WHERE conversation = ? "
     "ORDER BY id",
     "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
     "SELECT count(*) FROM message WHERE conversation = ?"},
    {"SELECT message, ordinal, text, tokens, routing FROM chunk WHERE message IN (SELECT id FROM "
     "message WHERE conversation = ?) ORDER BY message, ordinal",
     nullptr,
     "INSERT INTO chunk VALUES (?, ?, ?, ?, ?)",
     "SELECT count(*) || ' ' || total(length(text)) || ' ' || total(length(tokens)) || ' ' || "
     "total(length(routing)) FROM chunk WHERE message IN (SELECT id FROM message WHERE "
     "conversation = ?)"},
    {"SELECT rowid, text FROM title_index WHERE rowid = ?",
     nullptr,
     "INSERT INTO title_index (rowid, text) VALUES (?, ?)",
     "SELECT count(*) FROM title_index WHERE rowid = ?"},
    {"SELECT rowid, text FROM message_index WHERE rowid IN (SELECT id FROM message WHERE "
     "conversation = ?)",
     nullptr,
     "INSERT INTO message_index (rowid, text) VALUES (?, ?)",
     "SELECT count(*) FROM message_index WHERE rowid IN (SELECT id FROM message WHERE "
     "conversation = ?)"},
}};

void bindColumn(Statement& insert, int index, const SQLite::Column& value) {
    if (value.isNull())
        insert.bind(index);
    else if (value.isInteger())
        insert.bind(index, value.getInt64());
    else if (value.isText())
        insert.bind(index, value.getString());
    else
        insert.bind(index, value.getBlob(), value.getBytes());
}

const char* selectOf(const CopiedTable& table, int version) {
    return version < 2 && table.selectOfVersion1 != nullptr ? table.selectOfVersion1 : table.select;
}

void copyTable(Statement& rows, Database& to, const CopiedTable& table, ConversationId id) {
    Statement insert(to, table.insert);
    rows.bind(1, id);
    while (rows.executeStep()) {
        for (int i = 0; i < rows.getColumnCount(); ++i)
            bindColumn(insert, i + 1, rows.getColumn(i));
        insert.exec();
        insert.reset();
    }
}

void copyConversation(Database& library, int version, ConversationId id, const fs::path& file) {
    withStoreErrors(file.string(), [&] {
        Database recording(file.string(), SQLite::OPEN_READWRITE);
        recording.exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
        SQLite::Transaction transaction(recording, SQLite::TransactionBehavior::IMMEDIATE);
        for (const auto& table : kTables) {
            Statement rows(library, selectOf(table, version));
            copyTable(rows, recording, table, id);
        }
        transaction.commit();
    });
}

std::string countOf(Database& database, const CopiedTable& table, ConversationId id) {
    Statement row(database, table.count);
    row.bind(1, id);
    row.executeStep();
    return row.getColumn(0).getString();
}

/// Reads the copy back the way a reader will.
void verifyCopy(Database& library, ConversationId id, const fs::path& file) {
    Database copy = openForReading(file);
    checkIntegrity(copy, file.string());
    for (const auto& table : kTables)
        if (countOf(library, table, id) != countOf(copy, table, id))
            throw Error(ErrorKind::DeviceFault,
                        fmt::format("{}: what was written does not read back; the disk lost part "
                                    "of it, save the recording again elsewhere",
                                    file.string()));
}

}  // namespace

void writeRecording(Database& library,
                    int version,
                    ConversationId conversation,
                    const fs::path& file) {
    const TemporaryFile copy(file);
    createDatabase(copy.path(), Journal::Rollback);
    copyConversation(library, version, conversation, copy.path());
    syncToDisk(copy.path());
    verifyCopy(library, conversation, copy.path());
    std::error_code failure;
    fs::rename(copy.path(), file, failure);
    if (failure)
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: cannot be written ({})", file.string(), failure.message()));
    syncToDisk(fs::absolute(file).parent_path());
}

}  // namespace gatescope

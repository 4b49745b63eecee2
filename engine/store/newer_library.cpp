#include "engine/store/newer_library.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "engine/error_codes.h"
#include "engine/store/database.h"
#include "engine/store/schema.h"
#include "engine/store/schema_sql.h"

namespace gatescope {
namespace {

/// Whose rows are copied. Of `meta`, which says who made a file, only the draft is.
constexpr std::array kCopiedTables{"conversation", "message", "chunk", "folder", "tag"};

/// Those that are not computed.
std::vector<std::string> storedColumns(SQLite::Database& database, const std::string& table) {
    std::vector<std::string> columns;
    SQLite::Statement rows(database, "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0");
    rows.bind(1, table);
    while (rows.executeStep()) columns.push_back(rows.getColumn(0).getString());
    return columns;
}

bool isTable(SQLite::Database& database, const std::string& name) {
    SQLite::Statement row(database,
                          "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? AND sql "
                          "NOT LIKE 'CREATE VIRTUAL%'");
    row.bind(1, name);
    return row.executeStep();
}

/// With their values as they are.
void copyRows(SQLite::Database& from, SQLite::Database& to, const std::string& table) {
    const std::vector<std::string> columns = storedColumns(to, table);
    const auto list = fmt::format("\"{}\"", fmt::join(columns, "\", \""));
    SQLite::Statement read(from, fmt::format("SELECT {} FROM \"{}\"", list, table));
    SQLite::Statement write(
        to,
        fmt::format("INSERT INTO \"{}\" ({}) VALUES ({})",
                    table,
                    list,
                    fmt::join(std::vector<const char*>(columns.size(), "?"), ", ")));
    while (read.executeStep()) {
        for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
            const auto value = read.getColumn(i);
            switch (value.getType()) {
                case SQLITE_INTEGER:
                    write.bind(i + 1, value.getInt64());
                    break;
                case SQLITE_FLOAT:
                    write.bind(i + 1, value.getDouble());
                    break;
                case SQLITE_TEXT:
                    write.bind(i + 1, value.getString());
                    break;
                case SQLITE_BLOB:
                    write.bind(i + 1, value.getBlob(), value.getBytes());
                    break;
                default:
                    write.bind(i + 1);
                    break;
            }
        }
        write.exec();
        write.reset();
    }
}

void requireOurColumns(SQLite::Database& newer, SQLite::Database& ours, const std::string& file) {
    std::vector<std::string> tables(kCopiedTables.begin(), kCopiedTables.end());
    tables.emplace_back("meta");
    for (const std::string& table : tables) {
        const std::vector<std::string> there = storedColumns(newer, table);
        for (const auto& column : storedColumns(ours, table))
            if (!isTable(newer, table) || std::ranges::find(there, column) == there.end())
                refuse(ErrorCode::StoreNewer,
                       file,
                       fmt::format("was written by {} (schema {}), and {}.{}, which this Gatescope "
                                   "{} reads, is not in it",
                                   applicationOf(newer),
                                   schemaVersionOf(newer),
                                   table,
                                   column,
                                   kApplicationVersion));
    }
}

}  // namespace

SQLite::Database openCopyOfNewer(const std::filesystem::path& library) {
    SQLite::Database newer = openUnchecked(library);
    return withStoreErrors(library.string(), [&] {
        const SQLite::Transaction oneState(newer);
        SQLite::Database copy = openTemporary();
        requireOurColumns(newer, copy, library.string());
        SQLite::Transaction all(copy);
        copy.exec("PRAGMA defer_foreign_keys = ON");  // a message may refer to a later one
        for (const char* table : kCopiedTables) copyRows(newer, copy, table);
        SQLite::Statement draft(newer, "SELECT value FROM meta WHERE key = 'new_draft'");
        if (draft.executeStep()) {
            SQLite::Statement keep(copy, "INSERT OR REPLACE INTO meta VALUES ('new_draft', ?)");
            keep.bind(1, draft.getColumn(0).getString());
            keep.exec();
        }
        copy.exec(
            "INSERT INTO title_index (rowid, text) SELECT id, title FROM conversation;"
            "INSERT INTO message_index (rowid, text) SELECT message, group_concat(text, '') FROM "
            "(SELECT message, text FROM chunk ORDER BY message, ordinal) GROUP BY message");
        all.commit();
        return copy;
    });
}

}  // namespace gatescope

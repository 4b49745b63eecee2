#include "engine/store/schema.h"

#include <SQLiteCpp/Backup.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>

#include "engine/error_codes.h"
#include "engine/io/shown_text.h"
#include "engine/store/database.h"
#include "engine/store/schema_sql.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

/// Step N leads from version N to N + 1; the first one from an empty file.
constexpr std::array<const char*, kSchemaVersion> kSteps{kSchemaSql, kSchema2Sql};

void takeSteps(SQLite::Database& database, int from, int to) {
    for (int step = from; step < to; ++step)
        database.exec(kSteps.at(static_cast<std::size_t>(step)));
    database.exec(fmt::format("PRAGMA user_version = {}", to));
}

bool isSearchShadow(const std::string& table) {
    return table.starts_with("title_index_") || table.starts_with("message_index_");
}

using Schema = std::map<std::string, std::string>;

/// name -> type and SQL of everything in the schema but what SQLite and its search make themselves.
Schema schemaOf(SQLite::Database& database) {
    Schema schema;
    SQLite::Statement rows(database, "SELECT name, type, coalesce(sql, '') FROM sqlite_schema");
    while (rows.executeStep()) {
        const std::string name = rows.getColumn(0).getString();
        const std::string type = rows.getColumn(1).getString();
        const bool ownedBySqlite = name.starts_with("sqlite_") || isSearchShadow(name);
        if (ownedBySqlite && (type == "table" || type == "index")) continue;
        schema[name] = type + ' ' + rows.getColumn(2).getString();
    }
    return schema;
}

const Schema& expectedSchema(int version) {
    static const auto all = [] {
        std::array<Schema, kSchemaVersion> schemas;
        for (int v = 1; v <= kSchemaVersion; ++v) {
            SQLite::Database fresh(":memory:", SQLite::OPEN_READWRITE);
            takeSteps(fresh, 0, v);
            schemas.at(static_cast<std::size_t>(v - 1)) = schemaOf(fresh);
        }
        return schemas;
    }();
    return all.at(static_cast<std::size_t>(version - 1));
}

void writeMeta(SQLite::Database& database) {
    using namespace std::chrono;
    const auto now = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
    SQLite::Statement insert(database, "INSERT INTO meta (key, value) VALUES (?, ?)");
    const std::map<std::string, std::string> meta{
        {"application", fmt::format("Gatescope {}", kApplicationVersion)},
        {"created_ms", std::to_string(now)}};
    for (const auto& [key, value] : meta) {
        insert.bind(1, key);
        insert.bind(2, value);
        insert.exec();
        insert.reset();
    }
}

/// Not there yet: an earlier copy may be of something else.
fs::path nameOfCopy(const fs::path& file) {
    for (int number = 1;; ++number) {
        const auto name = fmt::format("{}-before-v{}{}{}",
                                      file.stem().string(),
                                      kSchemaVersion,
                                      number == 1 ? std::string() : fmt::format("-{}", number),
                                      file.extension().string());
        if (!fs::exists(file.parent_path() / name)) return file.parent_path() / name;
    }
}

/// Whole under its name or not there at all.
void copyBeside(SQLite::Database& database, const fs::path& file) {
    const TemporaryFile copy(file);
    {
        SQLite::Database to(copy.path().string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        to.exec("PRAGMA synchronous = FULL");
        SQLite::Backup(to, database).executeStep(-1);
    }
    syncToDisk(copy.path());
    std::error_code failure;
    fs::rename(copy.path(), nameOfCopy(file), failure);
    if (failure)
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: cannot be copied before it is brought to this version ({})",
                                file.string(),
                                failure.message()));
    syncToDisk(fs::absolute(file).parent_path());
}

}  // namespace

std::string applicationOf(SQLite::Database& database) {
    if (!database.tableExists("meta")) return "another program";
    SQLite::Statement row(database, "SELECT value FROM meta WHERE key = 'application'");
    return row.executeStep() ? shownText(row.getColumn(0).getString()) : "another program";
}

/// A file that was made before there was a number is of the first version.
int schemaVersionOf(SQLite::Database& database) {
    return std::max(1, database.execAndGet("PRAGMA user_version").getInt());
}

void installSchema(SQLite::Database& database) {
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    takeSteps(database, 0, kSchemaVersion);
    database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
    writeMeta(database);
    transaction.commit();
}

void checkSchema(SQLite::Database& database, const std::string& file) {
    const int version = schemaVersionOf(database);
    if (version > kSchemaVersion)
        refuse(ErrorCode::StoreNewer,
               file,
               fmt::format("written by {} (schema {}), this is Gatescope {}, which reads schema {} "
                           "and older",
                           applicationOf(database),
                           version,
                           kApplicationVersion,
                           kSchemaVersion));
    const Schema& expected = expectedSchema(version);
    const Schema found = schemaOf(database);
    for (const auto& [name, sql] : expected)
        if (!found.contains(name) || found.at(name) != sql)
            refuse(
                ErrorCode::StoreSchema,
                file,
                fmt::format(
                    "\"{}\" is missing or is not Gatescope's; expected schema {}", name, version));
    for (const auto& [name, sql] : found)
        if (!expected.contains(name))
            refuse(ErrorCode::StoreSchema,
                   file,
                   fmt::format("holds \"{}\", which is not Gatescope's", shownText(name)));
}

void upgradeLibrary(SQLite::Database& database, const fs::path& file) {
    if (schemaVersionOf(database) == kSchemaVersion) return;
    copyBeside(database, file);
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    const int version = schemaVersionOf(database);  // another process may have been first
    if (version < kSchemaVersion) takeSteps(database, version, kSchemaVersion);
    transaction.commit();
}

}  // namespace gatescope

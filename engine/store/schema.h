#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <string>

namespace gatescope {

// What stands in a file of ours, and how an older one becomes one of today. Only engine/store
// includes this. SQLite's own exceptions pass: callers turn them into Errors.

inline constexpr int kSchemaVersion = 2;

/// Of a file that checkSchema() took.
int schemaVersionOf(SQLite::Database& database);

/// Who made a file: "Gatescope 0.1.0".
std::string applicationOf(SQLite::Database& database);

/// Makes all tables in an empty file and says whose it is, in one transaction.
void installSchema(SQLite::Database& database);

/// Compares with the schema of the version that the file says it has. One that differs in a single
/// letter is refused: triggers, views and generated columns are programs, and a file's programs are
/// not run. Throws Error(BadInput) for that, and for a newer version, naming the program.
void checkSchema(SQLite::Database& database, const std::string& file);

/// Brings a library of an older version to kSchemaVersion: copies it to NAME-before-vN.db beside it
/// (never over another file), then changes it in one transaction. A process that dies on the way
/// leaves it as it was, and perhaps the copy. Throws Error(DeviceFault), and then nothing changed.
/// Two processes may try at once. Does nothing when it is of today.
void upgradeLibrary(SQLite::Database& database, const std::filesystem::path& file);

}  // namespace gatescope

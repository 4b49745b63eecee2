#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>

namespace gatescope {

/// What this version can read of a library of a newer Gatescope: its rows, as far as the tables and
/// columns of kSchemaVersion are in it, in a database of this version that is gone with the
/// connection. The library is only read, and its programs (triggers, views, generated columns) are
/// not run. Small libraries stay in memory; SQLite keeps larger ones in a file without a name.
/// Throws Error(BadInput) for a library that lacks one of them or is damaged, Error(DeviceFault).
SQLite::Database openCopyOfNewer(const std::filesystem::path& library);

}  // namespace gatescope

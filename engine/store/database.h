#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace gatescope {

// How the store opens SQLite files and what it says when they fail. Only engine/store includes
// this. A connection belongs to one thread.

inline constexpr int kApplicationId = 0x47534350;  ///< "GSCP", in the header of every file of ours

/// Throws the Error that a failed SQLite call means: BadInput for a damaged or foreign file,
/// NoMemory, DeviceFault for a full or failing disk, a lock, a missing permission.
[[noreturn]] void throwStoreError(const std::string& file, const SQLite::Exception& error);

/// Runs `work`; what SQLite throws becomes an Error that names `file`.
template <class Work>
auto withStoreErrors(const std::string& file, Work&& work) {
    // A border: one place where the library's exception becomes ours.
    try {
        return std::forward<Work>(work)();
    } catch (const SQLite::Exception& error) {
        throwStoreError(file, error);
    }
}

/// A file beside `file` under a name nobody else uses, to be written whole and then renamed. What
/// is still there when this object goes, SQLite's journals included, is removed.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::filesystem::path& file);
    ~TemporaryFile();
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

enum class Journal {
    Rollback,   ///< recordings: nothing beside the file, so it opens on a read-only medium
    WriteAhead  ///< the library
};

/// A new file with the schema and nothing else, durable when this returns; it must not exist.
void createDatabase(const std::filesystem::path& file, Journal journal);

/// Opens the library for writing: creates it (and its folder) if absent; WAL, synchronous=FULL,
/// foreign keys, 5 s busy wait. The file is examined read-only first, so that one that is refused
/// stays byte-identical; one of an older version is then brought to this one (upgradeLibrary()).
SQLite::Database openForWriting(const std::filesystem::path& file);

/// Opens a library or recording without ever writing, not even beside it: a file without a WAL is
/// opened as immutable, so it may lie on a read-only medium.
SQLite::Database openForReading(const std::filesystem::path& file);

/// Opens a library for reading while another connection of this process writes to it: each
/// transaction sees what was committed when it began, and neither waits for the other.
SQLite::Database openBesideWriter(const std::filesystem::path& file);

/// Opens a library or recording for reading whose schema nobody has compared with ours: only for
/// asking what is in it.
SQLite::Database openUnchecked(const std::filesystem::path& file);

/// A library that lives as long as the connection.
SQLite::Database openInMemory();
/// The same; what memory should not hold is in a file without a name.
SQLite::Database openTemporary();

/// SQLite's full integrity check and its check of references. Throws Error(BadInput) with the first
/// complaint.
void checkIntegrity(SQLite::Database& database, const std::string& file);

/// Forces a file's or folder's bytes to the disk. Throws Error(DeviceFault).
void syncToDisk(const std::filesystem::path& path);

}  // namespace gatescope

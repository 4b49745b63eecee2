#include "engine/store/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <random>
#include <string_view>
#include <utility>

#include "engine/error_codes.h"
#include "engine/io/shown_text.h"
#include "engine/model/weights_assembly.h"
#include "engine/store/schema.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

constexpr int kBusyMs = 5000;
/// A commit while a reply streams writes whole pages: with SQLite's own 4096 bytes a chat with the
/// bundled model (12 tokens a commit) writes 23 kB a commit, with 1024 it writes 8 kB.
constexpr int kPageBytes = 1024;
constexpr int kWalBytes = 4 << 20;
/// No text or blob in a file may be larger; we never write one near it.
constexpr int kLargestValue = 256 << 20;
/// Up to here the pages' structure is checked at every start (up to 5 ms a MiB); a larger library
/// shows its damage when the damaged page is read.
constexpr std::uintmax_t kQuickCheckBytes = std::uintmax_t{64} << 20U;

// ---------------------------------------------------------------- before SQLite sees the file

/// The fields of SQLite's 100-byte header that tell whose file it is.
/// Source: sqlite.org/fileformat2.html, "The Database Header".
struct FileHeader {
    std::uint32_t applicationId, userVersion, pageBytes, pages;
    bool pagesValid;
};

std::uint32_t bigEndian(const std::array<unsigned char, 100>& bytes, std::size_t at) {
    return (std::uint32_t{bytes[at]} << 24U) | (std::uint32_t{bytes[at + 1]} << 16U) |
           (std::uint32_t{bytes[at + 2]} << 8U) | bytes[at + 3];
}

FileHeader readHeader(const fs::path& path) {
    const std::string file = path.string();
    std::error_code failure;
    if (!fs::exists(path, failure)) refuse(ErrorCode::StoreForeign, file, "no such file");
    if (!fs::is_regular_file(path, failure))
        refuse(ErrorCode::StoreForeign, file, "expected a file, found a folder");
    std::array<unsigned char, 100> bytes{};
    std::ifstream in(path, std::ios::binary);
    if (!in)
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: cannot be read ({})", file, std::strerror(errno)));
    in.read(reinterpret_cast<char*>(bytes.data()), bytes.size());
    if (in.gcount() != static_cast<std::streamsize>(bytes.size()) ||
        std::memcmp(bytes.data(), "SQLite format 3", 16) != 0)
        refuse(ErrorCode::StoreForeign,
               file,
               fmt::format("expected a Gatescope library or recording (an SQLite 3 file), found {} "
                           "that {} not start with an SQLite header",
                           in.gcount() < 100 ? fmt::format("{} bytes", in.gcount()) : "a file",
                           in.gcount() < 100 ? "do" : "does"));
    const std::uint32_t page = (std::uint32_t{bytes[16]} << 8U) | bytes[17];
    return {.applicationId = bigEndian(bytes, 68),
            .userVersion = bigEndian(bytes, 60),
            .pageBytes = page == 1 ? 65536 : page,
            .pages = bigEndian(bytes, 28),
            .pagesValid = bigEndian(bytes, 24) == bigEndian(bytes, 92)};
}

fs::path beside(const fs::path& file, const char* suffix) {
    return file.string() + suffix;
}

bool hasContent(const fs::path& file) {
    std::error_code failure;
    const auto size = fs::file_size(file, failure);
    return !failure && size > 0;
}

/// A WAL that is there may hold pages the file itself does not have yet.
void refuseTruncated(const fs::path& path, const FileHeader& header) {
    if (hasContent(beside(path, "-wal")) || hasContent(beside(path, "-journal"))) return;
    const auto size = fs::file_size(path);
    const auto want = std::uintmax_t{header.pages} * header.pageBytes;
    if (header.pagesValid && size < want)
        refuse(ErrorCode::StoreTruncated,
               path.string(),
               fmt::format("ends at byte {}, its header says {}", size, want));
}

// ---------------------------------------------------------------- what is inside

void harden(SQLite::Database& database) {
    sqlite3* handle = database.getHandle();
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, kLargestValue);
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
    database.exec("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
}

void checkPages(SQLite::Database& database, const std::string& file, const char* pragma) {
    const std::string verdict = database.execAndGet(pragma).getString();
    if (verdict == "ok") return;
    // A headline "*** in database main ***" may stand in front of what is wrong.
    const std::size_t begin = verdict.starts_with("***") ? verdict.find('\n') + 1 : 0;
    refuse(ErrorCode::StoreDamaged,
           file,
           fmt::format("is damaged ({}) and was left as it is",
                       verdict.substr(begin, verdict.find('\n', begin) - begin)));
}

std::string uriOf(const fs::path& file) {
    std::string uri = "file:";
    for (const char c : fs::absolute(file).string()) {
        if (c == '%' || c == '?' || c == '#')
            uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        else
            uri += c;
    }
    return uri;
}

/// Makes the library under another name and puts it in place whole: a process that dies here leaves
/// no half library, and of two that start at once one library wins.
void createLibrary(const fs::path& file) {
    std::error_code failure;
    if (const auto folder = file.parent_path(); !folder.empty())
        fs::create_directories(folder, failure);
    const TemporaryFile fresh(file);
    createDatabase(fresh.path(), Journal::WriteAhead);
    if (::renameat2(AT_FDCWD, fresh.path().c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE) == 0)
        return;
    const int reason = errno;
    if (reason == EEXIST) return;                // another start was first: its library is the one
    if (reason == EINVAL || reason == ENOSYS) {  // a file system without the flag
        fs::rename(fresh.path(), file, failure);
        if (!failure) return;
    }
    throw Error(ErrorKind::DeviceFault,
                fmt::format("{}: cannot be created ({})", file.string(), std::strerror(reason)));
}

[[noreturn]] void refuseDamage(const std::string& file,
                               std::string_view what,
                               const std::string& reason) {
    refuse(ErrorCode::StoreDamaged, file, fmt::format("is damaged: {} ({})", what, reason));
}

enum class Beside { MayWrite, WritesNothing };

/// Opens read-only a file that says it is ours. SQLite's own read-only mode makes a WAL index
/// beside a library; without a WAL there is nothing to index, and the file is taken as immutable.
SQLite::Database openOurs(const fs::path& file, Beside besideIt) {
    const FileHeader header = readHeader(file);
    if (header.applicationId != static_cast<std::uint32_t>(kApplicationId))
        refuse(ErrorCode::StoreForeign,
               file.string(),
               "an SQLite file of another program, expected a Gatescope library or recording");
    refuseTruncated(file, header);
    const bool quiet = !hasContent(beside(file, "-wal")) && !hasContent(beside(file, "-journal"));
    const bool immutable = besideIt == Beside::WritesNothing && quiet;
    return withStoreErrors(file.string(), [&] {
        SQLite::Database database(uriOf(file) + (immutable ? "?immutable=1" : ""),
                                  SQLite::OPEN_READONLY | SQLite::OPEN_URI,
                                  kBusyMs);
        harden(database);
        database.exec("PRAGMA query_only = ON");
        return database;
    });
}

/// And proves that it is what it says.
SQLite::Database openChecked(const fs::path& file, Beside besideIt) {
    SQLite::Database database = openOurs(file, besideIt);
    withStoreErrors(file.string(), [&] { checkSchema(database, file.string()); });
    return database;
}

SQLite::Database openUnkept(const char* name) {
    return withStoreErrors("library in memory", [&] {
        SQLite::Database database(name, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        harden(database);
        database.exec("PRAGMA foreign_keys = ON");
        installSchema(database);
        return database;
    });
}

}  // namespace

void throwStoreError(const std::string& file, const SQLite::Exception& error) {
    const std::string reason = shownText(error.what(), kWholeText);
    const auto [kind, what] = [&]() -> std::pair<ErrorKind, const char*> {
        switch (error.getErrorCode()) {
            case SQLITE_NOTADB:
                refuse(
                    ErrorCode::StoreForeign, file, fmt::format("is no SQLite file ({})", reason));
            case SQLITE_TOOBIG:
                refuseDamage(file, "a single value is larger than 256 MiB", reason);
            case SQLITE_ERROR:  // our statements are right: it is the file that does not fit them
            case SQLITE_CORRUPT:
            case SQLITE_FORMAT:
            case SQLITE_SCHEMA:
            case SQLITE_CONSTRAINT:
                refuseDamage(file, "it does not hold what it says", reason);
            case SQLITE_NOMEM:
                // SQLite says so, too, when a damaged length asks for gigabytes: no value of ours
                // does, so with room for the largest it is the file.
                if (availableMemory() > 4 * std::uint64_t{kLargestValue})
                    refuseDamage(
                        file, "something in it claims more memory than any value takes", reason);
                return {ErrorKind::NoMemory, "not enough memory to read it"};
            case SQLITE_FULL:
                return {ErrorKind::DeviceFault,
                        "the disk is full, so this was not saved; free some space and go on"};
            case SQLITE_BUSY:
            case SQLITE_LOCKED:
                return {ErrorKind::DeviceFault,
                        "another program has been writing to it for 5 seconds; close that program"};
            case SQLITE_READONLY:
            case SQLITE_PERM:
            case SQLITE_AUTH:
            case SQLITE_CANTOPEN:
                return {ErrorKind::DeviceFault,
                        "cannot be opened or written here; check permissions"};
            default:
                return {ErrorKind::DeviceFault, "the disk failed while reading or writing it"};
        }
    }();
    throw Error(kind, fmt::format("{}: {} [{}]", file, what, reason));
}

TemporaryFile::TemporaryFile(const fs::path& file) {
    std::random_device random;
    path_ = file.string() + fmt::format(".part-{:08x}{:08x}", random(), random());
}

TemporaryFile::~TemporaryFile() {
    std::error_code ignored;
    for (const char* suffix : {"", "-journal", "-wal", "-shm"})
        fs::remove(beside(path_, suffix), ignored);
}

void createDatabase(const fs::path& file, Journal journal) {
    withStoreErrors(file.string(), [&] {
        SQLite::Database database(
            file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMs);
        harden(database);
        database.exec(fmt::format(
            "PRAGMA page_size = {}; PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL",
            kPageBytes));
        installSchema(database);
        // Before the file gets its name: the switch itself goes through a rollback journal, and one
        // left by a crash would keep the library from being examined read-only.
        if (journal == Journal::WriteAhead) database.exec("PRAGMA journal_mode = WAL");
    });
    syncToDisk(fs::absolute(file).parent_path());
}

SQLite::Database openForWriting(const fs::path& file) {
    std::error_code failure;
    if (!fs::exists(file, failure)) createLibrary(file);
    {
        // Not as immutable: another Gatescope may be writing, and pages must not be read torn.
        SQLite::Database examined = openChecked(file, Beside::MayWrite);
        if (fs::file_size(file) <= kQuickCheckBytes)
            withStoreErrors(file.string(),
                            [&] { checkPages(examined, file.string(), "PRAGMA quick_check(1)"); });
    }
    return withStoreErrors(file.string(), [&] {
        SQLite::Database database(file.string(), SQLite::OPEN_READWRITE, kBusyMs);
        harden(database);
        const std::string mode = database.execAndGet("PRAGMA journal_mode = WAL").getString();
        if (mode != "wal")
            throw Error(
                ErrorKind::DeviceFault,
                fmt::format("{}: this disk does not support a write-ahead log (journal mode "
                            "{}); put the library on a local disk",
                            file.string(),
                            mode));
        database.exec(
            fmt::format("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                        "PRAGMA journal_size_limit = {}; PRAGMA wal_autocheckpoint = {}",
                        4 * kWalBytes,
                        kWalBytes / kPageBytes));
        // Beside a log that was left, SQLite opens a library that it cannot write to without a
        // word.
        if (sqlite3_db_readonly(database.getHandle(), "main") != 0)
            throw Error(ErrorKind::DeviceFault,
                        fmt::format("{}: cannot be written here; check permissions, or choose "
                                    "another folder with --profile-dir",
                                    file.string()));
        upgradeLibrary(database, file);
        return database;
    });
}

SQLite::Database openForReading(const fs::path& file) {
    return openChecked(file, Beside::WritesNothing);
}

// Never as immutable, also where nothing has been written yet: the writer may do so any time.
SQLite::Database openBesideWriter(const fs::path& file) {
    return openChecked(file, Beside::MayWrite);
}

// Not as immutable, though it is only read: the newer Gatescope may be running.
SQLite::Database openUnchecked(const fs::path& file) {
    return openOurs(file, Beside::MayWrite);
}

SQLite::Database openInMemory() {
    return openUnkept(":memory:");
}

SQLite::Database openTemporary() {
    return openUnkept("");
}

void checkIntegrity(SQLite::Database& database, const std::string& file) {
    withStoreErrors(file, [&] {
        checkPages(database, file, "PRAGMA integrity_check(1)");
        SQLite::Statement broken(database, "PRAGMA foreign_key_check");
        if (broken.executeStep())
            refuse(ErrorCode::StoreDamaged,
                   file,
                   fmt::format("is damaged: row {} of \"{}\" belongs to a row of \"{}\" that is "
                               "not there",
                               broken.getColumn(1).getInt64(),
                               broken.getColumn(0).getString(),
                               broken.getColumn(2).getString()));
    });
}

void syncToDisk(const fs::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
    const int reason = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (!synced)
        throw Error(
            ErrorKind::DeviceFault,
            fmt::format(
                "{}: cannot be forced to the disk ({})", path.string(), std::strerror(reason)));
}

}  // namespace gatescope

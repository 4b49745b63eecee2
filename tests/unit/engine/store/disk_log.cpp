#include "tests/unit/engine/store/disk_log.h"

#include <algorithm>
#include <cstring>

#include "engine/check.h"

namespace gatescope::test {
namespace {

using Entry = DiskLog::Entry;

constexpr std::size_t kSector = 512;
constexpr char kName[] = "disk-log";

struct Log {
    std::vector<Entry> entries;
    bool on = false;
};
Log theLog;

sqlite3_vfs* realVfs() {
    static sqlite3_vfs* const vfs = sqlite3_vfs_find("unix");
    return vfs;
}

/// An open file: SQLite's own behind it, in the bytes that follow this struct.
struct LoggedFile {
    sqlite3_file base;
    const char* name;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

LoggedFile& logged(sqlite3_file* file) {
    return *reinterpret_cast<LoggedFile*>(file);
}
sqlite3_file* real(sqlite3_file* file) {
    return logged(file).real();
}
const sqlite3_io_methods& methods(sqlite3_file* file) {
    return *real(file)->pMethods;
}

void note(sqlite3_file* file, Entry::Kind kind, std::int64_t at, std::string bytes = {}) {
    if (!theLog.on || logged(file).name == nullptr) return;
    theLog.entries.push_back({kind, logged(file).name, at, std::move(bytes)});
}

int closeFile(sqlite3_file* file) {
    return methods(file).xClose(real(file));
}
int readFile(sqlite3_file* file, void* bytes, int count, sqlite3_int64 at) {
    return methods(file).xRead(real(file), bytes, count, at);
}
int writeFile(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 at) {
    note(file,
         Entry::Kind::Write,
         at,
         std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(count)));
    return methods(file).xWrite(real(file), bytes, count, at);
}
int truncateFile(sqlite3_file* file, sqlite3_int64 size) {
    note(file, Entry::Kind::Truncate, size);
    return methods(file).xTruncate(real(file), size);
}
int syncFile(sqlite3_file* file, int flags) {
    note(file, Entry::Kind::Sync, 0);
    return methods(file).xSync(real(file), flags);
}
int sizeOfFile(sqlite3_file* file, sqlite3_int64* size) {
    return methods(file).xFileSize(real(file), size);
}
int lockFile(sqlite3_file* file, int level) {
    return methods(file).xLock(real(file), level);
}
int unlockFile(sqlite3_file* file, int level) {
    return methods(file).xUnlock(real(file), level);
}
int isReserved(sqlite3_file* file, int* out) {
    return methods(file).xCheckReservedLock(real(file), out);
}
int controlFile(sqlite3_file* file, int what, void* argument) {
    return methods(file).xFileControl(real(file), what, argument);
}
int sectorSize(sqlite3_file* /*file*/) {
    return static_cast<int>(kSector);
}
int traits(sqlite3_file* /*file*/) {
    return 0;  // promises nothing about what power loss does to neighbouring bytes
}
int mapShared(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
    return methods(file).xShmMap(real(file), page, size, extend, out);
}
int lockShared(sqlite3_file* file, int offset, int count, int flags) {
    return methods(file).xShmLock(real(file), offset, count, flags);
}
void barrier(sqlite3_file* file) {
    methods(file).xShmBarrier(real(file));
}
int unmapShared(sqlite3_file* file, int remove) {
    return methods(file).xShmUnmap(real(file), remove);
}

constexpr sqlite3_io_methods kMethods{2,
                                      closeFile,
                                      readFile,
                                      writeFile,
                                      truncateFile,
                                      syncFile,
                                      sizeOfFile,
                                      lockFile,
                                      unlockFile,
                                      isReserved,
                                      controlFile,
                                      sectorSize,
                                      traits,
                                      mapShared,
                                      lockShared,
                                      barrier,
                                      unmapShared,
                                      nullptr,
                                      nullptr};

int openFile(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags, int* outFlags) {
    LoggedFile& ours = logged(file);
    ours.name = name;
    const int status = realVfs()->xOpen(realVfs(), name, ours.real(), flags, outFlags);
    ours.base.pMethods = ours.real()->pMethods == nullptr ? nullptr : &kMethods;
    return status;
}

sqlite3_vfs& loggingVfs() {
    static sqlite3_vfs vfs = [] {
        sqlite3_vfs copy = *realVfs();  // all but opening is the real one's
        copy.zName = kName;
        copy.szOsFile = static_cast<int>(sizeof(LoggedFile)) + realVfs()->szOsFile;
        copy.xOpen = openFile;
        copy.pNext = nullptr;
        return copy;
    }();
    return vfs;
}

/// One file after one entry, as far as `kept` says that its bytes have arrived.
template <class Kept>
void applyTo(std::string& file, const Entry& entry, const Kept& kept) {
    if (entry.kind == Entry::Kind::Truncate) {
        if (kept(0)) file.resize(static_cast<std::size_t>(entry.at));
        return;
    }
    const auto begin = static_cast<std::size_t>(entry.at);
    for (std::size_t i = 0; i < entry.bytes.size();) {
        const std::size_t end =
            std::min(entry.bytes.size(), (begin + i) / kSector * kSector + kSector - begin);
        if (kept((begin + i) / kSector)) {
            if (file.size() < begin + end) file.resize(begin + end);
            std::memcpy(file.data() + begin + i, entry.bytes.data() + i, end - i);
        }
        i = end;
    }
}

}  // namespace

DiskLog::DiskLog() {
    GS_CHECK(!theLog.on);
    theLog = {.entries = {}, .on = true};
    sqlite3_initialize();
    GS_CHECK_EQ(sqlite3_vfs_register(&loggingVfs(), /*makeDflt=*/1), SQLITE_OK);
}

DiskLog::~DiskLog() {
    stop();
    theLog.entries.clear();
}

void DiskLog::stop() {
    theLog.on = false;
    sqlite3_vfs_register(realVfs(), /*makeDflt=*/1);
}

void DiskLog::acknowledge(std::int64_t number) {
    theLog.entries.push_back({Entry::Kind::Acknowledged, {}, number, {}});
}

const std::vector<Entry>& DiskLog::entries() const {
    return theLog.entries;
}

void LostDisk::apply(const Entry& entry) {
    if (entry.kind == Entry::Kind::Acknowledged) return;
    if (entry.kind != Entry::Kind::Sync) {
        pending_.push_back(entry);
        return;
    }
    for (const Entry& each : pending_)
        if (each.file == entry.file)
            applyTo(durable_[each.file], each, [](std::size_t) { return true; });
    std::erase_if(pending_, [&](const Entry& each) { return each.file == entry.file; });
}

LostDisk::Files LostDisk::afterLoss(Unsynced unsynced, std::mt19937& random) const {
    Files files = durable_;
    const auto toss = [&random] { return random() % 2 == 0; };
    for (const Entry& each : pending_) {
        const bool whole = unsynced == Unsynced::All || (unsynced == Unsynced::Some && toss());
        applyTo(files[each.file], each, [&](std::size_t) {
            return unsynced == Unsynced::Sectors ? toss() : whole;
        });
    }
    return files;
}

}  // namespace gatescope::test

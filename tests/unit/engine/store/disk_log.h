#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace gatescope::test {

/// What SQLite does to its files, in order, and what a disk may hold of it after power is lost.
/// While an object of this class lives, files that SQLite opens are logged. One at a time; used by
/// one thread. Source: sqlite.org/vfs.html; sqlite.org/atomiccommit.html, section 2.
class DiskLog {
  public:
    DiskLog();
    ~DiskLog();
    DiskLog(const DiskLog&) = delete;
    DiskLog& operator=(const DiskLog&) = delete;

    struct Entry {
        enum class Kind { Write, Truncate, Sync, Acknowledged };
        Kind kind = Kind::Write;
        std::string file;
        std::int64_t at = 0;  ///< of a write its place, of a truncation the new size; else a number
        std::string bytes;
    };

    /// The store has said that `number` is durable.
    void acknowledge(std::int64_t number);
    const std::vector<Entry>& entries() const;
    /// From now on nothing is logged.
    void stop();
};

/// The files of a disk that loses power at some moment of a log.
class LostDisk {
  public:
    using Files = std::map<std::string, std::string>;  ///< name -> bytes

    /// `files`: what was durable before the log begins.
    explicit LostDisk(Files files) : durable_(std::move(files)) {}

    void apply(const DiskLog::Entry& entry);
    bool hasPending() const { return !pending_.empty(); }

    enum class Unsynced {
        Nothing,  ///< of what was not synchronised, nothing has arrived
        All,
        Sectors,  ///< some of its sectors of 512 bytes: torn, and in any order
        Some      ///< some of its writes
    };
    Files afterLoss(Unsynced unsynced, std::mt19937& random) const;

  private:
    Files durable_;
    std::vector<DiskLog::Entry> pending_;  ///< of all files, in order
};

}  // namespace gatescope::test

#pragma once

#include <limits>

namespace gatescope::test {

/// SQLite's own system calls with a fault: call number `failAt` and all after it fail with `code`
/// (ENOSPC: the disk is full; EIO: it is broken; kKill: the process is killed there) until the
/// object is gone. Counts the writing calls
/// (write, ftruncate) of every connection in the process. One at a time.
/// Source: sqlite3_vfs::xSetSystemCall, made for this (sqlite.org/c3ref/vfs.html).
class FailingDisk {
  public:
    static constexpr int kKill = -1;
    explicit FailingDisk(int code, long failAt = std::numeric_limits<long>::max());
    ~FailingDisk();
    FailingDisk(const FailingDisk&) = delete;
    FailingDisk& operator=(const FailingDisk&) = delete;
    long calls() const;   ///< so far
    void repair();        ///< nothing fails any more
    bool failed() const;  ///< at least one call was made to fail
};

}  // namespace gatescope::test

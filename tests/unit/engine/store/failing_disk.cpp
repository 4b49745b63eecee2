#include "tests/unit/engine/store/failing_disk.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <stdexcept>
#include <string>

namespace gatescope::test {
namespace {

// SQLite's table of system calls belongs to the process, so what stands behind it does too.
std::atomic<long> calls_;
std::atomic<long> failAt_;
std::atomic<bool> failed_;
std::atomic<int> code_;

bool fails() {
    if (++calls_ < failAt_) return false;
    failed_ = true;
    if (code_ == FailingDisk::kKill) ::raise(SIGKILL);
    errno = code_;
    return true;
}

ssize_t failingPwrite(int file, const void* bytes, size_t count, off_t at) {
    return fails() ? -1 : ::pwrite(file, bytes, count, at);
}
ssize_t failingPwrite64(int file, const void* bytes, size_t count, off64_t at) {
    return fails() ? -1 : ::pwrite64(file, bytes, count, at);
}
ssize_t failingWrite(int file, const void* bytes, size_t count) {
    return fails() ? -1 : ::write(file, bytes, count);
}
int failingTruncate(int file, off_t size) {
    return fails() ? -1 : ::ftruncate(file, size);
}

template <class Function>
void install(const char* name, Function* function) {
    sqlite3_vfs* disk = sqlite3_vfs_find(nullptr);
    if (disk->xGetSystemCall(disk, name) == nullptr) return;  // not used by this build of SQLite
    if (disk->xSetSystemCall(disk, name, reinterpret_cast<sqlite3_syscall_ptr>(function)) !=
        SQLITE_OK)
        throw std::runtime_error(std::string("SQLite does not take a replacement of ") + name);
}

}  // namespace

FailingDisk::FailingDisk(int code, long failAt) {
    calls_ = 0;
    failed_ = false;
    code_ = code;
    failAt_ = failAt;
    install("pwrite", failingPwrite);
    install("pwrite64", failingPwrite64);
    install("write", failingWrite);
    install("ftruncate", failingTruncate);
}

FailingDisk::~FailingDisk() {
    sqlite3_vfs* disk = sqlite3_vfs_find(nullptr);
    disk->xSetSystemCall(disk, nullptr, nullptr);
}

long FailingDisk::calls() const {
    return calls_;
}
void FailingDisk::repair() {
    failAt_ = std::numeric_limits<long>::max();
}
bool FailingDisk::failed() const {
    return failed_;
}

}  // namespace gatescope::test

#pragma once

#include <sys/types.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>

#include "engine/model/model_file.h"

namespace gatescope::test {

/// A disk that answers for some files only when it is told to: the middle of a load, for as long as
/// a test needs it.
class HeldDisk {
  public:
    /// `isHeld`: whether a file of this name is held back. It must hold until this is gone.
    explicit HeldDisk(std::function<bool(const std::string& name)> isHeld)
        : isHeld_(std::move(isHeld)) {}
    ~HeldDisk() { release(); }

    /// From now on reads of held files wait.
    void hold() { held_ = true; }
    void release() {
        held_ = false;
        held_.notify_all();
    }
    /// Release, and every read of a held file fails.
    void breakDown() {
        broken_ = true;
        release();
    }
    /// Reads that wait or have waited.
    int waited() const { return waited_; }

    /// The file that a descriptor is open on.
    static std::string nameOf(int fd) {
        return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd))
            .filename()
            .string();
    }

    PreadFunction pread() {
        return [this](int fd, void* out, std::size_t bytes, off_t offset) -> ssize_t {
            if (held_ && isHeld_(nameOf(fd))) {
                ++waited_;
                held_.wait(true);
                if (broken_) {
                    errno = EIO;
                    return -1;
                }
            }
            return ::pread(fd, out, bytes, offset);
        };
    }

  private:
    std::function<bool(const std::string&)> isHeld_;
    std::atomic<bool> held_{false};
    std::atomic<bool> broken_{false};
    std::atomic<int> waited_{0};
};

}  // namespace gatescope::test

// Preloaded into a program: system call number GATESCOPE_FAIL_AT of those that write below the
// folder GATESCOPE_FAIL_IN fails with GATESCOPE_FAIL_WITH (an errno; 0: a write takes only half),
// once, or from then on with GATESCOPE_FAIL_ON. Each call that counts adds a byte to the file
// GATESCOPE_FAIL_LOG ("F": made to fail).
// Source: ld.so(8), "LD_PRELOAD"; dlsym(3), "RTLD_NEXT".
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

/// The function of libc that ours stands in front of.
template <class Function>
Function real(Function /*ours*/, const char* name) {
    return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}
#define REAL(name) real(&::name, #name)

std::string_view setting(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string_view() : value;
}

void note(char what) {
    static const int log = REAL(open)(std::string(setting("GATESCOPE_FAIL_LOG")).c_str(),
                                      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
                                      0600);
    [[maybe_unused]] const auto written = REAL(write)(log, &what, 1);
}

constexpr int kGoesOn = -1;
constexpr int kHalf = 0;

/// What is to happen to a call on `path`: kGoesOn, kHalf, or an errno.
int fateOf(std::string_view path) {
    static std::atomic<long> calls = 0;
    static const std::string folder(setting("GATESCOPE_FAIL_IN"));
    static const long at = std::atol(std::string(setting("GATESCOPE_FAIL_AT")).c_str());
    static const bool stays = !setting("GATESCOPE_FAIL_ON").empty();
    static const int error = std::atoi(std::string(setting("GATESCOPE_FAIL_WITH")).c_str());
    if (folder.empty() || !path.starts_with(folder)) return kGoesOn;
    const long number = calls++;
    const bool fails = at >= 0 && (number == at || (number > at && stays));
    note(fails ? 'F' : '.');
    return fails ? error : kGoesOn;
}

int fateOf(int descriptor) {
    std::array<char, 4096> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t size = ::readlink(link.c_str(), path.data(), path.size());
    return size < 0 ? kGoesOn
                    : fateOf(std::string_view(path.data(), static_cast<std::size_t>(size)));
}

/// -1 and errno where the call is to fail, else what `call` gives for all of it or for half.
template <class Call>
ssize_t writing(int descriptor, std::size_t count, const Call& call) {
    const int fate = fateOf(descriptor);
    if (fate > 0) {
        errno = fate;
        return -1;
    }
    return call(fate == kHalf ? (count + 1) / 2 : count);
}

template <class What, class Call>
int failing(const What& what, const Call& call) {
    const int fate = fateOf(what);
    if (fate <= 0) return call();
    errno = fate;
    return -1;
}

int openAs(int folder, const char* path, int flags, mode_t mode) {
    const auto call = [&] { return REAL(openat)(folder, path, flags, mode); };
    return (flags & O_ACCMODE) == O_RDONLY ? call() : failing(std::string_view(path), call);
}

mode_t modeOf(int flags, va_list rest) {
    return (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0;
}

}  // namespace

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t count) {
    return writing(
        descriptor, count, [&](size_t some) { return REAL(write)(descriptor, bytes, some); });
}
ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t at) {
    return writing(
        descriptor, count, [&](size_t some) { return REAL(pwrite)(descriptor, bytes, some, at); });
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t at) {
    return pwrite(descriptor, bytes, count, at);
}
ssize_t writev(int descriptor, const iovec* parts, int count) {
    return writing(descriptor, 0, [&](size_t) { return REAL(writev)(descriptor, parts, count); });
}
int fsync(int descriptor) {
    return failing(descriptor, [&] { return REAL(fsync)(descriptor); });
}
int fdatasync(int descriptor) {
    return failing(descriptor, [&] { return REAL(fdatasync)(descriptor); });
}
int ftruncate(int descriptor, off_t size) noexcept {
    return failing(descriptor, [&] { return REAL(ftruncate)(descriptor, size); });
}
int ftruncate64(int descriptor, off64_t size) noexcept {
    return ftruncate(descriptor, size);
}
int rename(const char* from, const char* to) noexcept {
    return failing(std::string_view(to), [&] { return REAL(rename)(from, to); });
}
int renameat2(
    int fromFolder, const char* from, int toFolder, const char* to, unsigned flags) noexcept {
    return failing(std::string_view(to),
                   [&] { return REAL(renameat2)(fromFolder, from, toFolder, to, flags); });
}
int unlink(const char* path) noexcept {
    return failing(std::string_view(path), [&] { return REAL(unlink)(path); });
}
int mkdir(const char* path, mode_t mode) noexcept {
    return failing(std::string_view(path), [&] { return REAL(mkdir)(path, mode); });
}

int open(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = modeOf(flags, rest);
    va_end(rest);
    return openAs(AT_FDCWD, path, flags, mode);
}
int open64(const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = modeOf(flags, rest);
    va_end(rest);
    return openAs(AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    const mode_t mode = modeOf(flags, rest);
    va_end(rest);
    return openAs(folder, path, flags, mode);
}

}  // extern "C"

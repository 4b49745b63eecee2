#include "engine/model/model_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include "engine/error_codes.h"
#include "engine/model/weights.h"

namespace gatescope {
namespace {

std::string reason(int error) {
    return std::generic_category().message(error);
}

[[noreturn]] void refuse(const std::string& message) {
    throw Error(ErrorKind::BadInput, message);
}

[[noreturn]] void failToOpen(const std::string& name, int error) {
    if (error == ENOENT) gatescope::refuse(ErrorCode::FileMissing, name, "is missing");
    if (error == ELOOP)
        gatescope::refuse(ErrorCode::FileIsLink,
                          name,
                          "is a symbolic link, which is not followed out of a model directory");
    if (error == EACCES || error == EPERM)
        refuse(fmt::format("{} may not be read: {}; change its permissions", name, reason(error)));
    if (error == ENOTDIR) refuse(fmt::format("{} is not a directory", name));
    if (error == ENXIO)
        gatescope::refuse(ErrorCode::FileIsNotRegular, name, "is not a regular file");
    throw Error(ErrorKind::DeviceFault,
                fmt::format("{} cannot be opened: {}", name, reason(error)));
}

ModelDirectory::Entry entryOf(const struct stat& info) {
    if (S_ISREG(info.st_mode)) return ModelDirectory::Entry::File;
    if (S_ISDIR(info.st_mode)) return ModelDirectory::Entry::Directory;
    if (S_ISLNK(info.st_mode)) return ModelDirectory::Entry::Link;
    return ModelDirectory::Entry::Other;
}

struct CloseDirectory {
    void operator()(DIR* directory) const { closedir(directory); }
};

}  // namespace

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

FileDescriptor::~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
}

MappedFile::MappedFile(int fd, std::uint64_t bytes, const std::string& name) : size_(bytes) {
    if (bytes == 0) return;
    void* start = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (start == MAP_FAILED)
        throw Error(
            ErrorKind::NoMemory,
            fmt::format("{}: its {} bytes cannot be mapped: {}", name, bytes, reason(errno)));
    data_ = static_cast<std::byte*>(start);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

MappedFile::~MappedFile() {
    if (data_ != nullptr) (void)::munmap(data_, size_);
}

ModelFile::ModelFile(FileDescriptor fd, std::string name, const PreadFunction* pread)
    : fd_(std::move(fd)), name_(std::move(name)), pread_(pread) {}

void ModelFile::bypassCache() {
    if (pread_ != nullptr && *pread_) return;  // not a real file
    const int flags = ::fcntl(fd_.get(), F_GETFL);
    bypass_ = flags >= 0 && ::fcntl(fd_.get(), F_SETFL, flags | O_DIRECT) == 0;
}

void ModelFile::read(std::uint64_t offset, std::span<std::byte> out) const {
    if (bypass_) return readAround(offset, out);
    while (!out.empty()) {
        const std::size_t got = readSome(offset, out);
        if (got == 0) refuseEnd(offset, out.size());
        offset += got;
        out = out.subspan(got);
    }
}

/// Whole blocks of the disk into aligned memory, and from there to where the bytes belong. No
/// request crosses a multiple of kDiskRequest: one that does is cut in two, and a disk is slowed
/// down to less than half by requests of 2 MiB and a little.
void ModelFile::readAround(std::uint64_t offset, std::span<std::byte> out) const {
    constexpr std::size_t kBlock = 4096;
    // One a reader thread, for as long as it lives: memory that is given back after each read
    // would have to be mapped anew for the next. In one huge page: a request into many small ones
    // is cut into many.
    thread_local AlignedBuffer bounce(kDiskRequest);
    while (!out.empty()) {
        const std::uint64_t begin = offset / kBlock * kBlock;
        const auto skip = static_cast<std::size_t>(offset - begin);
        const std::size_t blocks = (skip + out.size() + kBlock - 1) / kBlock * kBlock;
        const std::size_t wanted =
            std::min(blocks, static_cast<std::size_t>(kDiskRequest - begin % kDiskRequest));
        const std::size_t got = readSome(begin, {bounce.data(), wanted});
        if (got <= skip) refuseEnd(begin + got, out.size() + skip - got);
        const std::size_t useful = std::min(got - skip, out.size());
        std::memcpy(out.data(), bounce.data() + skip, useful);
        offset += useful;
        out = out.subspan(useful);
    }
}

std::size_t ModelFile::readSome(std::uint64_t offset, std::span<std::byte> out) const {
    for (;;) {
        const auto at = static_cast<off_t>(offset);
        const ssize_t got = pread_ != nullptr && *pread_
                                ? (*pread_)(fd_.get(), out.data(), out.size(), at)
                                : ::pread(fd_.get(), out.data(), out.size(), at);
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno == EINTR) continue;
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: reading {} bytes at byte {} failed: {}; the disk or the "
                                "connection to it has a problem",
                                name_,
                                out.size(),
                                offset,
                                reason(errno)));
    }
}

void ModelFile::refuseEnd(std::uint64_t offset, std::size_t missing) const {
    gatescope::refuse(
        ErrorCode::FileTooShort,
        name_,
        fmt::format("ends at byte {}, {} bytes before it should; the file changed while it was "
                    "read, or its download is not finished",
                    offset,
                    missing));
}

std::string ModelFile::readWhole(std::uint64_t mostBytes) const {
    const std::uint64_t size = identity().size;
    if (size > mostBytes)
        gatescope::refuse(ErrorCode::FileTooLarge,
                          name_,
                          fmt::format("has {} bytes, expected at most {}", size, mostBytes));
    std::string bytes(size, '\0');
    read(0, std::as_writable_bytes(std::span(bytes)));
    return bytes;
}

FileIdentity ModelFile::identity() const {
    struct stat info {};
    if (fstat(fd_.get(), &info) != 0)
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: its size cannot be read: {}", name_, reason(errno)));
    constexpr std::int64_t kNsPerSecond = 1'000'000'000;
    return {.device = info.st_dev,
            .inode = info.st_ino,
            .size = static_cast<std::uint64_t>(info.st_size),
            .modifiedNs = info.st_mtim.tv_sec * kNsPerSecond + info.st_mtim.tv_nsec};
}

bool ModelFile::isOwn() const {
    struct stat info {};
    return fstat(fd_.get(), &info) == 0 && info.st_uid == ::geteuid() &&
           (info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

ByteSource byteSourceOf(const ModelFile& file) {
    return {.size = file.identity().size,
            .read = [&file](std::uint64_t offset, std::span<std::byte> out) {
                file.read(offset, out);
            }};
}

void requireSameFile(const ModelFile& file, const FileIdentity& described) {
    const FileIdentity now = file.identity();
    if (now == described) return;
    gatescope::refuse(
        ErrorCode::FileChanged,
        file.name(),
        fmt::format("is not the file that was opened: {} bytes then, {} now, or replaced since",
                    described.size,
                    now.size));
}

ModelDirectory::ModelDirectory(FileDescriptor fd, std::string prefix)
    : fd_(std::move(fd)), prefix_(std::move(prefix)) {}

ModelDirectory ModelDirectory::open(const std::filesystem::path& path) {
    FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.valid()) failToOpen(path.string(), errno);
    return {std::move(fd), ""};
}

ModelDirectory ModelDirectory::subdirectory(const std::string& name) const {
    FileDescriptor fd(
        openat(fd_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.valid()) {
        // With O_DIRECTORY a link is ENOTDIR rather than ELOOP.
        const int error = errno == ENOTDIR && entry(name) == Entry::Link ? ELOOP : errno;
        failToOpen(shownName(name), error);
    }
    return {std::move(fd), shownName(name) + "/"};
}

ModelDirectory::Entry ModelDirectory::entry(const std::string& name) const {
    struct stat info {};
    if (fstatat(fd_.get(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return Entry::Missing;
    return entryOf(info);
}

std::vector<std::string> ModelDirectory::list() const {
    // A second descriptor: closedir closes the one it was given.
    const int fd = openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, CloseDirectory> directory(fd < 0 ? nullptr : fdopendir(fd));
    if (!directory)
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: its files cannot be listed: {}",
                                prefix_.empty() ? "the model directory" : prefix_,
                                reason(errno)));
    std::vector<std::string> names;
    while (const dirent* item = readdir(directory.get())) {
        const std::string name = item->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

ModelFile ModelDirectory::file(const std::string& name, const PreadFunction* pread) const {
    // O_NONBLOCK: a named pipe must not make the open wait for a writer.
    FileDescriptor fd(
        openat(fd_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!fd.valid()) failToOpen(shownName(name), errno);
    struct stat info {};
    if (fstat(fd.get(), &info) != 0 || entryOf(info) != Entry::File)
        gatescope::refuse(ErrorCode::FileIsNotRegular, shownName(name), "is not a regular file");
    return {std::move(fd), shownName(name), pread};
}

std::string ModelDirectory::shownName(const std::string& name) const {
    return prefix_ + name;
}

}  // namespace gatescope

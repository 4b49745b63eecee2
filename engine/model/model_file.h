#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/io/bounded_reader.h"

namespace gatescope {

/// Which file it is and in what state: what has to be the same when a file is read that was
/// described earlier.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t modifiedNs = 0;
    friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// pread(2), or what a test puts in its place to make a disk fail.
using PreadFunction = std::function<ssize_t(int fd, void* out, std::size_t bytes, off_t offset)>;

/// A file descriptor that closes itself. Move-only.
class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept;
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    ~FileDescriptor();
    int get() const { return fd_; }
    bool valid() const { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

/// A whole file as memory that can be read, backed by the system's cache: nothing is copied. Stays
/// when the file is renamed or removed; when another program cuts it short or the disk fails,
/// reading it ends the process (SIGBUS). Move-only.
class MappedFile {
  public:
    MappedFile() = default;
    /// Throws Error(NoMemory) if there is no address space for it. `fd` may be closed afterwards.
    MappedFile(int fd, std::uint64_t bytes, const std::string& name);
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    ~MappedFile();
    const std::byte* data() const { return data_; }
    std::size_t size() const { return size_; }

  private:
    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Readers do best to ask for the bytes between two multiples of this many.
constexpr std::uint64_t kDiskRequest = std::uint64_t{2} << 20;

/// A regular file of a model, open for reading at given places, by several threads at once.
class ModelFile {
  public:
    /// `name` is what messages call it. `pread` null: the real one.
    ModelFile(FileDescriptor fd, std::string name, const PreadFunction* pread);

    /// Fills `out` from byte `offset` on. Throws Error(BadInput) if the file ends before,
    /// Error(DeviceFault) with the system's reason if the disk fails.
    void read(std::uint64_t offset, std::span<std::byte> out) const;
    /// From now on read() goes around the system's cache, where the file system can do that: for
    /// files so large that the cache would only be filled for nothing, and filling it costs half
    /// the speed of a fast disk. Call before the file is shared between threads.
    void bypassCache();
    /// Asks the system again.
    FileIdentity identity() const;
    const std::string& name() const { return name_; }
    /// Does it belong to who runs this, and can nobody else write to it?
    bool isOwn() const;
    /// All of it, as long as it is now.
    MappedFile map() const { return {fd_.get(), identity().size, name_}; }
    /// Everything in it. Throws FILE-011 if that is more than `mostBytes`.
    std::string readWhole(std::uint64_t mostBytes) const;

  private:
    /// pread(2) that goes on after a signal. 0 at the end of the file.
    std::size_t readSome(std::uint64_t offset, std::span<std::byte> out) const;
    void readAround(std::uint64_t offset, std::span<std::byte> out) const;
    [[noreturn]] void refuseEnd(std::uint64_t offset, std::size_t missing) const;

    FileDescriptor fd_;
    std::string name_;
    const PreadFunction* pread_;
    bool bypass_ = false;
};

/// The file as bytes to parse. It must outlive them.
ByteSource byteSourceOf(const ModelFile& file);

/// Throws FILE-008 unless `file` is the one that was described when the model was opened.
void requireSameFile(const ModelFile& file, const FileIdentity& described);

/// A directory held open, so that everything below is looked up in the directory that was opened,
/// whatever happens to its name meanwhile. Links below it are not followed: a model opens no file
/// outside its directory.
class ModelDirectory {
  public:
    /// Opens `path` (links in it are followed: the user chose it).
    /// Throws Error(BadInput) saying what is there instead.
    static ModelDirectory open(const std::filesystem::path& path);
    /// A folder of this one. Throws Error(BadInput) if it is a link or no directory.
    ModelDirectory subdirectory(const std::string& name) const;

    enum class Entry { Missing, File, Directory, Link, Other };
    Entry entry(const std::string& name) const;
    /// Names of everything in it but "." and "..", sorted.
    std::vector<std::string> list() const;
    /// Throws Error(BadInput) if it is missing, a link or no regular file.
    ModelFile file(const std::string& name, const PreadFunction* pread = nullptr) const;
    /// "ckpt-0/tensor00000_000": the path below the model directory, for messages.
    std::string shownName(const std::string& name) const;

  private:
    ModelDirectory(FileDescriptor fd, std::string prefix);

    FileDescriptor fd_;
    std::string prefix_;
};

}  // namespace gatescope

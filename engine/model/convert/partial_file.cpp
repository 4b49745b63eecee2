#include "engine/model/convert/partial_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "engine/check.h"
#include "engine/error.h"
#include "engine/model/weights_assembly.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kMode = 0644;
constexpr std::size_t kReadBack = std::size_t{4} << 20;

std::string reason(int error) {
    return std::generic_category().message(error);
}

/// First line of the journal: which conversion it belongs to.
std::string titleOf(std::uint32_t headerCrc, const std::vector<FileSection>& sections) {
    std::uint32_t crc = headerCrc;
    for (const FileSection& section : sections)
        crc = crc32Of(std::as_bytes(std::span(&section, 1)), crc);
    return fmt::format("gatescope conversion 1 {:08x} {}", crc, sections.size());
}

std::string lineOf(std::size_t index, const FinishedSection& section) {
    return fmt::format(
        "{} {:08x} {:a} {:a}\n", index, section.crc, section.squaredError, section.squaredWeights);
}

/// Of a line that was not written whole, nothing.
std::optional<FinishedSection> parseLine(const std::string& line, std::size_t index) {
    FinishedSection section;
    std::size_t number = 0;
    if (std::sscanf(line.c_str(),
                    "%zu %8x %la %la",
                    &number,
                    &section.crc,
                    &section.squaredError,
                    &section.squaredWeights) != 4)
        return std::nullopt;
    if (number != index || lineOf(index, section) != line + "\n") return std::nullopt;
    return section;
}

/// What a journal says, as far as it is whole.
std::vector<FinishedSection> readJournal(const fs::path& file, const std::string& title) {
    std::ifstream in(file);
    std::string line;
    std::vector<FinishedSection> sections;
    if (!std::getline(in, line) || line != title) return sections;
    while (std::getline(in, line) && !in.eof()) {  // the last line has its end, or does not count
        const auto section = parseLine(line, sections.size());
        if (!section) break;
        sections.push_back(*section);
    }
    return sections;
}

void writeAll(int fd,
              std::uint64_t offset,
              std::span<const std::byte> bytes,
              const fs::path& file) {
    while (!bytes.empty()) {
        const ssize_t wrote = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0)
            throw Error(
                ErrorKind::DeviceFault,
                fmt::format("{}: writing {} bytes at byte {} failed: {}; make room or choose "
                            "another disk, then run the same command again",
                            file.string(),
                            bytes.size(),
                            offset,
                            wrote < 0 ? reason(errno) : "nothing was written"));
        offset += static_cast<std::uint64_t>(wrote);
        bytes = bytes.subspan(static_cast<std::size_t>(wrote));
    }
}

fs::path partOf(const fs::path& out) {
    return out.string() + ".partial";
}

fs::path logOf(const fs::path& out) {
    return out.string() + ".partial.log";
}

/// Is `fd` still what `file` names?
bool isNamed(int fd, const fs::path& file) {
    struct stat open {};
    struct stat named {};
    return ::fstat(fd, &open) == 0 && ::stat(file.c_str(), &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

void syncDirectoryOf(const fs::path& file) {
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    const FileDescriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.valid()) (void)::fsync(fd.get());  // some file systems cannot, and need not
}

}  // namespace

std::uint32_t crc32Of(std::span<const std::byte> bytes, std::uint32_t crc) {
    return static_cast<std::uint32_t>(
        ::crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::uint32_t combineCrc32(std::uint32_t first, std::uint32_t second, std::uint64_t secondBytes) {
    return static_cast<std::uint32_t>(
        ::crc32_combine(first, second, static_cast<z_off_t>(secondBytes)));
}

PartialFile::PartialFile(fs::path out,
                         std::string header,
                         std::uint64_t totalBytes,
                         std::vector<FileSection> sections)
    : out_(std::move(out)),
      part_(partOf(out_)),
      log_(logOf(out_)),
      header_(std::move(header)),
      totalBytes_(totalBytes),
      sections_(std::move(sections)),
      headerCrc_(crc32Of(std::as_bytes(std::span(header_)))) {
    do {
        fd_ = FileDescriptor(::open(part_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode));
        if (!fd_.valid()) fail(fmt::format("cannot be made: {}", reason(errno)));
        if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0)
            throw Error(ErrorKind::BadUsage,
                        fmt::format("{} is being written by another process; wait for it, or "
                                    "choose another name",
                                    part_.string()));
        // Between the two its writer may have finished and given it its name: then it is OUT.
    } while (!isNamed(fd_.get(), part_));
    takeUp();
    if (finished_.empty()) beginAnew();
}

void PartialFile::takeUp() {
    const auto noted = readJournal(log_, titleOf(headerCrc_, sections_));
    if (noted.empty() || noted.size() > sections_.size()) return;
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0 || static_cast<std::uint64_t>(info.st_size) != totalBytes_)
        return;
    if (crcOnDisk({.offset = 0, .bytes = header_.size()}) != headerCrc_) return;
    for (std::size_t i = 0; i < noted.size() && isIntact(i, noted[i]); ++i)
        finished_.push_back(noted[i]);
    writeJournal();  // without the lines of sections that did not survive
}

void PartialFile::beginAnew() {
    finished_.clear();
    if (::ftruncate(fd_.get(), 0) != 0) fail(fmt::format("cannot be emptied: {}", reason(errno)));
    struct statvfs disk {};
    if (::fstatvfs(fd_.get(), &disk) == 0) {
        const std::uint64_t room = std::uint64_t{disk.f_bavail} * disk.f_frsize;
        if (room < totalBytes_)
            fail(
                fmt::format("needs {} ({} bytes), the disk has {} ({} bytes) left; make room or "
                            "choose another disk",
                            bytesText(totalBytes_),
                            totalBytes_,
                            bytesText(room),
                            room));
    }
    if (::ftruncate(fd_.get(), static_cast<off_t>(totalBytes_)) != 0)
        fail(fmt::format("cannot be made {} bytes long: {}", totalBytes_, reason(errno)));
    write(0, std::as_bytes(std::span(header_)));
    writeJournal();
}

void PartialFile::writeJournal() {
    std::string lines = titleOf(headerCrc_, sections_) + "\n";
    for (std::size_t i = 0; i < finished_.size(); ++i) lines += lineOf(i, finished_[i]);
    journal_ = FileDescriptor(
        ::open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, kMode));
    if (!journal_.valid()) fail(fmt::format("its journal cannot be made: {}", reason(errno)));
    appendLine(lines);
}

void PartialFile::write(std::uint64_t offset, std::span<const std::byte> bytes) const {
    GS_CHECK_LE(offset + bytes.size(), totalBytes_);
    writeAll(fd_.get(), offset, bytes, part_);
}

void PartialFile::finish(const FinishedSection& section) {
    GS_CHECK_LT(finished_.size(), sections_.size());
    if (::fdatasync(fd_.get()) != 0)
        fail(fmt::format("cannot be forced to disk: {}", reason(errno)));
    appendLine(lineOf(finished_.size(), section));
    finished_.push_back(section);
}

void PartialFile::appendLine(const std::string& line) {
    // O_APPEND: one line is one write, behind the others.
    const ssize_t wrote = ::write(journal_.get(), line.data(), line.size());
    if (wrote != static_cast<ssize_t>(line.size()) || ::fdatasync(journal_.get()) != 0)
        fail(fmt::format("its journal cannot be written: {}", reason(errno)));
}

std::uint32_t PartialFile::crcOnDisk(const FileSection& section) const {
    std::vector<std::byte> chunk(std::min<std::uint64_t>(kReadBack, section.bytes));
    std::uint32_t crc = 0;
    for (std::uint64_t done = 0; done < section.bytes;) {
        const std::size_t want =
            static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), section.bytes - done));
        const ssize_t got =
            ::pread(fd_.get(), chunk.data(), want, static_cast<off_t>(section.offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0)
            fail(fmt::format("cannot be read back at byte {}: {}",
                             section.offset + done,
                             got < 0 ? reason(errno) : "it ends there"));
        crc = crc32Of(std::span(chunk).first(static_cast<std::size_t>(got)), crc);
        done += static_cast<std::uint64_t>(got);
    }
    return crc;
}

bool PartialFile::isIntact(std::size_t section, const FinishedSection& noted) const {
    return crcOnDisk(sections_[section]) == noted.crc;
}

void PartialFile::complete() {
    GS_CHECK_EQ(finished_.size(), sections_.size());
    if (::fsync(fd_.get()) != 0) fail(fmt::format("cannot be forced to disk: {}", reason(errno)));
    // What the disk holds, not what the system still remembers of it.
    (void)::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED);
    if (crcOnDisk({.offset = 0, .bytes = header_.size()}) != headerCrc_)
        fail("holds another header than was written; the disk has a problem");
    for (std::size_t i = 0; i < sections_.size(); ++i)
        if (!isIntact(i, finished_[i]))
            fail(
                fmt::format("holds other bytes than were written in section {} (byte {}); the disk "
                            "has a problem",
                            i,
                            sections_[i].offset));
    std::error_code failure;
    fs::rename(part_, out_, failure);
    if (failure) fail(fmt::format("cannot be renamed to {}: {}", out_.string(), failure.message()));
    syncDirectoryOf(out_);
    fs::remove(log_, failure);  // of no use any more, and no harm
}

void removeUnfinished(const fs::path& out) {
    const fs::path part = partOf(out);
    const FileDescriptor fd(::open(part.c_str(), O_RDWR | O_CLOEXEC));
    if (!fd.valid() || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0 || !isNamed(fd.get(), part))
        return;
    std::error_code ignored;
    fs::remove(logOf(out), ignored);
    fs::remove(part, ignored);
}

void PartialFile::fail(const std::string& what) const {
    throw Error(ErrorKind::DeviceFault, fmt::format("{}: {}", part_.string(), what));
}

}  // namespace gatescope

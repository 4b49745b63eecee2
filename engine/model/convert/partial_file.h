#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/model/model_file.h"

namespace gatescope {

/// A stretch of a file that is written as one piece of work.
struct FileSection {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
};

/// What is remembered of a section once it is safely on disk.
struct FinishedSection {
    std::uint32_t crc = 0;    ///< CRC-32 of its bytes
    double squaredError = 0;  ///< what the writer measured, see ConversionError
    double squaredWeights = 0;
};

/// A large file in the making: OUT.partial, with a journal OUT.partial.log beside it that lists the
/// sections that are on disk. A process that ends half way, however, leaves both, and the next one
/// goes on behind the last finished section. complete() reads everything back before OUT appears.
/// Sections are finished in their order; write() may be called by several threads.
/// All members throw Error(DeviceFault) naming the file when the disk does not do as it should.
class PartialFile {
  public:
    /// Opens what an earlier process left for the same `header` and `sections`, checking every
    /// finished section against the journal, or begins anew. `header` stands at byte 0.
    /// Throws Error(BadUsage) while another process writes the same file.
    PartialFile(std::filesystem::path out,
                std::string header,
                std::uint64_t totalBytes,
                std::vector<FileSection> sections);
    PartialFile(const PartialFile&) = delete;
    PartialFile& operator=(const PartialFile&) = delete;

    /// Sections that need not be written again.
    std::size_t numFinished() const { return finished_.size(); }
    const FinishedSection& finished(std::size_t section) const { return finished_[section]; }

    /// Forgets the finished sections.
    void beginAnew();
    void write(std::uint64_t offset, std::span<const std::byte> bytes) const;
    /// The next section is written: forces it to disk and notes it.
    void finish(const FinishedSection& section);
    /// Every section is finished: reads all back, forces the file to disk, gives it its name and
    /// removes the journal.
    void complete();

  private:
    void takeUp();
    void writeJournal();
    void appendLine(const std::string& line);
    std::uint32_t crcOnDisk(const FileSection& section) const;
    bool isIntact(std::size_t section, const FinishedSection& noted) const;
    [[noreturn]] void fail(const std::string& what) const;

    std::filesystem::path out_;
    std::filesystem::path part_;
    std::filesystem::path log_;
    std::string header_;
    std::uint64_t totalBytes_;
    std::vector<FileSection> sections_;
    std::uint32_t headerCrc_ = 0;
    std::vector<FinishedSection> finished_;
    FileDescriptor fd_;
    FileDescriptor journal_;
};

/// Removes what an attempt that has ended left of OUT, unless another process is at it.
void removeUnfinished(const std::filesystem::path& out);

/// CRC-32 (zlib's) of `bytes`, going on from `crc`.
std::uint32_t crc32Of(std::span<const std::byte> bytes, std::uint32_t crc = 0);
/// Of two stretches one behind the other, `secondBytes` in the second.
std::uint32_t combineCrc32(std::uint32_t first, std::uint32_t second, std::uint64_t secondBytes);

}  // namespace gatescope

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace gatescope {

/// One value of a record that was read from a page.
struct RawValue {
    enum class Kind { Null, Integer, Real, Text, Blob };
    Kind kind = Kind::Null;
    bool whole = true;         ///< false: `bytes` is only how it begins
    std::int64_t integer = 0;  ///< of Integer
    std::string bytes;         ///< of Text and Blob
};

struct RawRecord {
    std::int64_t rowid = 0;  ///< 0 in trees that have none: indices, tables WITHOUT ROWID
    std::vector<RawValue> values;
};

/// Where a record lies; what it holds is read again when it is needed.
struct RecordPlace {
    std::uint32_t page = 0;  ///< from 1
    std::uint32_t cell = 0;
};

/// The pages of an SQLite file without SQLite, which stops at the first that is damaged. Every page
/// is looked at, whatever leads to it; what its write-ahead log had committed stands in place of
/// the file's own. Nothing is written, not even beside the file. One thread.
/// Source: sqlite.org/fileformat2.html, sections 1 (pages, cells, records) and 4 (the log).
class DamagedFile {
  public:
    /// Throws Error(BadInput) for what is no file, Error(DeviceFault) where it cannot be opened.
    explicit DamagedFile(const std::filesystem::path& file);
    ~DamagedFile();
    DamagedFile(const DamagedFile&) = delete;
    DamagedFile& operator=(const DamagedFile&) = delete;

    std::uint32_t pageCount() const { return pageCount_; }
    std::uint32_t pageBytes() const { return pageBytes_; }
    std::uint64_t bytes() const { return std::uint64_t{pageCount_} * pageBytes_; }
    /// Of the table or index that leads to it; empty: none does any more.
    const std::string& treeOf(std::uint32_t page) const;
    /// Given back by SQLite to be used again: what may still be seen there was deleted.
    bool isFree(std::uint32_t page) const { return owner_[page] == kFree; }

    using Found = std::function<void(const RawRecord& record, RecordPlace place)>;
    /// All records of one page. Of long ones only what lies on the page itself is read.
    void records(std::uint32_t page, const Found& found);
    /// Whole, as far as its pages are there. Empty `values`: it cannot be read.
    RawRecord record(RecordPlace place);

  private:
    static constexpr std::uint32_t kNobody = 0;
    static constexpr std::uint32_t kFree = 1;
    enum class Overflow { Skip, Follow };

    std::string page(std::uint32_t number) const;
    void readLog(const std::filesystem::path& log);
    void findFreePages();
    void findTrees();
    void walk(std::uint32_t root, const std::string& name);
    RawRecord recordAt(const std::string& bytes,
                       unsigned char kind,
                       std::size_t cell,
                       Overflow overflow) const;

    int descriptor_ = -1;
    int log_ = -1;
    std::uint32_t pageBytes_ = 1024;  ///< what libraries have, where the header does not say
    std::uint32_t pageCount_ = 0;
    std::unordered_map<std::uint32_t, std::uint64_t> logged_;  ///< page -> byte in the log
    std::vector<std::uint32_t> owner_;                         ///< [pages + 1] index into names_
    std::vector<std::string> names_{"", ""};                   ///< of trees; kNobody's and kFree's
};

}  // namespace gatescope

#include "engine/store/damaged_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/error_codes.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

/// Kinds of pages that hold cells.
constexpr unsigned char kInteriorIndex = 2;
constexpr unsigned char kInteriorTable = 5;
constexpr unsigned char kLeafIndex = 10;
constexpr unsigned char kLeafTable = 13;

constexpr std::size_t kLogHeader = 32;
constexpr std::size_t kFrameHeader = 24;

/// No value of ours comes near it; a damaged length does.
constexpr std::uint64_t kLargestRecord = std::uint64_t{256} << 20U;

std::uint64_t bigEndian(std::string_view bytes, std::size_t at, std::size_t count) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
        value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

std::uint32_t word(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint32_t>(bigEndian(bytes, at, 4));
}

/// SQLite's integers of 1 to 9 bytes. Empty: `bytes` ends before it does.
std::optional<std::uint64_t> readVarint(std::string_view bytes, std::size_t& at) {
    std::uint64_t value = 0;
    for (int i = 0; i < 9 && at < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[at++]);
        if (i == 8) return value << 8U | byte;
        value = value << 7U | (byte & 0x7fU);
        if ((byte & 0x80U) == 0) return value;
    }
    return std::nullopt;
}

/// How many bytes a value of a serial type takes. Empty: no record has this type.
std::optional<std::uint64_t> sizeOf(std::uint64_t type) {
    constexpr std::array<std::uint64_t, 10> kSizes{0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
    if (type < kSizes.size()) return kSizes.at(type);
    if (type < 12) return std::nullopt;
    return (type - 12) / 2;
}

std::int64_t signedInteger(std::string_view bytes) {
    if (bytes.empty()) return 0;
    const unsigned unused = 64 - 8 * static_cast<unsigned>(bytes.size());
    const std::uint64_t value = bigEndian(bytes, 0, bytes.size()) << unused;
    return static_cast<std::int64_t>(value) >> unused;
}

RawValue valueOf(std::uint64_t type, std::string_view bytes, bool whole) {
    using Kind = RawValue::Kind;
    if (type == 0) return {};
    if (type == 8 || type == 9)
        return {.kind = Kind::Integer, .integer = static_cast<std::int64_t>(type) - 8, .bytes = {}};
    if (type < 7)
        return {.kind = Kind::Integer,
                .whole = whole,
                .integer = whole ? signedInteger(bytes) : 0,
                .bytes = {}};
    if (type == 7) return {.kind = Kind::Real, .whole = whole, .bytes = {}};
    return {.kind = type % 2 == 0 ? Kind::Blob : Kind::Text,
            .whole = whole,
            .bytes = std::string(bytes)};
}

/// The values of a record of `size` bytes, of which `payload` is the beginning. Empty: what stands
/// there is no record: all sizes together have to give the record's.
std::vector<RawValue> valuesOf(std::string_view payload, std::uint64_t size) {
    std::size_t at = 0;
    const auto headerBytes = readVarint(payload, at);
    if (!headerBytes || *headerBytes > payload.size() || *headerBytes < at) return {};
    std::vector<std::uint64_t> types;
    std::uint64_t total = *headerBytes;
    while (at < *headerBytes) {
        const auto type = readVarint(payload.substr(0, *headerBytes), at);
        const auto bytes = type ? sizeOf(*type) : std::nullopt;
        if (!bytes || *bytes > size) return {};
        types.push_back(*type);
        total += *bytes;
    }
    if (total != size) return {};
    std::vector<RawValue> values;
    for (const std::uint64_t type : types) {
        const std::size_t bytes = *sizeOf(type);
        const auto part = payload.substr(std::min(at, payload.size()), bytes);
        values.push_back(valueOf(type, part, part.size() == bytes));
        at += bytes;
    }
    return values;
}

bool isTable(unsigned char kind) {
    return kind == kLeafTable || kind == kInteriorTable;
}
bool isInterior(unsigned char kind) {
    return kind == kInteriorIndex || kind == kInteriorTable;
}
bool hasCells(unsigned char kind) {
    return isInterior(kind) || kind == kLeafIndex || kind == kLeafTable;
}

/// Where page `number` says what it is: behind the file's own header on the first.
std::size_t headerAt(std::uint32_t number) {
    return number == 1 ? 100 : 0;
}

unsigned char kindOf(const std::string& bytes, std::uint32_t number) {
    return static_cast<unsigned char>(bytes[headerAt(number)]);
}

/// Where the cells of a page begin, in their order; of a damaged page those that can be.
std::vector<std::size_t> cellsOf(const std::string& bytes, std::uint32_t number) {
    const std::size_t header = headerAt(number);
    const unsigned char kind = kindOf(bytes, number);
    if (!hasCells(kind)) return {};
    const std::size_t pointers = header + (isInterior(kind) ? 12 : 8);
    const std::uint64_t count =
        std::min<std::uint64_t>(bigEndian(bytes, header + 3, 2), (bytes.size() - pointers) / 2);
    std::vector<std::size_t> cells;
    for (std::size_t i = 0; i < count; ++i) cells.push_back(bigEndian(bytes, pointers + 2 * i, 2));
    return cells;
}

/// How much of a record lies on the page of its cell.
std::uint64_t localBytes(std::uint64_t size, std::uint64_t page, bool table) {
    const std::uint64_t most = table ? page - 35 : (page - 12) * 64 / 255 - 23;
    if (size <= most) return size;
    const std::uint64_t least = (page - 12) * 32 / 255 - 23;
    const std::uint64_t spread = least + (size - least) % (page - 4);
    return spread <= most ? spread : least;
}

std::string readAt(int descriptor, std::uint64_t at, std::size_t count) {
    std::string bytes(count, '\0');
    for (std::size_t done = 0; done < count;) {
        const auto got =
            ::pread(descriptor, bytes.data() + done, count - done, static_cast<off_t>(at + done));
        if (got < 0 && errno == EINTR) continue;
        // Behind the end, or a disk that cannot read it any more: as if nothing stood there.
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
    }
    return bytes;
}

std::uint64_t sizeOfFile(int descriptor) {
    struct stat facts {};
    return ::fstat(descriptor, &facts) == 0 && facts.st_size > 0
               ? static_cast<std::uint64_t>(facts.st_size)
               : 0;
}

bool isPageSize(std::uint64_t bytes) {
    return bytes >= 512 && bytes <= 65536 && std::has_single_bit(bytes);
}

/// The running sums of a log's frames.
struct LogSums {
    std::uint32_t first = 0, second = 0;
    void add(std::string_view bytes, bool bigEndianWords) {
        const auto at = [&](std::size_t i) {
            const std::uint32_t value = word(bytes, i);
            return bigEndianWords ? value : __builtin_bswap32(value);
        };
        for (std::size_t i = 0; i + 8 <= bytes.size(); i += 8) {
            first += at(i) + second;
            second += at(i + 4) + first;
        }
    }
    friend bool operator==(const LogSums&, const LogSums&) = default;
};

}  // namespace

DamagedFile::DamagedFile(const fs::path& file) {
    std::error_code failure;
    if (!fs::is_regular_file(file, failure))
        refuse(
            ErrorCode::StoreForeign,
            file.string(),
            fs::exists(file, failure) ? "expected a file, found something else" : "no such file");
    descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0)
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: cannot be read ({})", file.string(), std::strerror(errno)));
    const std::string header = readAt(descriptor_, 0, 100);
    const std::uint64_t said = bigEndian(header, 16, 2);
    if (isPageSize(said == 1 ? 65536 : said))
        pageBytes_ = static_cast<std::uint32_t>(said == 1 ? 65536 : said);
    const std::uint64_t bytes = sizeOfFile(descriptor_);
    pageCount_ = static_cast<std::uint32_t>(
        std::min<std::uint64_t>((bytes + pageBytes_ - 1) / pageBytes_, 0xffff'fffeU));
    readLog(file.string() + "-wal");
    owner_.assign(std::size_t{pageCount_} + 1, kNobody);
    if (pageCount_ == 0) return;
    findTrees();
    findFreePages();
}

DamagedFile::~DamagedFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (log_ >= 0) ::close(log_);
}

const std::string& DamagedFile::treeOf(std::uint32_t page) const {
    return names_[owner_[page]];
}

std::string DamagedFile::page(std::uint32_t number) const {
    if (const auto logged = logged_.find(number); logged != logged_.end())
        return readAt(log_, logged->second, pageBytes_);
    return readAt(descriptor_, std::uint64_t{number - 1} * pageBytes_, pageBytes_);
}

/// What was committed last of each page. The sum of a frame goes on from that of the one in front
/// of it: as it stands there or as it comes out here, so that a damaged frame costs no other.
void DamagedFile::readLog(const fs::path& log) {
    log_ = ::open(log.c_str(), O_RDONLY | O_CLOEXEC);
    if (log_ < 0 || sizeOfFile(log_) <= kLogHeader) return;
    const std::string header = readAt(log_, 0, kLogHeader);
    const bool bigEndianSums = word(header, 0) == 0x377f'0683U;
    LogSums ofHeader;
    ofHeader.add(std::string_view(header).substr(0, 24), bigEndianSums);
    const LogSums headerSays{word(header, 24), word(header, 28)};
    const bool headerSound = ofHeader == headerSays && isPageSize(word(header, 8));
    if (headerSound && pageCount_ == 0) pageBytes_ = word(header, 8);
    if (headerSound && word(header, 8) != pageBytes_) return;
    const std::uint64_t frameBytes = kFrameHeader + std::uint64_t{pageBytes_};
    const std::uint64_t frames = (sizeOfFile(log_) - kLogHeader) / frameBytes;
    std::string salt = header.substr(16, 8);
    LogSums said = headerSays, came = headerSays;           // of the frame in front
    std::unordered_map<std::uint32_t, std::uint64_t> open;  // since the last commit
    for (std::uint64_t i = 0; i < frames; ++i) {
        const std::uint64_t at = kLogHeader + i * frameBytes;
        const std::string frame = readAt(log_, at, frameBytes);
        const std::string_view view = frame;
        const bool believed = i == 0 && !headerSound;  // its sum goes on from one that is lost
        if (believed) salt = frame.substr(8, 8);
        for (LogSums* sums : {&said, &came}) {
            sums->add(view.substr(0, 8), bigEndianSums);
            sums->add(view.substr(kFrameHeader), bigEndianSums);
        }
        const LogSums says{word(frame, 16), word(frame, 20)};
        const bool sound = believed || said == says || came == says;
        // Where the one in front is damaged, its own sum is what this one was made from.
        came = said;
        said = says;
        const std::uint32_t number = word(frame, 0);
        if (!sound || view.substr(8, 8) != salt || number == 0 || number > pageCount_ + frames)
            continue;
        open[number] = at + kFrameHeader;
        if (word(frame, 4) == 0) continue;
        for (const auto& [committed, place] : open) {
            logged_[committed] = place;
            pageCount_ = std::max(pageCount_, committed);
        }
        open.clear();
    }
}

void DamagedFile::findFreePages() {
    std::uint32_t trunk = word(page(1), 32);
    while (trunk > 1 && trunk <= pageCount_ && owner_[trunk] == kNobody) {
        const std::string bytes = page(trunk);
        const std::uint32_t next = word(bytes, 0);
        const std::uint32_t count = word(bytes, 4);
        if (hasCells(kindOf(bytes, trunk)) || count > pageBytes_ / 4 - 2) return;  // no trunk
        owner_[trunk] = kFree;
        for (std::uint32_t i = 0; i < count; ++i) {
            const std::uint32_t leaf = word(bytes, 8 + std::size_t{4} * i);
            if (leaf > 1 && leaf <= pageCount_ && owner_[leaf] == kNobody) owner_[leaf] = kFree;
        }
        trunk = next;
    }
}

/// The schema is a table of its own, from the first page on: of each table and index, its root.
void DamagedFile::findTrees() {
    walk(1, "sqlite_schema");
    std::vector<std::pair<std::uint32_t, std::string>> roots;
    for (std::uint32_t number = 1; number <= pageCount_; ++number) {
        if (treeOf(number) != "sqlite_schema") continue;
        const std::string bytes = page(number);
        if (kindOf(bytes, number) != kLeafTable) continue;
        for (const std::size_t cell : cellsOf(bytes, number)) {
            const RawRecord row = recordAt(bytes, kLeafTable, cell, Overflow::Skip);
            if (row.values.size() < 4 || row.values[1].kind != RawValue::Kind::Text) continue;
            const std::int64_t root = row.values[3].integer;
            if (root > 1 && root <= pageCount_)
                roots.emplace_back(static_cast<std::uint32_t>(root), row.values[1].bytes);
        }
    }
    for (const auto& [root, name] : roots) walk(root, name);
}

void DamagedFile::walk(std::uint32_t root, const std::string& name) {
    names_.push_back(name);
    const auto tree = static_cast<std::uint32_t>(names_.size() - 1);
    std::vector<std::uint32_t> open{root};
    while (!open.empty()) {
        const std::uint32_t number = open.back();
        open.pop_back();
        if (number == 0 || number > pageCount_ || owner_[number] != kNobody) continue;
        const std::string bytes = page(number);
        const unsigned char kind = kindOf(bytes, number);
        if (!hasCells(kind)) continue;
        owner_[number] = tree;
        if (!isInterior(kind)) continue;
        open.push_back(word(bytes, headerAt(number) + 8));
        for (const std::size_t cell : cellsOf(bytes, number))
            if (cell + 4 <= bytes.size()) open.push_back(word(bytes, cell));
    }
}

RawRecord DamagedFile::recordAt(const std::string& bytes,
                                unsigned char kind,
                                std::size_t cell,
                                Overflow overflow) const {
    std::size_t at = cell + (isInterior(kind) ? 4 : 0);
    const auto size = readVarint(bytes, at);
    const std::uint64_t largest =
        std::min(kLargestRecord, std::uint64_t{pageCount_} * std::uint64_t{pageBytes_});
    if (!size || *size > largest || kind == kInteriorTable) return {};
    RawRecord record;
    if (kind == kLeafTable) {
        const auto rowid = readVarint(bytes, at);
        if (!rowid) return {};
        record.rowid = static_cast<std::int64_t>(*rowid);
    }
    const std::uint64_t local = localBytes(*size, pageBytes_, isTable(kind));
    const std::size_t tail = local < *size ? 4 : 0;
    if (at + local + tail > bytes.size()) return {};
    std::string payload = bytes.substr(at, local);
    if (tail > 0 && overflow == Overflow::Follow) {
        std::uint32_t next = word(bytes, at + local);
        while (payload.size() < *size && next > 1 && next <= pageCount_ && owner_[next] <= kFree) {
            const std::string more = page(next);
            payload.append(more, 4, std::min<std::size_t>(more.size() - 4, *size - payload.size()));
            next = word(more, 0);
        }
    }
    record.values = valuesOf(payload, *size);
    return record;
}

void DamagedFile::records(std::uint32_t number, const Found& found) {
    const std::string bytes = page(number);
    std::uint32_t index = 0;
    for (const std::size_t cell : cellsOf(bytes, number)) {
        const RawRecord record = recordAt(bytes, kindOf(bytes, number), cell, Overflow::Skip);
        if (!record.values.empty()) found(record, {number, index});
        ++index;
    }
}

RawRecord DamagedFile::record(RecordPlace place) {
    const std::string bytes = page(place.page);
    const auto cells = cellsOf(bytes, place.page);
    if (place.cell >= cells.size()) return {};
    return recordAt(bytes, kindOf(bytes, place.page), cells[place.cell], Overflow::Follow);
}

}  // namespace gatescope

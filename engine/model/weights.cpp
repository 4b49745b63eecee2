#include "engine/model/weights.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "engine/error.h"

namespace gatescope {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line, and the widest SIMD register
constexpr std::size_t kHugePage = std::size_t{2} << 20;

constexpr std::size_t kPage = 4096;

/// From this size on memory comes from the system itself and goes back to it at once; the C library
/// keeps what threads that have ended had freed. The address sanitizer watches malloc's only.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kSmallestMapping = std::numeric_limits<std::size_t>::max();
#else
constexpr std::size_t kSmallestMapping = std::size_t{128} << 10;
#endif

std::size_t roundedUp(std::size_t bytes, std::size_t unit) {
    return (bytes + unit - 1) / unit * unit;
}

/// Null if there is none. Aligned to a huge page where one fits, and asks for such: with small
/// ones, making 20 GB of memory takes longer than reading it from the disk, and every matrix costs
/// more misses of the TLB. What remains behind the last whole one stays small, so that no more
/// memory is used than asked for.
std::byte* mapped(std::size_t bytes) {
    const bool huge = bytes >= kHugePage;
    const std::size_t length = roundedUp(bytes, kPage);
    const std::size_t spare = huge ? kHugePage : 0;
    void* start =
        ::mmap(nullptr, length + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return nullptr;
    auto* from = static_cast<std::byte*>(start);
    if (!huge) return from;
    const std::size_t skip = roundedUp(reinterpret_cast<std::uintptr_t>(from), kHugePage) -
                             reinterpret_cast<std::uintptr_t>(from);
    if (skip > 0) (void)::munmap(from, skip);
    if (skip < spare) (void)::munmap(from + skip + length, spare - skip);
    (void)::madvise(from + skip, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // a wish
    return from + skip;
}

}  // namespace

void AlignedBuffer::Free::operator()(std::byte* p) const {
    if (bytes >= kSmallestMapping)
        (void)::munmap(p, roundedUp(bytes, kPage));
    else
        std::free(p);
}

AlignedBuffer::AlignedBuffer(std::size_t bytes) : data_(nullptr, Free{bytes}), size_(bytes) {
    if (bytes >= kSmallestMapping)
        data_.reset(mapped(bytes));
    else
        data_.reset(static_cast<std::byte*>(
            std::aligned_alloc(kAlignment, std::max(kAlignment, roundedUp(bytes, kAlignment)))));
    if (!data_)
        throw Error(
            ErrorKind::NoMemory,
            fmt::format("could not get {} bytes of memory; close other programs or choose a "
                        "smaller model",
                        bytes));
}

const std::byte* MatrixView::matrix(int index) const {
    return data + static_cast<std::uint64_t>(index) * matrixBytes();
}

const std::uint16_t* MatrixView::matrixScales(int index) const {
    if (dtype != DType::I8) return nullptr;
    return scales + static_cast<std::size_t>(index) * static_cast<std::size_t>(numGroups) *
                        static_cast<std::size_t>(numOut);
}

const float* MatrixView::matrixRowScales(int index) const {
    if (rowScales == nullptr) return nullptr;
    return rowScales + static_cast<std::size_t>(index) * static_cast<std::size_t>(numOut);
}

std::uint64_t MatrixView::matrixBytes() const {
    return storedBytes(dtype,
                       static_cast<std::uint64_t>(numIn) * static_cast<std::uint64_t>(numOut));
}

std::uint64_t MatrixView::weightBytes() const {
    const auto matrices = static_cast<std::uint64_t>(numMatrices);
    const auto columns = static_cast<std::uint64_t>(numOut);
    std::uint64_t bytes = matrices * matrixBytes();
    if (scales != nullptr)
        bytes += matrices * static_cast<std::uint64_t>(numGroups) * columns * itemSize(DType::BF16);
    if (rowScales != nullptr) bytes += matrices * columns * sizeof(float);
    return bytes;
}

std::uint64_t ModelWeights::totalBytes() const {
    std::uint64_t bytes = file.size();
    for (const AlignedBuffer& block : blocks) bytes += block.size();
    for (const auto& shard : shards) bytes += shard->totalBytes();
    return bytes;
}

}  // namespace gatescope

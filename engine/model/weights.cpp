#include "engine/model/weights.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstdlib>
#include <numeric>

#include "engine/error.h"

namespace gatescope {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line, and the widest SIMD register
constexpr std::size_t kHugePage = std::size_t{2} << 20;

/// Asks for huge pages, as far as whole ones reach: with small ones, making 20 GB of memory takes
/// longer than reading it from the disk, and every matrix costs more misses of the TLB. What
/// remains behind the last whole one stays small, so that no more memory is used than asked for.
void preferHugePages(std::byte* data, std::size_t bytes) {
    (void)::madvise(data, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);  // a wish, not a need
}

}  // namespace

void AlignedBuffer::Free::operator()(std::byte* p) const {
    std::free(p);
}

AlignedBuffer::AlignedBuffer(std::size_t bytes) : size_(bytes) {
    const bool huge = bytes >= kHugePage;
    const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    void* memory = nullptr;
    if (::posix_memalign(
            &memory, huge ? kHugePage : kAlignment, rounded == 0 ? kAlignment : rounded) == 0)
        data_.reset(static_cast<std::byte*>(memory));
    if (!data_)
        throw Error(
            ErrorKind::NoMemory,
            fmt::format("could not get {} bytes of memory; close other programs or choose a "
                        "smaller model",
                        bytes));
    if (huge) preferHugePages(data_.get(), bytes);
}

const std::byte* MatrixView::matrix(int index) const {
    return data + static_cast<std::uint64_t>(index) * matrixBytes();
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
    return std::accumulate(
        blocks.begin(), blocks.end(), std::uint64_t{0}, [](auto sum, const auto& block) {
            return sum + block.size();
        });
}

}  // namespace gatescope

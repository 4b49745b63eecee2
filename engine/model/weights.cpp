#include "engine/model/weights.h"

#include <fmt/format.h>

#include <cstdlib>
#include <numeric>

#include "engine/error.h"

namespace gatescope {
namespace {

constexpr std::size_t kAlignment = 64;  // a cache line, and the widest SIMD register

}  // namespace

void AlignedBuffer::Free::operator()(std::byte* p) const {
    std::free(p);
}

AlignedBuffer::AlignedBuffer(std::size_t bytes) : size_(bytes) {
    const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    data_.reset(static_cast<std::byte*>(
        std::aligned_alloc(kAlignment, rounded == 0 ? kAlignment : rounded)));
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

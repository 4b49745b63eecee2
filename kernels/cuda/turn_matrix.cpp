#include "kernels/cuda/turn_matrix.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace gatescope::kernels::cuda {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::size_t kTile = 64;  // edge of the squares that are turned together: both sides of
                                   // one stay in the first cache

/// A square whose rows are words: halves change places, then quarters, ... Warren, "Hacker's
/// Delight", section 7-3, does so with bits.
template <std::size_t kSize>
void turnSquare(const std::byte* from,
                std::size_t fromStride,
                std::byte* to,
                std::size_t toStride) {
    constexpr std::size_t kEdge = kWord / kSize;
    std::uint64_t rows[kEdge];
    for (std::size_t i = 0; i < kEdge; ++i) std::memcpy(&rows[i], from + i * fromStride, kWord);
    for (std::size_t step = kEdge / 2; step > 0; step /= 2) {
        const auto bits = static_cast<unsigned>(8 * kSize * step);
        std::uint64_t lower = (std::uint64_t{1} << bits) - 1;
        for (unsigned b = 2 * bits; b < 64; b *= 2) lower |= lower << b;
        for (std::size_t i = 0; i < kEdge; ++i) {
            if ((i & step) != 0) continue;
            const std::uint64_t differs = ((rows[i] >> bits) ^ rows[i + step]) & lower;
            rows[i + step] ^= differs;
            rows[i] ^= differs << bits;
        }
    }
    for (std::size_t i = 0; i < kEdge; ++i) std::memcpy(to + i * toStride, &rows[i], kWord);
}

template <std::size_t kSize>
void turn(const std::byte* from,
          std::size_t rows,
          std::size_t columns,
          std::size_t begin,
          std::size_t end,
          std::byte* to) {
    constexpr std::size_t kEdge = kWord / kSize;
    const auto source = [&](std::size_t r, std::size_t c) {
        return from + (r * columns + c) * kSize;
    };
    const auto target = [&](std::size_t r, std::size_t c) {
        return to + ((c - begin) * rows + r) * kSize;
    };
    const auto single = [&](std::size_t r, std::size_t c) {
        std::memcpy(target(r, c), source(r, c), kSize);
    };
    for (std::size_t c0 = begin; c0 < end; c0 += kTile)
        for (std::size_t r0 = 0; r0 < rows; r0 += kTile) {
            const std::size_t cEnd = std::min(end, c0 + kTile);
            const std::size_t rEnd = std::min(rows, r0 + kTile);
            const std::size_t cWhole = c0 + (cEnd - c0) / kEdge * kEdge;
            const std::size_t rWhole = r0 + (rEnd - r0) / kEdge * kEdge;
            for (std::size_t c = c0; c < cWhole; c += kEdge)
                for (std::size_t r = r0; r < rWhole; r += kEdge)
                    turnSquare<kSize>(source(r, c), columns * kSize, target(r, c), rows * kSize);
            for (std::size_t c = c0; c < cEnd; ++c)
                for (std::size_t r = c < cWhole ? rWhole : r0; r < rEnd; ++r) single(r, c);
        }
}

}  // namespace

void turnMatrix(std::size_t size,
                const std::byte* from,
                std::size_t rows,
                std::size_t columns,
                std::size_t begin,
                std::size_t end,
                std::byte* to) {
    if (size == 1) return turn<1>(from, rows, columns, begin, end, to);
    if (size == 2) return turn<2>(from, rows, columns, begin, end, to);
    turn<4>(from, rows, columns, begin, end, to);
}

}  // namespace gatescope::kernels::cuda

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <vector>

#include "kernels/cuda/block_rows.h"
#include "kernels/cuda/turn_matrix.h"
#include "tests/support/stored_types.h"

// What the host does to weights on their way to a device.

namespace gatescope::kernels::cuda {
namespace {

/// Sizes that squares of eight and tiles of 64 divide, and such that they do not; all columns and
/// some.
TEST(TurnMatrix, PutsEveryElementInItsPlace) {
    std::mt19937 random(3);
    for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{4}})
        for (const std::size_t rows : {1U, 8U, 13U, 64U, 71U, 130U})
            for (const std::size_t columns : {1U, 7U, 8U, 64U, 77U, 136U}) {
                std::vector<std::byte> from(rows * columns * size);
                for (std::byte& byte : from) byte = static_cast<std::byte>(random());
                for (const std::size_t begin : {std::size_t{0}, columns / 3}) {
                    std::vector<std::byte> want, got((columns - begin) * rows * size);
                    for (std::size_t c = begin; c < columns; ++c)
                        for (std::size_t r = 0; r < rows; ++r) {
                            const std::byte* element = from.data() + (r * columns + c) * size;
                            want.insert(want.end(), element, element + size);
                        }
                    turnMatrix(size, from.data(), rows, columns, begin, columns, got.data());
                    ASSERT_EQ(got, want) << rows << " x " << columns << " of " << size;
                }
            }
}

/// Several threads take a matrix apart: each part is written once, and nothing else.
TEST(LayOutBlocks, IsTheSameInParts) {
    constexpr std::size_t kElements = 256 * 12;
    std::mt19937 random(5);
    for (const DType type : test::kBlockTypes) {
        std::vector<std::byte> blocks(storedBytes(type, kElements));
        for (std::byte& byte : blocks) byte = static_cast<std::byte>(random());
        std::vector<std::byte> whole(deviceMatrixBytes(type, kElements), std::byte{0x5a});
        std::vector<std::byte> parts = whole;
        layOutBlocks(type, blocks.data(), kElements, 0, kElements, whole.data());
        for (const auto& [begin, end] : {std::pair{256 * 5, 256 * 12}, std::pair{0, 256 * 5}})
            layOutBlocks(type,
                         blocks.data(),
                         kElements,
                         static_cast<std::size_t>(begin),
                         static_cast<std::size_t>(end),
                         parts.data());
        EXPECT_EQ(parts, whole) << name(type);
    }
}

}  // namespace
}  // namespace gatescope::kernels::cuda

#pragma once

#include <cstddef>
#include <cstdint>

namespace gatescope::kernels {

/// Rows of activations rounded in blocks that share a scale.
template <class Block>
struct ActivationBlocks {
    Block* blocks = nullptr;    ///< [rows, stride]
    std::ptrdiff_t stride = 0;  ///< blocks of a row

    Block* row(std::ptrdiff_t index) const { return blocks + index * stride; }
};

/// Some of them, as a product takes them: row t is rows.row(index != nullptr ? index[t] : first +
/// t).
template <class Block>
struct ActivationBlockRows {
    ActivationBlocks<Block> rows;
    const std::int32_t* index = nullptr;
    std::ptrdiff_t first = 0;
    int count = 0;

    std::ptrdiff_t row(int t) const { return index != nullptr ? index[t] : first + t; }
};

}  // namespace gatescope::kernels

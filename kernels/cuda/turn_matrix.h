#pragma once

#include <cstddef>

namespace gatescope::kernels::cuda {

/// Columns [begin, end) of a matrix as rows: to[c - begin][r] = from[r][c]. Runs on the host.
///   from  [rows, columns]      elements of `size` bytes, 1, 2 or 4, of any alignment
///   to    [end - begin, rows]  out; must not overlap
void turnMatrix(std::size_t size,
                const std::byte* from,
                std::size_t rows,
                std::size_t columns,
                std::size_t begin,
                std::size_t end,
                std::byte* to);

}  // namespace gatescope::kernels::cuda

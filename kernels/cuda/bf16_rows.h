#pragma once

#include <cstdint>

#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// Activations as tensor cores take them: to[r] = x[row[r] / divisor] as bf16, halves to even.
struct Bf16Rows {
    const float* x = nullptr;           ///< [.., width]
    const std::int32_t* row = nullptr;  ///< [numRows]; null: r
    int divisor = 1;                    ///< of GroupByExpert::pair: numSelected
    int numRows = 0;
    int width = 0;                ///< a multiple of 8
    std::uint16_t* to = nullptr;  ///< [numRows, width] bf16 bits out
};
int bf16Rows(const Bf16Rows& op, Stream stream);

}  // namespace gatescope::kernels::cuda

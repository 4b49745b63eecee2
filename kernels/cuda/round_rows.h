#pragma once

#include <cstdint>

#include "kernels/cuda/rounded_rows.h"
#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// Activations as tensor cores take them: row r of `to` is x[row[r] / divisor], rounded.
struct RoundRows {
    const float* x = nullptr;           ///< [.., width]
    const std::int32_t* row = nullptr;  ///< [numRows]; null: r
    int divisor = 1;                    ///< of GroupByExpert::pair: numSelected
    int numRows = 0;
    int width = 0;   ///< a multiple of 8
    RoundedRows to;  ///< out
};
int roundRows(const RoundRows& op, Stream stream);

}  // namespace gatescope::kernels::cuda

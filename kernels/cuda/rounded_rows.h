#pragma once

#include "kernels/quant/dtype.h"

namespace gatescope::kernels::cuda {

/// Where rows of activations go as tensor cores take them. As bf16: halves to even. In 8 bits: x[i]
/// ~ scale * code[i], with a scale for each of `numGroups` equal parts of a row, whose largest
/// magnitude gets the largest code (127 of I8, 448 of F8E4M3). A part that is not finite gets NaN
/// for a scale and codes of 0: a product of it is NaN, whatever the weights are.
struct RoundedRows {
    DType type = DType::BF16;  ///< or I8, F8E4M3
    void* data = nullptr;      ///< [numRows, width] bf16 bits, or codes; null: nowhere
    float* scales = nullptr;   ///< [numRows, numGroups], in 8 bits only
    int numGroups = 1;         ///< in 8 bits width / numGroups is a multiple of 4
};

}  // namespace gatescope::kernels::cuda

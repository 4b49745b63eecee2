#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/quant/dtype.h"

namespace gatescope::kernels {

/// One weight matrix as it lies in memory, never copied: y[n] = sum over k of x[k] * W[k, n].
/// Element types: F32, F16, BF16, I8.
///   data    [numIn, numOut]      row-major, outputs contiguous
///   scales  [numGroups, numOut]  bf16 bits, only with I8; row k takes scale row k * numGroups /
///   numIn
struct WeightMatrix {
    DType type = DType::F32;
    const void* data = nullptr;
    const std::uint16_t* scales = nullptr;
    int numIn = 0;
    int numOut = 0;
    int numGroups = 1;

    /// First row of scale group `group`.
    int groupBegin(int group) const {
        const auto rows = static_cast<std::int64_t>(group) * numIn;
        return static_cast<int>((rows + numGroups - 1) / numGroups);
    }
};

/// Columns [begin, end) of a matrix: what one thread computes.
struct ColumnRange {
    int begin = 0;
    int end = 0;
};

/// Rows of activations: row t starts at data + stride * (index != nullptr ? index[t] : t).
struct ActivationRows {
    const float* data = nullptr;
    std::ptrdiff_t stride = 0;  ///< floats from one row to the next
    const std::int32_t* index = nullptr;
    int count = 0;

    const float* row(int t) const {
        return data + stride * static_cast<std::ptrdiff_t>(index != nullptr ? index[t] : t);
    }
};

/// Where results go: row t starts at data + stride * t.
struct OutputRows {
    float* data = nullptr;
    std::ptrdiff_t stride = 0;
    float* row(int t) const { return data + stride * static_cast<std::ptrdiff_t>(t); }
};

}  // namespace gatescope::kernels

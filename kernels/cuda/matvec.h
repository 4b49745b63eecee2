#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/stream.h"
#include "kernels/quant/dtype.h"

namespace gatescope::kernels::cuda {

/// Weight matrices of one shape, one for each expert: y[n] = sum over k of x[k] * W[n, k].
///   data       [numMatrices, numOut, numIn]      inputs contiguous; any type but I32. Block types
///                                                as layOutBlocks() gives them (block_rows.h)
///   scales     [numMatrices, numGroups, numOut]  bf16 bits, only with I8: weight = scale * number;
///                                                input k takes scale row k * numGroups / numIn
///   rowScales  [numMatrices, numOut]             only with F8E4M3: weight = scale * number
/// Requires data aligned to 256 bytes and numIn a multiple of 8, with block types of their blocks.
struct Matrices {
    DType type = DType::F32;
    const std::byte* data = nullptr;
    const std::uint16_t* scales = nullptr;
    const float* rowScales = nullptr;
    int numIn = 0;
    int numOut = 0;
    int numGroups = 1;
};

/// y[r] = factor * W[matrix[r]] x[r]. A row whose matrix is negative is left alone.
struct Matvec {
    Matrices weights;
    const std::int32_t* matrix = nullptr;  ///< [numRows]; null: matrix 0 for each
    const float* x = nullptr;              ///< [numRows, numIn]
    int numRows = 0;
    float factor = 1;
    float* y = nullptr;  ///< [numRows, numOut] out
};
/// Bytes moved: each weight of a row's matrix, once a row.
int matvec(const Matvec& op, Stream stream);

/// Products of the same rows that do not wait for each other, in one launch where their weights are
/// of one type: small matrices alone leave most of a GPU idle.
struct Matvecs {
    static constexpr int kMost = 3;  ///< query, key and value
    Matvec part[kMost];
    int count = 0;
};
/// Requires the same number of rows in each.
int matvecs(const Matvecs& op, Stream stream);

/// The first half of an expert layer, of every token and each expert that was selected for it:
/// activation[t, s] = gelu_tanh(gate[e] x[t]) * (up[e] x[t]), e = selected[t, s].
/// Formula: kernels/cpu/gelu_tanh.h.
struct ExpertGateUp {
    Matrices gate, up;
    const std::int32_t* selected = nullptr;  ///< [numTokens, mostSelected], -1: none
    const float* gates = nullptr;            ///< [numTokens, mostSelected]; 0: not computed
    const float* x = nullptr;                ///< [numTokens, numIn]
    int numTokens = 0;
    int mostSelected = 0;
    float* activation = nullptr;  ///< [numTokens, mostSelected, numOut] out
};
int expertGateUp(const ExpertGateUp& op, Stream stream);

/// The second half: change[t] = sum over s of gates[t, s] * down[selected[t, s]] activation[t, s],
/// in the order of s. An expert whose gate is 0 (ablated) is not read.
struct ExpertDown {
    Matrices down;
    const std::int32_t* selected = nullptr;  ///< [numTokens, mostSelected], -1: none
    const float* gates = nullptr;            ///< [numTokens, mostSelected]
    const float* activation = nullptr;       ///< [numTokens, mostSelected, numIn]
    int numTokens = 0;
    int mostSelected = 0;
    float* change = nullptr;  ///< [numTokens, numOut] out
};
int expertDown(const ExpertDown& op, Stream stream);

}  // namespace gatescope::kernels::cuda

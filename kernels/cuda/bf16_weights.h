#pragma once

#include <cstdint>

#include "kernels/cuda/matvec.h"
#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// Some outputs of one matrix as tensor cores take them: to[n, k] = W[matrix, firstOut + n, k] as
/// bf16, halves to even.
struct Bf16Weights {
    Matrices weights;
    int matrix = 0;
    int firstOut = 0;
    int numOut = 0;               ///< of them; not all of the matrix's
    std::uint16_t* to = nullptr;  ///< [numOut, weights.numIn] bf16 bits out
};
/// Bytes moved: each of these weights once as it is stored, and two bytes written.
int bf16Weights(const Bf16Weights& op, Stream stream);

}  // namespace gatescope::kernels::cuda

#pragma once

#include "kernels/cuda/matvec.h"
#include "kernels/cuda/stream.h"

namespace gatescope::kernels::cuda {

/// What sums of products of 8-bit codes stand for: y[r, n] = factor * sum over g of scales[r, g] *
/// W.scale[matrix, g, firstOut + n] * sums[g, r, n], in the order of g. The scales of W are those
/// of Matrices: bf16 with I8, where sums are int32; f32 and of one group with F8E4M3, where they
/// are f32. Requires numOut, firstOut and yStride to be multiples of 4, numRows below 65536.
struct ScaleSums {
    Matrices weights;  ///< whose scales; I8 or F8E4M3
    int matrix = 0;
    int firstOut = 0;
    int numOut = 0;                 ///< of them; not all of the matrix's
    const void* sums = nullptr;     ///< [weights.numGroups, numRows, numOut]
    const float* scales = nullptr;  ///< [numRows, weights.numGroups] of RoundedRows
    int numRows = 0;
    float factor = 1;
    float* y = nullptr;  ///< [numRows, yStride] out, numOut of each
    int yStride = 0;
};
/// Bytes moved: each sum once, and as many written as one group has.
int scaleSums(const ScaleSums& op, Stream stream);

}  // namespace gatescope::kernels::cuda

#pragma once

#include <cstdint>
#include <vector>

#include "kernels/cuda/matvec.h"
#include "kernels/quant/dtype.h"

namespace gatescope::kernels::cuda {

struct Shape {
    int numIn, numOut, numGroups;
};

/// Every type that a weight may have. ThreadSanitizer takes one with a plain kernel, one with
/// blocks.
std::vector<DType> weightTypes();

/// Matrices as the GPU has them, and their weights as floats.
struct Stacked {
    Matrices device;
    std::vector<std::byte> memory;
    std::vector<std::uint16_t> scales;
    std::vector<float> rowScales;
    std::vector<float>
        columns;  ///< [numMatrices, numIn, numOut], as kernels/cpu/matvec.h reads them

    /// y = W[matrix] x
    std::vector<float> product(int matrix, const float* x) const;
    float weight(int matrix, int out, int in) const;
};

/// `count` of them, of any bits whose values lie near 0.
Stacked randomMatrices(DType type, const Shape& shape, int count, unsigned seed);

}  // namespace gatescope::kernels::cuda

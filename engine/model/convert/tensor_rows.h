#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/model/weights_assembly.h"

namespace gatescope {

/// A parameter as GGUF and Hugging Face see it: matrices of rows, a row an output, its inputs
/// contiguous. A norm is one row; the router, kept [dModel, numExperts], has a row an expert.
struct RowShape {
    std::int64_t numMatrices = 1;
    std::int64_t numRows = 1;
    std::int64_t numColumns = 0;

    std::uint64_t numElements() const {
        return static_cast<std::uint64_t>(numMatrices * numRows * numColumns);
    }
};
RowShape rowShapeOf(const TensorSlot& slot);

/// Some rows of one matrix.
struct RowRange {
    std::int64_t matrix = 0;
    std::int64_t firstRow = 0;
    std::int64_t numRows = 0;
};

/// Rows as floats, whatever type and order they are kept in; the product of an int8 and its bf16
/// scale is exact.
///   memory  a parameter of `layout`, filled
///   out     [numRows, numColumns]  f32
void copyRows(const TensorLayout& layout,
              const TensorMemory& memory,
              const RowRange& rows,
              float* out);

/// The stored bytes of row `row` of matrix `matrix`, where rows lie one behind the other in the
/// type they are kept in; null where they do not.
const std::byte* storedRows(const TensorLayout& layout,
                            const TensorMemory& memory,
                            std::int64_t matrix,
                            std::int64_t row);

}  // namespace gatescope

#include "engine/model/convert/tensor_rows.h"

#include <algorithm>
#include <vector>

#include "engine/check.h"
#include "kernels/quant/block_codec.h"
#include "kernels/quant/float_types.h"

namespace gatescope {
namespace {

std::size_t index(std::int64_t value) {
    return static_cast<std::size_t>(value);
}

/// Rows that lie one behind the other, each with its inputs contiguous.
bool liesInRows(const TensorLayout& layout) {
    const TensorSlot& slot = layout.slot;
    if (slot.role == TensorRole::Router) return false;
    return !slot.isMatrix() || layout.order == MatrixOrder::OutputsFirst;
}

void decodeRows(const TensorLayout& layout,
                const TensorMemory& memory,
                const RowRange& rows,
                float* out) {
    const RowShape shape = rowShapeOf(layout.slot);
    const std::size_t count = index(rows.numRows * shape.numColumns);
    kernels::decodeElements(
        layout.dtype, storedRows(layout, memory, rows.matrix, rows.firstRow), count, out);
    if (memory.rowScales == nullptr) return;
    const float* scales = memory.rowScales + rows.matrix * shape.numRows + rows.firstRow;
    for (std::int64_t r = 0; r < rows.numRows; ++r)
        for (std::int64_t k = 0; k < shape.numColumns; ++k)
            out[r * shape.numColumns + k] *= scales[r];
}

/// Turns [numColumns, numRows] into rows: for each input its outputs `rows`, a stretch of memory.
void gatherRows(const TensorLayout& layout,
                const TensorMemory& memory,
                const RowRange& rows,
                float* out) {
    const RowShape shape = rowShapeOf(layout.slot);
    const std::size_t itemBytes = itemSize(layout.dtype);
    const std::int64_t groups = std::max(1, layout.numGroups);
    std::vector<float> values(index(rows.numRows));
    for (std::int64_t k = 0; k < shape.numColumns; ++k) {
        const std::int64_t at =
            (rows.matrix * shape.numColumns + k) * shape.numRows + rows.firstRow;
        kernels::decodeElements(
            layout.dtype, memory.data + index(at) * itemBytes, values.size(), values.data());
        if (memory.scales != nullptr) {
            const std::int64_t group = rows.matrix * groups + k * groups / shape.numColumns;
            const std::uint16_t* scales = memory.scales + group * shape.numRows + rows.firstRow;
            for (std::size_t r = 0; r < values.size(); ++r)
                values[r] *= kernels::bf16ToFloat(scales[r]);
        }
        for (std::int64_t r = 0; r < rows.numRows; ++r)
            out[r * shape.numColumns + k] = values[index(r)];
    }
}

}  // namespace

RowShape rowShapeOf(const TensorSlot& slot) {
    if (slot.isMatrix() || slot.isVocabularyMatrix())
        return {.numMatrices = slot.numMatrices(),
                .numRows = slot.numOut(),
                .numColumns = slot.numIn()};
    if (slot.role == TensorRole::Router)
        return {.numMatrices = 1, .numRows = slot.shape[1], .numColumns = slot.shape[0]};
    return {.numMatrices = 1, .numRows = 1, .numColumns = slot.shape[0]};
}

const std::byte* storedRows(const TensorLayout& layout,
                            const TensorMemory& memory,
                            std::int64_t matrix,
                            std::int64_t row) {
    if (!liesInRows(layout)) return nullptr;
    const RowShape shape = rowShapeOf(layout.slot);
    const std::int64_t element = (matrix * shape.numRows + row) * shape.numColumns;
    return memory.data + storedBytes(layout.dtype, static_cast<std::uint64_t>(element));
}

void copyRows(const TensorLayout& layout,
              const TensorMemory& memory,
              const RowRange& rows,
              float* out) {
    const RowShape shape = rowShapeOf(layout.slot);
    GS_CHECK(rows.matrix < shape.numMatrices && rows.firstRow + rows.numRows <= shape.numRows);
    if (liesInRows(layout))
        decodeRows(layout, memory, rows, out);
    else
        gatherRows(layout, memory, rows, out);
}

}  // namespace gatescope

#include "kernels/cpu/dot_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/dot_rows.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"
#include "kernels/quant/block_codec.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

template <class Stored>
void dotStoredRows(
    const RowMatrix& w, const ActivationRows& x, ColumnRange range, float factor, OutputRows y) {
    const auto n = static_cast<std::size_t>(w.numIn);
    const auto* rows = reinterpret_cast<const Stored*>(w.data);
    for (int r = range.begin; r < range.end; ++r) {
        const Stored* row = rows + static_cast<std::size_t>(r) * n;
        for (int t = 0; t < x.count; ++t) y.row(t)[r] = factor * dotProduct(x.row(t), row, n);
    }
}

void dotDecodedRows(const RowMatrix& w,
                    const ActivationRows& x,
                    ColumnRange range,
                    float factor,
                    OutputRows y,
                    float* scratch) {
    const auto n = static_cast<std::size_t>(w.numIn);
    const std::size_t rowBytes = storedBytes(w.type, n);
    for (int r = range.begin; r < range.end; ++r) {
        decodeElements(w.type, w.data + static_cast<std::size_t>(r) * rowBytes, n, scratch);
        const float scale = w.rowScales == nullptr ? factor : factor * w.rowScales[r];
        for (int t = 0; t < x.count; ++t) y.row(t)[r] = scale * dotProduct(x.row(t), scratch, n);
    }
}

void dotRowsImpl(const RowMatrix& w,
                 const ActivationRows& x,
                 ColumnRange range,
                 float factor,
                 OutputRows y,
                 float* scratch) {
    switch (w.type) {
        case DType::F32:
            return dotStoredRows<float>(w, x, range, factor, y);
        case DType::F16:
            return dotStoredRows<F16>(w, x, range, factor, y);
        case DType::BF16:
            return dotStoredRows<Bf16>(w, x, range, factor, y);
        default:
            return dotDecodedRows(w, x, range, factor, y, scratch);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(dotRowsImpl);

void dotRows(const RowMatrix& w,
             const ActivationRows& x,
             ColumnRange range,
             float factor,
             OutputRows y,
             float* scratch) {
    HWY_DYNAMIC_DISPATCH(dotRowsImpl)(w, x, range, factor, y, scratch);
}

}  // namespace gatescope::kernels
#endif

#include "kernels/cpu/dot_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/dot_rows.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

void dotRowsImpl(const ActivationRows& x,
                 const float* rows,
                 int size,
                 ColumnRange range,
                 float factor,
                 OutputRows y) {
    const auto n = static_cast<std::size_t>(size);
    for (int r = range.begin; r < range.end; ++r) {
        const float* row = rows + static_cast<std::size_t>(r) * n;
        for (int t = 0; t < x.count; ++t) y.row(t)[r] = factor * dotProduct(x.row(t), row, n);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(dotRowsImpl);

void dotRows(const ActivationRows& x,
             const float* rows,
             int size,
             ColumnRange range,
             float factor,
             OutputRows y) {
    HWY_DYNAMIC_DISPATCH(dotRowsImpl)(x, rows, size, range, factor, y);
}

}  // namespace gatescope::kernels
#endif

#include "kernels/cpu/matvec.h"

#include <hwy/cache_control.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/matvec.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

/// kVectors vectors of outputs from column `n` on, all rows.
template <int kVectors, class D, class W>
HWY_INLINE void matvecTile(D d,
                           const WeightMatrix& w,
                           const W* HWY_RESTRICT data,
                           const float* HWY_RESTRICT x,
                           std::size_t n,
                           float* HWY_RESTRICT y) {
    const std::size_t lanes = hn::Lanes(d);
    const auto stride = static_cast<std::size_t>(w.numOut);
    hn::Vec<D> total[kVectors];
    for (int v = 0; v < kVectors; ++v) total[v] = hn::Zero(d);
    for (int group = 0; group < w.numGroups; ++group) {
        const int end = w.groupBegin(group + 1);
        hn::Vec<D> sum[kVectors];
        for (int v = 0; v < kVectors; ++v) sum[v] = hn::Zero(d);
        for (int k = w.groupBegin(group); k < end; ++k) {
            const W* row = data + static_cast<std::size_t>(k) * stride + n;
            const auto factor = hn::Set(d, x[k]);
            HWY_UNROLL(8)
            for (int v = 0; v < kVectors; ++v)
                sum[v] = hn::MulAdd(
                    factor, loadWeights(d, row + static_cast<std::size_t>(v) * lanes), sum[v]);
        }
        if (w.scales == nullptr) {
            for (int v = 0; v < kVectors; ++v) total[v] = hn::Add(total[v], sum[v]);
            continue;
        }
        const auto* scales =
            reinterpret_cast<const Bf16*>(w.scales) + static_cast<std::size_t>(group) * stride + n;
        for (int v = 0; v < kVectors; ++v)
            total[v] = hn::MulAdd(
                loadWeights(d, scales + static_cast<std::size_t>(v) * lanes), sum[v], total[v]);
    }
    for (int v = 0; v < kVectors; ++v)
        hn::StoreU(total[v], d, y + n + static_cast<std::size_t>(v) * lanes);
}

// The wide way: a strip of outputs whose sums stay in the first cache, and a few rows of weights at
// a time. Each row is read in one long run, which is what memory is fast at; taking all rows of a
// few columns instead (matvecTile) reads 128 bytes here and there and reaches half the bandwidth.
constexpr std::size_t kStripColumns = 2048;
constexpr std::size_t kStepColumns = 64;  // a cache line of int8
constexpr int kRowsAtOnce = 8;
constexpr std::size_t kWideColumns = 128;  // narrower: sums in registers are faster

/// sums[n] += x[r] * rows[r, n] for kRows rows, in the order of r. `columns` is a multiple of
/// kStepColumns.
template <int kRows, class D, class W>
HWY_INLINE void addRows(D d,
                        const W* HWY_RESTRICT rows,
                        std::size_t stride,
                        const float* HWY_RESTRICT x,
                        std::size_t columns,
                        float* HWY_RESTRICT sums) {
    const std::size_t lanes = hn::Lanes(d);
    hn::Vec<D> factor[kRows];
    for (int r = 0; r < kRows; ++r) factor[r] = hn::Set(d, x[r]);
    for (std::size_t begin = 0; begin < columns; begin += kStepColumns) {
        // The same columns of the next rows: hardware follows one run well, not eight.
        HWY_UNROLL(8)
        for (std::size_t r = 0; r < kRows; ++r)
            for (std::size_t line = 0; line < sizeof(W); ++line)
                hwy::Prefetch(
                    reinterpret_cast<const std::byte*>(rows + (r + kRows) * stride + begin) +
                    line * kStepColumns);
        for (std::size_t n = begin; n < begin + kStepColumns; n += lanes) {
            auto sum = hn::Load(d, sums + n);
            HWY_UNROLL(8)
            for (std::size_t r = 0; r < kRows; ++r)
                sum = hn::MulAdd(factor[r], loadWeights(d, rows + r * stride + n), sum);
            hn::Store(sum, d, sums + n);
        }
    }
}

/// Outputs [n, n + columns) of a strip; `columns` is a multiple of kStepColumns.
template <class W>
void matvecStrip(const WeightMatrix& w,
                 const W* data,
                 const float* x,
                 std::size_t n,
                 std::size_t columns,
                 float* y) {
    const hn::ScalableTag<float> d;
    const auto stride = static_cast<std::size_t>(w.numOut);
    HWY_ALIGN float sums[kStripColumns];
    for (int group = 0; group < w.numGroups; ++group) {
        for (std::size_t i = 0; i < columns; ++i) sums[i] = 0;
        const int end = w.groupBegin(group + 1);
        int k = w.groupBegin(group);
        const auto row = [&] { return data + static_cast<std::size_t>(k) * stride + n; };
        for (; k + kRowsAtOnce <= end; k += kRowsAtOnce)
            addRows<kRowsAtOnce>(d, row(), stride, x + k, columns, sums);
        for (; k + 2 <= end; k += 2) addRows<2>(d, row(), stride, x + k, columns, sums);
        if (k < end) addRows<1>(d, row(), stride, x + k, columns, sums);

        const auto* scales =
            reinterpret_cast<const Bf16*>(w.scales) + static_cast<std::size_t>(group) * stride + n;
        for (std::size_t i = 0; i < columns; i += hn::Lanes(d)) {
            const auto before = group == 0 ? hn::Zero(d) : hn::LoadU(d, y + n + i);
            const auto sum = hn::Load(d, sums + i);
            const auto after = w.scales == nullptr
                                   ? hn::Add(before, sum)
                                   : hn::MulAdd(loadWeights(d, scales + i), sum, before);
            hn::StoreU(after, d, y + n + i);
        }
    }
}

template <class W>
void matvecColumns(const WeightMatrix& w, const float* x, ColumnRange columns, float* y) {
    const hn::ScalableTag<float> d;
    const auto* data = static_cast<const W*>(w.data);
    const auto end = static_cast<std::size_t>(columns.end);
    auto n = static_cast<std::size_t>(columns.begin);
    while (end - n >= kWideColumns) {
        const std::size_t whole = (end - n) / kStepColumns * kStepColumns;
        const std::size_t strip = whole < kStripColumns ? whole : kStripColumns;
        matvecStrip(w, data, x, n, strip, y);
        n += strip;
    }
    // As many running sums as hide the latency of a multiply-add.
    const std::size_t lanes = hn::Lanes(d);
    for (; n + 8 * lanes <= end; n += 8 * lanes) matvecTile<8>(d, w, data, x, n, y);
    for (; n + 4 * lanes <= end; n += 4 * lanes) matvecTile<4>(d, w, data, x, n, y);
    forEachVector(
        d, n, end, [&](auto dd, std::size_t i) HWY_ATTR { matvecTile<1>(dd, w, data, x, i, y); });
}

void matvecImpl(const WeightMatrix& w, const float* x, ColumnRange columns, float* y) {
    switch (w.type) {
        case DType::F32:
            return matvecColumns<float>(w, x, columns, y);
        case DType::F16:
            return matvecColumns<F16>(w, x, columns, y);
        case DType::BF16:
            return matvecColumns<Bf16>(w, x, columns, y);
        case DType::I8:
            return matvecColumns<std::int8_t>(w, x, columns, y);
        default:  // not a type of WeightMatrix
            return;
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(matvecImpl);

void matvec(const WeightMatrix& w, const float* x, ColumnRange columns, float* y) {
    HWY_DYNAMIC_DISPATCH(matvecImpl)(w, x, columns, y);
}

}  // namespace gatescope::kernels
#endif

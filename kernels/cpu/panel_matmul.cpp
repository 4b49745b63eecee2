#include "kernels/cpu/panel_matmul.h"

#include "kernels/cpu/panel_matmul_blocks.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/panel_matmul.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

constexpr std::size_t kPlainOutputs = 64;

/// Two inputs of one output, the even one first.
struct Bf16Pair {
    Bf16 inputs[2];
};
template <class W>
constexpr int kTogether = 1;
template <>
constexpr int kTogether<Bf16Pair> = 2;

/// Input `i` of those that lie together, of Lanes(d) outputs.
template <class D, class W>
HWY_INLINE hn::Vec<D> loadInput(D d, const W* p, int /*i*/) {
    return loadWeights(d, p);
}
template <class D>
HWY_INLINE hn::Vec<D> loadInput(D d, const Bf16Pair* p, int i) {
    const hn::Rebind<std::uint32_t, D> d32;
    const auto both = hn::LoadU(d32, reinterpret_cast<const std::uint32_t*>(p));
    return hn::BitCast(d,
                       i == 0 ? hn::ShiftLeft<16>(both) : hn::And(both, hn::Set(d32, 0xFFFF0000)));
}

/// kVectors vectors of outputs of a plain panel, `width` wide, from output `n` of it on, times
/// kTokens rows.
template <int kTokens, int kVectors, class W, class D>
HWY_INLINE void plainTile(D d,
                          const PanelMatrix& w,
                          const W* HWY_RESTRICT panel,
                          std::size_t width,
                          const ActivationRows& x,
                          int t,
                          int firstOut,
                          std::size_t n,
                          float factor,
                          OutputRows y) {
    const std::size_t lanes = hn::Lanes(d);
    const float* rows[kTokens];
    hn::Vec<D> total[kTokens][kVectors];
    for (int i = 0; i < kTokens; ++i) {
        rows[i] = x.row(t + i);
        for (int v = 0; v < kVectors; ++v) total[i][v] = hn::Zero(d);
    }
    const WeightMatrix groups{.numIn = w.numIn, .numGroups = w.numGroups};
    for (int group = 0; group < w.numGroups; ++group) {
        hn::Vec<D> sum[kTokens][kVectors];
        for (int i = 0; i < kTokens; ++i)
            for (int v = 0; v < kVectors; ++v) sum[i][v] = hn::Zero(d);
        const int end = groups.groupBegin(group + 1);
        for (int k = groups.groupBegin(group); k < end; k += kTogether<W>) {
            const W* line = panel + static_cast<std::size_t>(k / kTogether<W>) * width + n;
            HWY_UNROLL(2)
            for (int j = 0; j < kTogether<W>; ++j)
                for (int v = 0; v < kVectors; ++v) {
                    const auto weights =
                        loadInput(d, line + static_cast<std::size_t>(v) * lanes, j);
                    for (int i = 0; i < kTokens; ++i)
                        sum[i][v] = hn::MulAdd(hn::Set(d, rows[i][k + j]), weights, sum[i][v]);
                }
        }
        for (int v = 0; v < kVectors; ++v) {
            if (w.scales == nullptr) {
                for (int i = 0; i < kTokens; ++i) total[i][v] = hn::Add(total[i][v], sum[i][v]);
                continue;
            }
            const auto scale = loadWeights(
                d,
                reinterpret_cast<const Bf16*>(w.scales) +
                    static_cast<std::size_t>(group) * static_cast<std::size_t>(w.numOut) +
                    static_cast<std::size_t>(firstOut) + n + static_cast<std::size_t>(v) * lanes);
            for (int i = 0; i < kTokens; ++i)
                total[i][v] = hn::MulAdd(scale, sum[i][v], total[i][v]);
        }
    }
    for (int v = 0; v < kVectors; ++v) {
        const std::size_t out =
            static_cast<std::size_t>(firstOut) + n + static_cast<std::size_t>(v) * lanes;
        auto scale = hn::Set(d, factor);
        if (w.rowScales != nullptr) scale = hn::Mul(scale, hn::LoadU(d, w.rowScales + out));
        for (int i = 0; i < kTokens; ++i)
            hn::StoreU(hn::Mul(total[i][v], scale), d, y.row(t + i) + out);
    }
}

/// The same for every row of x.
template <int kVectors, class W, class D>
void plainRows(D d,
               const PanelMatrix& w,
               const W* panel,
               std::size_t width,
               const ActivationRows& x,
               int firstOut,
               std::size_t n,
               float factor,
               OutputRows y) {
    int t = 0;
    for (; t + 4 <= x.count; t += 4)
        plainTile<4, kVectors>(d, w, panel, width, x, t, firstOut, n, factor, y);
    for (; t < x.count; ++t)
        plainTile<1, kVectors>(d, w, panel, width, x, t, firstOut, n, factor, y);
}

template <class W>
void plainPanels(const PanelMatrix& w,
                 const ActivationRows& x,
                 ColumnRange outputs,
                 float factor,
                 OutputRows y) {
    const hn::CappedTag<float, 16> d;
    constexpr int kVectors = 4;  // with one row: as many sums as hide a multiply-add's latency
    const std::size_t lanes = hn::Lanes(d);
    const std::size_t panelElements =
        kPlainOutputs * static_cast<std::size_t>(w.numIn / kTogether<W>);
    for (int out = outputs.begin; out < outputs.end; out += static_cast<int>(kPlainOutputs)) {
        const W* panel = reinterpret_cast<const W*>(w.data) +
                         static_cast<std::size_t>(out) / kPlainOutputs * panelElements;
        const auto rest = static_cast<std::size_t>(w.numOut - out);
        const std::size_t width = rest < kPlainOutputs ? rest : kPlainOutputs;
        std::size_t n = 0;
        for (; n + kVectors * lanes <= width; n += kVectors * lanes)
            plainRows<kVectors>(d, w, panel, width, x, out, n, factor, y);
        for (; n < width; n += lanes) plainRows<1>(d, w, panel, width, x, out, n, factor, y);
    }
}

void panelMatmulImpl(const PanelMatrix& w,
                     const ActivationRows& x,
                     ColumnRange outputs,
                     float factor,
                     OutputRows y) {
    switch (w.type) {
        case DType::F32:
            return plainPanels<float>(w, x, outputs, factor, y);
        case DType::F16:
            return plainPanels<F16>(w, x, outputs, factor, y);
        case DType::BF16:
            return plainPanels<Bf16Pair>(w, x, outputs, factor, y);
        case DType::I8:
            return plainPanels<std::int8_t>(w, x, outputs, factor, y);
        case DType::F8E4M3:
            return plainPanels<F8E4M3>(w, x, outputs, factor, y);
        default:
            return;
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(panelMatmulImpl);

void panelMatmul(const PanelMatrix& w,
                 const ActivationRows& x,
                 ColumnRange outputs,
                 float factor,
                 OutputRows y) {
    if (traits(w.type).blockSize > 1) return panelMatmulBlocks(w, x, outputs, factor, y);
    HWY_DYNAMIC_DISPATCH(panelMatmulImpl)(w, x, outputs, factor, y);
}

}  // namespace gatescope::kernels
#endif

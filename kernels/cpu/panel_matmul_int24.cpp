#include <algorithm>

#include "kernels/cpu/amx.h"
#include "kernels/cpu/dot_bytes.h"
#include "kernels/cpu/panel_matmul.h"
#include "kernels/cpu/panel_matmul_amx.h"
#include "kernels/cpu/prefetch.h"

// See dot_bytes-inl.h.
#define HWY_WANT_AVX3_DL
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3 | GATESCOPE_SIZELESS_TARGETS)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/panel_matmul_int24.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/int24_sums-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

constexpr std::size_t kPanelOutputs = 64;
constexpr std::size_t kLanes = hn::MaxLanes(Lanes32());

/// What a tile reads and writes: lines of `width` outputs of four inputs each.
struct Panel {
    const PanelMatrix& w;
    const std::int32_t* lines;
    std::size_t width;
    const Int24Rows& x;
    float factor;
    OutputRows y;
    std::size_t firstOut;
    std::size_t ahead;  ///< bytes, for a single row
};

/// total[i][v] += a block of inputs, whose lines begin at `line`, times that of each row.
template <int kTokens, int kVectors>
HWY_INLINE void addBlock(const Panel& panel,
                         const std::int32_t* line,
                         const Int24Block* const* rows,
                         std::size_t block,
                         hn::Vec<LanesF> (*total)[kVectors]) {
    const Lanes32 d;
    hn::Vec<Lanes32> dots[kTokens][kDigits][kVectors];
    HWY_UNROLL(4)
    for (int i = 0; i < kTokens; ++i) HWY_UNROLL(3)
    for (std::size_t digit = 0; digit < kDigits; ++digit) HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v)
        dots[i][digit][v] = hn::Set(d, rows[i][block].offsets[digit]);
    HWY_UNROLL(16)
    for (std::size_t k = 0; k < kInt24Block; k += 4, line += panel.width) {
        if constexpr (kTokens == 1)
            prefetchBehind(line, kVectors * kLanes * sizeof *line, panel.ahead);
        hn::Vec<Lanes32> weights[kVectors];
        HWY_UNROLL(4)
        for (int v = 0; v < kVectors; ++v)  // + 128, so that they have no sign
            weights[v] = hn::Xor(hn::LoadU(d, line + static_cast<std::size_t>(v) * kLanes),
                                 hn::Set(d, static_cast<std::int32_t>(0x80808080)));
        HWY_UNROLL(4)
        for (int i = 0; i < kTokens; ++i) HWY_UNROLL(3)
        for (std::size_t digit = 0; digit < kDigits; ++digit) {
            const auto inputs = fourInputs(rows[i][block].digits[digit] + k);
            HWY_UNROLL(4)
            for (int v = 0; v < kVectors; ++v)
                dots[i][digit][v] = addDots(weights[v], inputs, dots[i][digit][v]);
        }
    }
    HWY_UNROLL(4)
    for (int i = 0; i < kTokens; ++i) HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v)
        total[i][v] = addScaledDigits(
            dots[i][0][v], dots[i][1][v], dots[i][2][v], rows[i][block].scale, total[i][v]);
}

/// kVectors vectors of outputs from output `n` of the panel on, times rows t ... t + kTokens - 1.
template <int kTokens, int kVectors>
HWY_INLINE void panelTile(const Panel& panel, std::size_t n, int t) {
    const LanesF d;
    const Int24Block* rows[kTokens];
    hn::Vec<LanesF> sum[kTokens][kVectors];
    for (int i = 0; i < kTokens; ++i) {
        rows[i] = panel.x.rows.row(panel.x.row(t + i));
        for (int v = 0; v < kVectors; ++v) sum[i][v] = hn::Zero(d);
    }
    forEachStretch(panel.w, [&](std::size_t begin, std::size_t end, std::size_t group) HWY_ATTR {
        hn::Vec<LanesF> total[kTokens][kVectors];
        for (int i = 0; i < kTokens; ++i)
            for (int v = 0; v < kVectors; ++v) total[i][v] = hn::Zero(d);
        for (std::size_t block = begin; block < end; ++block)
            addBlock<kTokens, kVectors>(panel,
                                        panel.lines + block * (kInt24Block / 4) * panel.width + n,
                                        rows,
                                        block,
                                        total);
        for (int v = 0; v < kVectors; ++v) {
            const auto scale = weightScales(
                panel.w, group, panel.firstOut + n + static_cast<std::size_t>(v) * kLanes);
            for (int i = 0; i < kTokens; ++i) sum[i][v] = hn::MulAdd(scale, total[i][v], sum[i][v]);
        }
    });
    for (int i = 0; i < kTokens; ++i)
        for (int v = 0; v < kVectors; ++v)
            hn::StoreU(
                hn::Mul(sum[i][v], hn::Set(d, panel.factor)),
                d,
                panel.y.row(t + i) + panel.firstOut + n + static_cast<std::size_t>(v) * kLanes);
}

/// Rows from `t` on, as many at a time as have room in the registers, then half as many.
template <int kTokens, int kVectors>
HWY_INLINE void rowsOfPanel(const Panel& panel, std::size_t n, int t) {
    for (; t + kTokens <= panel.x.count; t += kTokens) panelTile<kTokens, kVectors>(panel, n, t);
    if constexpr (kTokens > 1)
        if (t < panel.x.count) rowsOfPanel<kTokens / 2, kVectors>(panel, n, t);
}

/// The outputs of a panel, kVectors vectors at a time, then one.
template <int kTokens, int kVectors>
HWY_INLINE void outputsOfPanel(const Panel& panel) {
    std::size_t n = 0;
    for (; n + kVectors * kLanes <= panel.width; n += kVectors * kLanes)
        rowsOfPanel<kTokens, kVectors>(panel, n, 0);
    for (; n < panel.width; n += kLanes) rowsOfPanel<kTokens, 1>(panel, n, 0);
}

// 4 rows of 2 vectors have 24 sums, a single one of 4 vectors 12: as many as hide their latency.
constexpr bool k32Registers = HWY_TARGET == HWY_AVX3_DL;
constexpr int kMostTokens = k32Registers ? 4 : 1;
constexpr int kVectorsOfRows = k32Registers ? 2 : 1;
constexpr int kVectorsOfOne = k32Registers ? 4 : 1;

void panelMatmulInt24Impl(
    const PanelMatrix& w, const Int24Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    const auto end = static_cast<std::size_t>(outputs.end);
    for (auto out = static_cast<std::size_t>(outputs.begin); out < end; out += kPanelOutputs) {
        const Panel panel{
            w,
            reinterpret_cast<const std::int32_t*>(w.data + out * static_cast<std::size_t>(w.numIn)),
            std::min(kPanelOutputs, static_cast<std::size_t>(w.numOut) - out),
            x,
            factor,
            y,
            out,
            x.count == 1 ? prefetchDistance() : 0};
        if (x.count == 1)
            outputsOfPanel<1, kVectorsOfOne>(panel);
        else
            outputsOfPanel<kMostTokens, kVectorsOfRows>(panel);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(panelMatmulInt24Impl);

bool canTakeInt24(DType type, int numIn, int numGroups) {
    return type == DType::I8 && numIn % (kInt24Block * numGroups) == 0;
}

bool hasInt24Products() {
    return hasDotBytes();
}

void panelMatmulInt24(
    const PanelMatrix& w, const Int24Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    const auto byRows = [&](const Int24Rows& rows, OutputRows to) {
        HWY_DYNAMIC_DISPATCH(panelMatmulInt24Impl)(w, rows, outputs, factor, to);
    };
    if (!hasAmx() || !hasDotBytes()) return byRows(x, y);
    tilesThenRows(
        x,
        y,
        kFewestInt24AmxRows,
        [&](const Int24Rows& rows, OutputRows to) {
            panelMatmulInt24Amx(w, rows, outputs, factor, to);
        },
        byRows);
}

}  // namespace gatescope::kernels
#endif

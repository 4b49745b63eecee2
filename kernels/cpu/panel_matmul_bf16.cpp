#include <cstring>

#include "kernels/cpu/amx.h"
#include "kernels/cpu/panel_matmul.h"
#include "kernels/cpu/panel_matmul_amx.h"
#include "kernels/cpu/prefetch.h"

// Highway 1.0 has no target with vdpbf16ps, so in this file AVX3_DL is one: its text gets that
// extension, and panelMatmulBf16() asks the processor for it.
#define HWY_WANT_AVX3_DL
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | GATESCOPE_SIZELESS_TARGETS)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/panel_matmul_bf16.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"

#if HWY_TARGET == HWY_AVX3_DL
#undef HWY_TARGET_STR
#define HWY_TARGET_STR                                              \
    HWY_TARGET_STR_AVX3                                             \
    ",vpclmulqdq,avx512vbmi,avx512vbmi2,vaes,avxvnni,avx512bitalg," \
    "avx512vpopcntdq,avx512bf16"
#endif

// Only where there is something to fall back on: not if all is built for one kind of processor.
#undef GATESCOPE_VDPBF16PS
#define GATESCOPE_VDPBF16PS (HWY_TARGET == HWY_AVX3_DL && (HWY_TARGETS & HWY_AVX3) != 0)

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

using LanesF = hn::CappedTag<float, 16>;
using Pairs = hn::RebindToUnsigned<LanesF>;  ///< two bf16 numbers a lane, the even input below

constexpr std::size_t kPanelOutputs = 64;
constexpr std::size_t kLanes = hn::MaxLanes(LanesF());

/// sum[n] + w[2n + 1] * x[2n + 1] + w[2n] * x[2n], the products exact, each sum rounded to f32.
HWY_INLINE hn::Vec<LanesF> addPairs(hn::Vec<Pairs> w, hn::Vec<Pairs> x, hn::Vec<LanesF> sum) {
#if GATESCOPE_VDPBF16PS
    return hn::Vec<LanesF>{_mm512_dpbf16_ps(
        sum.raw, reinterpret_cast<__m512bh>(w.raw), reinterpret_cast<__m512bh>(x.raw))};
#else
    const LanesF d;
    const auto upper = hn::Set(Pairs(), 0xFFFF0000);
    sum = hn::MulAdd(hn::BitCast(d, hn::And(w, upper)), hn::BitCast(d, hn::And(x, upper)), sum);
    return hn::MulAdd(
        hn::BitCast(d, hn::ShiftLeft<16>(w)), hn::BitCast(d, hn::ShiftLeft<16>(x)), sum);
#endif
}

HWY_INLINE hn::Vec<Pairs> twoInputs(const std::uint16_t* x) {
    std::uint32_t both;
    std::memcpy(&both, x, sizeof both);
    return hn::Set(Pairs(), both);
}

/// What a tile reads and writes: `numPairs` lines of `width` outputs each.
struct Panel {
    const std::uint32_t* lines;
    std::size_t width;
    std::size_t numPairs;
    const Bf16Rows& x;
    float factor;
    OutputRows y;
    std::size_t firstOut;
    std::size_t ahead;  ///< bytes, for a single row
};

/// kVectors vectors of outputs from output `n` of the panel on, times rows t ... t + kTokens - 1.
template <int kTokens, int kVectors>
HWY_INLINE void panelTile(const Panel& panel, std::size_t n, int t) {
    const LanesF d;
    const std::uint16_t* rows[kTokens];
    hn::Vec<LanesF> sum[kTokens][kVectors];
    HWY_UNROLL(8)
    for (int i = 0; i < kTokens; ++i) {
        rows[i] = panel.x.row(t + i);
        HWY_UNROLL(8)
        for (int v = 0; v < kVectors; ++v) sum[i][v] = hn::Zero(d);
    }
    const std::uint32_t* line = panel.lines + n;
    for (std::size_t k = 0; k < panel.numPairs; ++k, line += panel.width) {
        if constexpr (kTokens == 1)
            prefetchBehind(line, kVectors * kLanes * sizeof *line, panel.ahead);
        hn::Vec<Pairs> weights[kVectors];
        HWY_UNROLL(8)
        for (int v = 0; v < kVectors; ++v)
            weights[v] = hn::LoadU(Pairs(), line + static_cast<std::size_t>(v) * kLanes);
        HWY_UNROLL(8)
        for (int i = 0; i < kTokens; ++i) {
            const auto inputs = twoInputs(rows[i] + 2 * k);
            HWY_UNROLL(8)
            for (int v = 0; v < kVectors; ++v) sum[i][v] = addPairs(weights[v], inputs, sum[i][v]);
        }
    }
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

#if HWY_TARGET == HWY_AVX3_DL || HWY_TARGET == HWY_AVX3
constexpr int kMostTokens = 6;  // 24 sums of 4 vectors each, 4 weights and an input in 32 registers
#else
constexpr int kMostTokens = 2;
#endif

void panelMatmulBf16Impl(
    const PanelMatrix& w, const Bf16Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    constexpr int kVectors = 4;  // with one row: as many sums as hide the latency of a product
    const auto numPairs = static_cast<std::size_t>(w.numIn) / 2;
    const auto end = static_cast<std::size_t>(outputs.end);
    for (auto out = static_cast<std::size_t>(outputs.begin); out < end; out += kPanelOutputs) {
        const std::size_t rest = static_cast<std::size_t>(w.numOut) - out;
        const Panel panel{reinterpret_cast<const std::uint32_t*>(w.data) + out * numPairs,
                          rest < kPanelOutputs ? rest : kPanelOutputs,
                          numPairs,
                          x,
                          factor,
                          y,
                          out,
                          x.count == 1 ? prefetchDistance() : 0};
        std::size_t n = 0;
        for (; n + kVectors * kLanes <= panel.width; n += kVectors * kLanes)
            rowsOfPanel<kMostTokens, kVectors>(panel, n, 0);
        for (; n < panel.width; n += kLanes) rowsOfPanel<kMostTokens, 1>(panel, n, 0);
    }
}

bool hasInstruction() {
    return GATESCOPE_VDPBF16PS;
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(panelMatmulBf16Impl);
HWY_EXPORT(hasInstruction);

bool hasBf16Products() {
#if (HWY_TARGETS & HWY_AVX3_DL) && (HWY_TARGETS & HWY_AVX3)
    static const bool supported = __builtin_cpu_supports("avx512bf16") != 0;
    return supported && HWY_DYNAMIC_DISPATCH(hasInstruction)();
#else
    return false;
#endif
}

void panelMatmulBf16(
    const PanelMatrix& w, const Bf16Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    if (hasAmx() && HWY_DYNAMIC_DISPATCH(hasInstruction)())
        return panelMatmulBf16Amx(w, x, outputs, factor, y);
#if (HWY_TARGETS & HWY_AVX3_DL) && (HWY_TARGETS & HWY_AVX3)
    if (HWY_DYNAMIC_DISPATCH(hasInstruction)() && !hasBf16Products())
        return N_AVX3::panelMatmulBf16Impl(w, x, outputs, factor, y);
#endif
    HWY_DYNAMIC_DISPATCH(panelMatmulBf16Impl)(w, x, outputs, factor, y);
}

}  // namespace gatescope::kernels
#endif

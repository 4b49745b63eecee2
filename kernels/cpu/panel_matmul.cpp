#include "kernels/cpu/panel_matmul.h"

#include "kernels/cpu/panel_matmul_blocks.h"
#include "kernels/cpu/prefetch.h"

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
/// Four inputs of one output.
struct Int8Four {
    std::int8_t inputs[4];
};
template <class W>
constexpr int kTogether = 1;
template <>
constexpr int kTogether<Bf16Pair> = 2;
template <>
constexpr int kTogether<Int8Four> = 4;

/// What a sum of products with weights as addInputs() takes them is to be multiplied by.
template <class W>
constexpr float kUnit = 1;
template <>
constexpr float kUnit<Int8Four> = 0x1p-24F;

/// Byte kByte of each lane times 2^24.
template <int kByte, class D32>
HWY_INLINE hn::Vec<D32> onTop(D32 d32, hn::Vec<D32> four) {
#if HWY_TARGET == HWY_SCALAR
    const auto shifted = hn::ShiftLeft<8 * (3 - kByte)>(four);
    return hn::And(shifted, hn::Set(d32, static_cast<std::int32_t>(0xFF000000)));
#else
    alignas(16) static constexpr std::uint8_t kTable[16] = {
        128, 128, 128, kByte,     128, 128, 128, 4 + kByte,
        128, 128, 128, 8 + kByte, 128, 128, 128, 12 + kByte};
    const hn::Repartition<std::uint8_t, D32> d8;
    return hn::BitCast(
        d32, hn::TableLookupBytesOr0(hn::BitCast(d8, four), hn::LoadDup128(d8, kTable)));
#endif
}

/// Adds to sum[i], for kTokens rows, the inputs k ... of Lanes(d) outputs that lie together.
template <int kTokens, class D, class W>
HWY_INLINE void addInputs(D d, const W* p, const float* const* rows, int k, hn::Vec<D>* sum) {
    const auto weights = loadWeights(d, p);
    for (int i = 0; i < kTokens; ++i) sum[i] = hn::MulAdd(hn::Set(d, rows[i][k]), weights, sum[i]);
}
template <int kTokens, class D>
HWY_INLINE void addInputs(
    D d, const Bf16Pair* p, const float* const* rows, int k, hn::Vec<D>* sum) {
    const hn::Rebind<std::uint32_t, D> d32;
    const auto both = hn::LoadU(d32, reinterpret_cast<const std::uint32_t*>(p));
    const auto even = hn::BitCast(d, hn::ShiftLeft<16>(both));
    const auto odd = hn::BitCast(d, hn::And(both, hn::Set(d32, 0xFFFF0000)));
    for (int i = 0; i < kTokens; ++i) sum[i] = hn::MulAdd(hn::Set(d, rows[i][k]), even, sum[i]);
    for (int i = 0; i < kTokens; ++i) sum[i] = hn::MulAdd(hn::Set(d, rows[i][k + 1]), odd, sum[i]);
}

/// A byte on top of its lane is 2^24 times too large, which is exact, and one step less than to
/// extend its sign.
template <int kTokens, int kByte = 0, class D>
HWY_INLINE void addInputs(
    D d, const Int8Four* p, const float* const* rows, int k, hn::Vec<D>* sum) {
    const hn::Rebind<std::int32_t, D> d32;
    const auto four = hn::LoadU(d32, reinterpret_cast<const std::int32_t*>(p));
    const auto weights = hn::ConvertTo(d, onTop<kByte>(d32, four));
    for (int i = 0; i < kTokens; ++i)
        sum[i] = hn::MulAdd(hn::Set(d, rows[i][k + kByte]), weights, sum[i]);
    if constexpr (kByte < 3) addInputs<kTokens, kByte + 1>(d, p, rows, k, sum);
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
                          std::size_t ahead,
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
        hn::Vec<D> sum[kVectors][kTokens];
        for (int i = 0; i < kTokens; ++i)
            for (int v = 0; v < kVectors; ++v) sum[v][i] = hn::Zero(d);
        const int end = groups.groupBegin(group + 1);
        for (int k = groups.groupBegin(group); k < end; k += kTogether<W>) {
            const W* line = panel + static_cast<std::size_t>(k / kTogether<W>) * width + n;
            if constexpr (kTokens == 1) prefetchBehind(line, kVectors * lanes * sizeof(W), ahead);
            for (int v = 0; v < kVectors; ++v)
                addInputs<kTokens>(d, line + static_cast<std::size_t>(v) * lanes, rows, k, sum[v]);
        }
        for (int v = 0; v < kVectors; ++v) {
            if (w.scales == nullptr) {
                for (int i = 0; i < kTokens; ++i) total[i][v] = hn::Add(total[i][v], sum[v][i]);
                continue;
            }
            const auto stored = loadWeights(
                d,
                reinterpret_cast<const Bf16*>(w.scales) +
                    static_cast<std::size_t>(group) * static_cast<std::size_t>(w.numOut) +
                    static_cast<std::size_t>(firstOut) + n + static_cast<std::size_t>(v) * lanes);
            const auto scale = hn::Mul(stored, hn::Set(d, kUnit<W>));
            for (int i = 0; i < kTokens; ++i)
                total[i][v] = hn::MulAdd(scale, sum[v][i], total[i][v]);
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

/// All outputs of a panel times kTokens rows.
template <int kTokens, int kVectors, class W, class D>
void plainPanel(D d,
                const PanelMatrix& w,
                const W* panel,
                std::size_t width,
                const ActivationRows& x,
                int t,
                int firstOut,
                float factor,
                OutputRows y) {
    const std::size_t lanes = hn::Lanes(d);
    const std::size_t ahead = kTokens == 1 ? prefetchDistance() : 0;
    std::size_t n = 0;
    for (; n + kVectors * lanes <= width; n += kVectors * lanes)
        plainTile<kTokens, kVectors>(d, w, panel, width, x, t, firstOut, n, ahead, factor, y);
    for (; n < width; n += lanes)
        plainTile<kTokens, 1>(d, w, panel, width, x, t, firstOut, n, ahead, factor, y);
}

template <class W>
void plainPanels(const PanelMatrix& w,
                 const ActivationRows& x,
                 ColumnRange outputs,
                 float factor,
                 OutputRows y) {
    const hn::CappedTag<float, 16> d;
    // With one row: as many sums as hide a multiply-add's latency, at most a whole panel. With
    // four: as few as stay in 16 registers, but for pairs, which are faster (measured) when they do
    // not.
    constexpr bool k32Registers = HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64;
    constexpr int kVectorsOfOne = HWY_TARGET <= HWY_AVX3 ? 4 : 8;
    constexpr int kVectorsOfFour = k32Registers || kTogether<W> == 2 ? 4 : 2;
    const std::size_t panelElements =
        kPlainOutputs * static_cast<std::size_t>(w.numIn / kTogether<W>);
    for (int out = outputs.begin; out < outputs.end; out += static_cast<int>(kPlainOutputs)) {
        const W* panel = reinterpret_cast<const W*>(w.data) +
                         static_cast<std::size_t>(out) / kPlainOutputs * panelElements;
        const auto rest = static_cast<std::size_t>(w.numOut - out);
        const std::size_t width = rest < kPlainOutputs ? rest : kPlainOutputs;
        int t = 0;
        for (; t + 4 <= x.count; t += 4)
            plainPanel<4, kVectorsOfFour>(d, w, panel, width, x, t, out, factor, y);
        for (; t < x.count; ++t)
            plainPanel<1, kVectorsOfOne>(d, w, panel, width, x, t, out, factor, y);
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
            return plainPanels<Int8Four>(w, x, outputs, factor, y);
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

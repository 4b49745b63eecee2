#include "kernels/cpu/panel_matmul.h"

#include "kernels/cpu/panel_matmul_kquants.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/panel_matmul.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

constexpr int kBlockInputs = 32;
constexpr std::size_t kBlockOutputs = 16;
constexpr std::size_t kPlainOutputs = 64;
constexpr std::size_t kLine = 64;
constexpr std::size_t kScales = 32;

// ---------------------------------------------------------------- plain types

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
        for (int k = groups.groupBegin(group); k < end; ++k) {
            const W* line = panel + static_cast<std::size_t>(k) * width + n;
            for (int v = 0; v < kVectors; ++v) {
                const auto weights = loadWeights(d, line + static_cast<std::size_t>(v) * lanes);
                for (int i = 0; i < kTokens; ++i)
                    sum[i][v] = hn::MulAdd(hn::Set(d, rows[i][k]), weights, sum[i][v]);
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
    for (int i = 0; i < kTokens; ++i)
        for (int v = 0; v < kVectors; ++v)
            hn::StoreU(hn::Mul(total[i][v], hn::Set(d, factor)),
                       d,
                       y.row(t + i) + static_cast<std::size_t>(firstOut) + n +
                           static_cast<std::size_t>(v) * lanes);
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
    const std::size_t panelElements = kPlainOutputs * static_cast<std::size_t>(w.numIn);
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

// ---------------------------------------------------------------- block types

using Lanes32 = hn::CappedTag<std::int32_t, kBlockOutputs>;
using LanesF = hn::Rebind<float, Lanes32>;

/// Calls add(k, weights) for the 32 inputs of a block, `weights` being those of the outputs from
/// `n` on, as whole numbers.
template <class Add>
HWY_INLINE void forEachInputQ8(const std::byte* lines, std::size_t n, const Add& add) {
    const Lanes32 d;
    const auto mask = hn::Set(d, 255);
    const auto offset = hn::Set(d, 128);
    for (std::size_t i = 0; i < 8; ++i) {
        const auto four =
            hn::LoadU(d, reinterpret_cast<const std::int32_t*>(lines + i * kLine) + n);
        const auto put = [&](std::size_t j, hn::Vec<Lanes32> shifted) HWY_ATTR {
            add(4 * i + j, hn::ConvertTo(LanesF(), hn::Sub(hn::And(shifted, mask), offset)));
        };
        put(0, four);
        put(1, hn::ShiftRight<8>(four));
        put(2, hn::ShiftRight<16>(four));
        put(3, hn::ShiftRight<24>(four));
    }
}

template <class Add>
HWY_INLINE void forEachInputQ4(const std::byte* lines, std::size_t n, const Add& add) {
    const Lanes32 d;
    const auto mask = hn::Set(d, 15);
    const auto offset = hn::Set(d, 8);
    for (std::size_t i = 0; i < 4; ++i) {
        const auto eight =
            hn::LoadU(d, reinterpret_cast<const std::int32_t*>(lines + i * kLine) + n);
        const auto put = [&](std::size_t k, hn::Vec<Lanes32> shifted) HWY_ATTR {
            add(k, hn::ConvertTo(LanesF(), hn::Sub(hn::And(shifted, mask), offset)));
        };
        put(4 * i, eight);
        put(4 * i + 1, hn::ShiftRight<8>(eight));
        put(4 * i + 2, hn::ShiftRight<16>(eight));
        put(4 * i + 3, hn::ShiftRight<24>(eight));
        put(16 + 4 * i, hn::ShiftRight<4>(eight));
        put(16 + 4 * i + 1, hn::ShiftRight<12>(eight));
        put(16 + 4 * i + 2, hn::ShiftRight<20>(eight));
        put(16 + 4 * i + 3, hn::ShiftRight<28>(eight));
    }
}

/// A vector of outputs of a block panel, from output `n` of it on, times kTokens rows.
template <bool kQ8, int kTokens>
HWY_INLINE void blockTile(const std::byte* HWY_RESTRICT panel,
                          std::size_t numBlocks,
                          const ActivationRows& x,
                          int t,
                          std::size_t n,
                          float factor,
                          float* HWY_RESTRICT const* y) {
    constexpr std::size_t kBytes = kScales + (kQ8 ? 8 : 4) * kLine;
    const LanesF d;
    hn::Vec<LanesF> total[kTokens];
    for (int i = 0; i < kTokens; ++i) total[i] = hn::Zero(d);
    for (std::size_t b = 0; b < numBlocks; ++b) {
        const std::byte* block = panel + b * kBytes;
        const auto scale = loadWeights(d, reinterpret_cast<const F16*>(block) + n);
        hn::Vec<LanesF> sum[kTokens];
        const float* rows[kTokens];
        for (int i = 0; i < kTokens; ++i) {
            sum[i] = hn::Zero(d);
            rows[i] = x.row(t + i) + b * kBlockInputs;
        }
        const auto add = [&](std::size_t k, hn::Vec<LanesF> weights) HWY_ATTR {
            for (int i = 0; i < kTokens; ++i)
                sum[i] = hn::MulAdd(hn::Set(d, rows[i][k]), weights, sum[i]);
        };
        if constexpr (kQ8)
            forEachInputQ8(block + kScales, n, add);
        else
            forEachInputQ4(block + kScales, n, add);
        for (int i = 0; i < kTokens; ++i) total[i] = hn::MulAdd(scale, sum[i], total[i]);
    }
    for (int i = 0; i < kTokens; ++i)
        hn::StoreU(hn::Mul(total[i], hn::Set(d, factor)), d, y[i] + n);
}

template <bool kQ8>
void blockPanels(const PanelMatrix& w,
                 const ActivationRows& x,
                 ColumnRange outputs,
                 float factor,
                 OutputRows y) {
    constexpr std::size_t kBytes = kScales + (kQ8 ? 8 : 4) * kLine;
    const std::size_t lanes = hn::Lanes(Lanes32());
    const auto numBlocks = static_cast<std::size_t>(w.numIn / kBlockInputs);
    for (int out = outputs.begin; out < outputs.end; out += static_cast<int>(kBlockOutputs)) {
        const std::byte* panel =
            w.data + static_cast<std::size_t>(out) / kBlockOutputs * numBlocks * kBytes;
        for (std::size_t n = 0; n < kBlockOutputs; n += lanes) {
            int t = 0;
            for (; t + 4 <= x.count; t += 4) {
                float* to[4] = {
                    y.row(t) + out, y.row(t + 1) + out, y.row(t + 2) + out, y.row(t + 3) + out};
                blockTile<kQ8, 4>(panel, numBlocks, x, t, n, factor, to);
            }
            for (; t < x.count; ++t) {
                float* to[1] = {y.row(t) + out};
                blockTile<kQ8, 1>(panel, numBlocks, x, t, n, factor, to);
            }
        }
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
            return plainPanels<Bf16>(w, x, outputs, factor, y);
        case DType::I8:
            return plainPanels<std::int8_t>(w, x, outputs, factor, y);
        case DType::Q8_0:
            return blockPanels<true>(w, x, outputs, factor, y);
        case DType::Q4_0:
            return blockPanels<false>(w, x, outputs, factor, y);
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
    if (w.type == DType::Q4_K || w.type == DType::Q6_K)
        return panelMatmulKQuants(w, x, outputs, factor, y);
    HWY_DYNAMIC_DISPATCH(panelMatmulImpl)(w, x, outputs, factor, y);
}

}  // namespace gatescope::kernels
#endif

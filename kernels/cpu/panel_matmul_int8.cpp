#include "kernels/cpu/panel_matmul.h"

#include "kernels/cpu/panel_matmul_kquants.h"

// The instruction this is about comes with the target after AVX3, which Highway compiles on
// request; without it AVX2 is as good.
#define HWY_WANT_AVX3_DL
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/panel_matmul_int8.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/panel_dots-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

constexpr std::size_t kScales = 32;

// As many running sums as there are registers for, beside a block's weights.
#if HWY_TARGET == HWY_AVX3_DL
constexpr int kMostTokens = 12;
#else
constexpr int kMostTokens = 2;
#endif

/// A block of Q8_0 panels: 8 lines, values + 128.
struct Q8Block {
    static constexpr std::size_t kBytes = kScales + 8 * kLine;
    static constexpr std::int32_t kOffset = 128;

    HWY_INLINE static hn::Vec<Lanes32> dot(const std::byte* lines,
                                           int part,
                                           const std::int8_t* x,
                                           hn::Vec<Lanes32> sum) {
        HWY_UNROLL(8)
        for (std::size_t i = 0; i < 8; ++i)
            sum = addDots(loadPart(lines + i * kLine, part), fourInputs(x + 4 * i), sum);
        return sum;
    }
};

/// A block of Q4_0 panels: 4 lines of two nibbles, values + 8.
struct Q4Block {
    static constexpr std::size_t kBytes = kScales + 4 * kLine;
    static constexpr std::int32_t kOffset = 8;

    HWY_INLINE static hn::Vec<Lanes32> dot(const std::byte* lines,
                                           int part,
                                           const std::int8_t* x,
                                           hn::Vec<Lanes32> sum) {
        const auto low = hn::Set(Lanes32(), 0x0F0F0F0F);
        auto sixteenfold = hn::Zero(Lanes32());  // the high nibbles stay where they are
        HWY_UNROLL(4)
        for (std::size_t i = 0; i < 4; ++i) {
            const auto both = loadPart(lines + i * kLine, part);
            sum = addDots(hn::And(both, low), fourInputs(x + 4 * i), sum);
            sixteenfold = addDots(hn::AndNot(low, both), fourInputs(x + 16 + 4 * i), sixteenfold);
        }
        return hn::Add(sum, hn::ShiftRight<4>(sixteenfold));
    }
};

/// One panel times kTokens rows from row `t` on.
template <class Block, int kTokens>
HWY_INLINE void panelTile(const std::byte* HWY_RESTRICT panel,
                          std::size_t numBlocks,
                          const Int8Rows& x,
                          int t,
                          float factor,
                          OutputRows y,
                          int firstOut) {
    const LanesF d;
    const std::int8_t* values[kTokens];
    const float* scales[kTokens];
    const std::int32_t* sums[kTokens];
    hn::Vec<LanesF> total[kTokens][kParts];
    for (int i = 0; i < kTokens; ++i) {
        const std::ptrdiff_t row = x.row(t + i);
        values[i] = x.rows.rowValues(row);
        scales[i] = x.rows.rowScales(row);
        sums[i] = x.rows.rowSums(row);
        for (int part = 0; part < kParts; ++part) total[i][part] = hn::Zero(d);
    }
    for (std::size_t b = 0; b < numBlocks; ++b) {
        const std::byte* block = panel + b * Block::kBytes;
        hn::Vec<LanesF> weightScale[kParts];
        for (int part = 0; part < kParts; ++part)
            weightScale[part] = loadWeights(
                d,
                reinterpret_cast<const F16*>(block) + static_cast<std::size_t>(part) * kPartLanes);
        for (int i = 0; i < kTokens; ++i) {
            const auto correction =
                hn::Set(Lanes32(), -Block::kOffset * (sums[i][2 * b] + sums[i][2 * b + 1]));
            const auto scale = hn::Set(d, scales[i][b]);
            for (int part = 0; part < kParts; ++part) {
                const auto sum =
                    Block::dot(block + kScales, part, values[i] + b * kActivationBlock, correction);
                total[i][part] = hn::MulAdd(
                    hn::ConvertTo(d, sum), hn::Mul(weightScale[part], scale), total[i][part]);
            }
        }
    }
    for (int i = 0; i < kTokens; ++i)
        for (int part = 0; part < kParts; ++part)
            hn::StoreU(hn::Mul(total[i][part], hn::Set(d, factor)),
                       d,
                       y.row(t + i) + firstOut + part * kPartLanes);
}

template <class Block>
void matmulPanels(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    const auto numBlocks = static_cast<std::size_t>(w.numIn / kActivationBlock);
    for (int out = outputs.begin; out < outputs.end; out += 16) {
        const std::byte* panel =
            w.data + static_cast<std::size_t>(out / 16) * numBlocks * Block::kBytes;
        int t = 0;
        if constexpr (kMostTokens == 12) {
            for (; t + 12 <= x.count; t += 12)
                panelTile<Block, 12>(panel, numBlocks, x, t, factor, y, out);
            if (t + 6 <= x.count) {
                panelTile<Block, 6>(panel, numBlocks, x, t, factor, y, out);
                t += 6;
            }
            if (t + 3 <= x.count) {
                panelTile<Block, 3>(panel, numBlocks, x, t, factor, y, out);
                t += 3;
            }
        }
        for (; t + 2 <= x.count; t += 2)
            panelTile<Block, 2>(panel, numBlocks, x, t, factor, y, out);
        if (t < x.count) panelTile<Block, 1>(panel, numBlocks, x, t, factor, y, out);
    }
}

void panelMatmulInt8Impl(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    if (w.type == DType::Q8_0) return matmulPanels<Q8Block>(w, x, outputs, factor, y);
    return matmulPanels<Q4Block>(w, x, outputs, factor, y);
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(panelMatmulInt8Impl);

void panelMatmulInt8(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    if (w.type == DType::Q4_K || w.type == DType::Q6_K)
        return panelMatmulKQuantsInt8(w, x, outputs, factor, y);
    HWY_DYNAMIC_DISPATCH(panelMatmulInt8Impl)(w, x, outputs, factor, y);
}

}  // namespace gatescope::kernels
#endif

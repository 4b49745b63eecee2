#include <cstring>

#include "kernels/cpu/panel_matmul.h"

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

#include "kernels/cpu/vectors-inl.h"

// Highway 1.0's text for that target names every extension it stands for but this one.
#if HWY_TARGET == HWY_AVX3_DL
#undef HWY_TARGET_STR
#define HWY_TARGET_STR                                              \
    HWY_TARGET_STR_AVX3                                             \
    ",vpclmulqdq,avx512vbmi,avx512vbmi2,vaes,avxvnni,avx512bitalg," \
    "avx512vpopcntdq,avx512vnni"
#endif

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

// A line of a panel: 16 outputs of 4 bytes, in one vector or several parts.
using Lanes32 = hn::CappedTag<std::int32_t, 16>;
using LanesF = hn::Rebind<float, Lanes32>;
constexpr int kPartLanes = static_cast<int>(hn::MaxLanes(Lanes32()));
constexpr int kParts = 16 / kPartLanes;
constexpr std::size_t kLine = 64;
constexpr std::size_t kScales = 32;

// As many running sums as there are registers for, beside a block's weights.
#if HWY_TARGET == HWY_AVX3_DL
constexpr int kMostTokens = 12;
#else
constexpr int kMostTokens = 2;
#endif

/// sum[n] += w[4n] * x[4n] + ... + w[4n + 3] * x[4n + 3], w unsigned, x signed. Exact.
HWY_INLINE hn::Vec<Lanes32> addDots(hn::Vec<Lanes32> w, hn::Vec<Lanes32> x, hn::Vec<Lanes32> sum) {
#if HWY_TARGET == HWY_AVX3_DL
    return hn::Vec<Lanes32>{_mm512_dpbusd_epi32(sum.raw, w.raw, x.raw)};
#elif HWY_TARGET == HWY_AVX2
    // Not vpmaddubsw: its sums of two products of 255 and 127 would saturate.
    const __m256i low = _mm256_set1_epi16(255);
    const __m256i evenX = _mm256_srai_epi16(_mm256_slli_epi16(x.raw, 8), 8);
    const __m256i oddX = _mm256_srai_epi16(x.raw, 8);
    const __m256i even = _mm256_madd_epi16(_mm256_and_si256(w.raw, low), evenX);
    const __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(w.raw, 8), oddX);
    return hn::Vec<Lanes32>{_mm256_add_epi32(sum.raw, _mm256_add_epi32(even, odd))};
#else
    const Lanes32 d;
    const auto mask = hn::Set(d, 255);
    const auto add = [&](hn::Vec<Lanes32> weights, hn::Vec<Lanes32> shifted) HWY_ATTR {
        sum = hn::Add(sum, hn::Mul(hn::And(weights, mask), hn::ShiftRight<24>(shifted)));
    };
    add(w, hn::ShiftLeft<24>(x));
    add(hn::ShiftRight<8>(w), hn::ShiftLeft<16>(x));
    add(hn::ShiftRight<16>(w), hn::ShiftLeft<8>(x));
    add(hn::ShiftRight<24>(w), x);
    return sum;
#endif
}

HWY_INLINE hn::Vec<Lanes32> fourInputs(const std::int8_t* x) {
    std::int32_t four;
    std::memcpy(&four, x, sizeof four);
    return hn::Set(Lanes32(), four);
}

/// The four bytes of kPartLanes outputs.
HWY_INLINE hn::Vec<Lanes32> loadPart(const std::byte* line, int part) {
    return hn::LoadU(Lanes32(), reinterpret_cast<const std::int32_t*>(line) + part * kPartLanes);
}

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
            const auto correction = hn::Set(Lanes32(), -Block::kOffset * sums[i][b]);
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
    HWY_DYNAMIC_DISPATCH(panelMatmulInt8Impl)(w, x, outputs, factor, y);
}

}  // namespace gatescope::kernels
#endif

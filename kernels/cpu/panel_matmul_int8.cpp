#include <cstring>

#include "kernels/cpu/panel_matmul.h"

// See panel_blocks-inl.h.
#define HWY_WANT_AVX3_DL
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/panel_matmul_int8.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/panel_blocks-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

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

/// The rows a tile works on.
template <int kTokens>
struct Int8Tile {
    const std::int8_t* values[kTokens];
    const float* scales[kTokens];
    const std::int32_t* sums[kTokens];

    HWY_INLINE Int8Tile(const Int8Rows& x, int t) {
        for (int i = 0; i < kTokens; ++i) {
            const std::ptrdiff_t row = x.row(t + i);
            values[i] = x.rows.rowValues(row);
            scales[i] = x.rows.rowScales(row);
            sums[i] = x.rows.rowSums(row);
        }
    }
};

/// total[t] += the weights of a group, of the inputs from `k` on, times each row.
template <class Block, int kTokens>
HWY_INLINE void addGroup(const Block& block,
                         const hn::Vec<Lanes32>* lines,
                         const Int8Tile<kTokens>& x,
                         std::size_t group,
                         std::size_t k,
                         hn::Vec<LanesF>* total) {
    constexpr std::size_t kScalesOfGroup = kGroup / Block::kScaleInputs;
    constexpr std::size_t kLinesOfScale = kGroupLines / kScalesOfGroup;
    const LanesF d;
    for (int t = 0; t < kTokens; ++t) {
        const float scale = x.scales[t][k / kGroup];
        const std::int32_t* sums = x.sums[t] + k / kSumInputs;
        const auto scales = hn::Set(d, scale);
        HWY_UNROLL(2)
        for (std::size_t s = 0; s < kScalesOfGroup; ++s) {
            const std::int32_t sum = kScalesOfGroup == 1 ? sums[0] + sums[1] : sums[s];
            auto dot = hn::Set(Lanes32(), -Block::kOffset * sum);
            HWY_UNROLL(8)
            for (std::size_t i = s * kLinesOfScale; i < (s + 1) * kLinesOfScale; ++i)
                dot = addDots(lines[i], fourInputs(x.values[t] + k + 4 * i), dot);
            total[t] = hn::MulAdd(hn::Mul(block.scale(kScalesOfGroup * group + s), scales),
                                  hn::ConvertTo(d, dot),
                                  total[t]);
            if constexpr (Block::kHasMinimum)
                total[t] = hn::NegMulAdd(block.minimum(kScalesOfGroup * group + s),
                                         hn::Set(d, scale * static_cast<float>(sum)),
                                         total[t]);
        }
    }
}

template <class Block, int kTokens>
HWY_INLINE void panelTile(const std::byte* HWY_RESTRICT panel,
                          std::size_t numBlocks,
                          const Int8Rows& rows,
                          int t,
                          float factor,
                          OutputRows y,
                          int out) {
    const LanesF d;
    const Int8Tile<kTokens> x(rows, t);
    for (int part = 0; part < kParts; ++part) {
        hn::Vec<LanesF> total[kTokens];
        for (int i = 0; i < kTokens; ++i) total[i] = hn::Zero(d);
        for (std::size_t b = 0; b < numBlocks; ++b) {
            const std::byte* bytes = panel + b * Block::kBytes;
            Block block;
            block.open(bytes, part);
            for (std::size_t group = 0; group < Block::kInputs / kGroup; ++group) {
                hn::Vec<Lanes32> lines[kGroupLines];
                Block::lines(bytes, part, group, lines);
                addGroup<Block, kTokens>(
                    block, lines, x, group, b * Block::kInputs + group * kGroup, total);
            }
        }
        for (int i = 0; i < kTokens; ++i)
            hn::StoreU(
                hn::Mul(total[i], hn::Set(d, factor)), d, y.row(t + i) + out + part * kPartLanes);
    }
}

/// Rows from `t` on, as many at a time as have room in the registers, then half as many.
template <class Block, int kTokens>
HWY_INLINE void rowsOfPanel(const std::byte* panel,
                            std::size_t numBlocks,
                            const Int8Rows& x,
                            int t,
                            float factor,
                            OutputRows y,
                            int out) {
    for (; t + kTokens <= x.count; t += kTokens)
        panelTile<Block, kTokens>(panel, numBlocks, x, t, factor, y, out);
    if constexpr (kTokens > 1)
        if (t < x.count) rowsOfPanel<Block, kTokens / 2>(panel, numBlocks, x, t, factor, y, out);
}

#if HWY_TARGET == HWY_AVX3_DL
constexpr int kMostTokens = 12;
#else
constexpr int kMostTokens = 2;  // of 16 registers, lines take half
#endif

template <class Block>
void matmulPanels(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    const std::size_t numBlocks = static_cast<std::size_t>(w.numIn) / Block::kInputs;
    for (int out = outputs.begin; out < outputs.end; out += 16) {
        const std::byte* panel =
            w.data + static_cast<std::size_t>(out / 16) * numBlocks * Block::kBytes;
        rowsOfPanel<Block, kMostTokens>(panel, numBlocks, x, 0, factor, y, out);
    }
}

void panelMatmulInt8Impl(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    withBlock(w.type, [&](auto block) HWY_ATTR {
        matmulPanels<decltype(block)>(w, x, outputs, factor, y);
    });
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

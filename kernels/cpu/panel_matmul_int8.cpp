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
#define HWY_TARGET_INCLUDE "kernels/cpu/panel_matmul_int8.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/panel_blocks-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

/// The rows a tile works on.
template <int kTokens>
struct Int8Tile {
    const ActivationBlock* rows[kTokens];

    HWY_INLINE Int8Tile(const Int8Rows& x, int t) {
        for (int i = 0; i < kTokens; ++i) rows[i] = x.rows.row(x.row(t + i));
    }
};

/// What a dot product begins with: less what the offset of the weights makes too much of it.
template <class Block>
HWY_INLINE hn::Vec<Lanes32> lessOffset(const ActivationBlock& x, std::size_t sum) {
    constexpr int kShift = []() {
        int shift = 0;
        while (Block::kOffset != 0 && (Block::kOffset << shift) < 128) ++shift;
        return shift;
    }();
    static_assert(Block::kOffset == 0 || Block::kOffset << kShift == 128);
    if constexpr (Block::kOffset == 0) return hn::Zero(Lanes32());
    const auto offset = hn::Set(Lanes32(), x.offsets[sum]);
    if constexpr (kShift == 0) return offset;
    return hn::ShiftRight<kShift>(offset);
}

#if HWY_TARGET == HWY_AVX2

/// Lines whose products, added in pairs by vpmaddubsw, a number of 16 bits has room for; 0: not
/// even one.
template <class Block>
constexpr std::size_t linesIn16Bits() {
    for (std::size_t lines = kGroupLines; lines > 0; lines /= 2)
        if (lines * 2 * 127 * Block::kLargest <= 32767) return lines;
    return 0;
}

/// dots[t] = lines [begin, end) times the values of row t. Exact.
template <class Block, int kTokens>
HWY_INLINE void dotProducts(const hn::Vec<Lanes32>* lines,
                            std::size_t begin,
                            std::size_t end,
                            const Int8Tile<kTokens>& x,
                            std::size_t group,
                            std::size_t sum,
                            hn::Vec<Lanes32>* dots) {
    constexpr std::size_t kRun = linesIn16Bits<Block>();
    const __m256i ones = _mm256_set1_epi16(1);
    const auto four = [&](int t, std::size_t line)
                          HWY_ATTR { return fourInputs(x.rows[t][group].values + 4 * line).raw; };
    if constexpr (kRun == 0) {
        // The first factor is to have no sign: the weights' goes to the inputs. 128 * 127 twice
        // fits.
        static_assert(Block::kOffset == 128);
        for (int t = 0; t < kTokens; ++t) dots[t] = hn::Zero(Lanes32());
        HWY_UNROLL(8)
        for (std::size_t i = begin; i < end; ++i) {
            const __m256i w = _mm256_xor_si256(lines[i].raw, _mm256_set1_epi8(-128));
            const __m256i size = _mm256_abs_epi8(w);
            for (int t = 0; t < kTokens; ++t) {
                const __m256i pairs = _mm256_maddubs_epi16(size, _mm256_sign_epi8(four(t, i), w));
                dots[t].raw = _mm256_add_epi32(dots[t].raw, _mm256_madd_epi16(pairs, ones));
            }
        }
    } else {
        for (int t = 0; t < kTokens; ++t) dots[t] = lessOffset<Block>(x.rows[t][group], sum);
        HWY_UNROLL(8)
        for (std::size_t first = begin; first < end; first += kRun) {
            __m256i pairs[kTokens];
            for (int t = 0; t < kTokens; ++t)
                pairs[t] = _mm256_maddubs_epi16(lines[first].raw, four(t, first));
            HWY_UNROLL(8)
            for (std::size_t i = first + 1; i < std::min(first + kRun, end); ++i)
                for (int t = 0; t < kTokens; ++t)
                    pairs[t] =
                        _mm256_add_epi16(pairs[t], _mm256_maddubs_epi16(lines[i].raw, four(t, i)));
            for (int t = 0; t < kTokens; ++t)
                dots[t].raw = _mm256_add_epi32(dots[t].raw, _mm256_madd_epi16(pairs[t], ones));
        }
    }
}

#else

/// dots[t] = lines [begin, end) times the values of row t. Exact.
template <class Block, int kTokens>
HWY_INLINE void dotProducts(const hn::Vec<Lanes32>* lines,
                            std::size_t begin,
                            std::size_t end,
                            const Int8Tile<kTokens>& x,
                            std::size_t group,
                            std::size_t sum,
                            hn::Vec<Lanes32>* dots) {
    for (int t = 0; t < kTokens; ++t) {
        const ActivationBlock& from = x.rows[t][group];
        dots[t] = lessOffset<Block>(from, sum);
        HWY_UNROLL(8)
        for (std::size_t i = begin; i < end; ++i)
            dots[t] = addDots(lines[i], fourInputs(from.values + 4 * i), dots[t]);
    }
}

#endif

/// total[t] += the weights of the group-th group of a block times each row, whose group is
/// `groupOfRow`.
template <class Block, int kTokens>
HWY_INLINE void addGroup(const Block& block,
                         const hn::Vec<Lanes32>* lines,
                         const Int8Tile<kTokens>& x,
                         std::size_t group,
                         std::size_t groupOfRow,
                         hn::Vec<LanesF>* total) {
    constexpr std::size_t kScalesOfGroup = kGroup / Block::kScaleInputs;
    constexpr std::size_t kLinesOfScale = kGroupLines / kScalesOfGroup;
    const LanesF d;
    HWY_UNROLL(2)
    for (std::size_t s = 0; s < kScalesOfGroup; ++s) {
        const std::size_t sum = kScalesOfGroup == 1 ? kWholeSum : s;
        hn::Vec<Lanes32> dots[kTokens];
        dotProducts<Block, kTokens>(
            lines, s * kLinesOfScale, (s + 1) * kLinesOfScale, x, groupOfRow, sum, dots);
        const auto scale = block.scale(kScalesOfGroup * group + s);
        for (int t = 0; t < kTokens; ++t) {
            const ActivationBlock& from = x.rows[t][groupOfRow];
            total[t] = hn::MulAdd(
                hn::Mul(scale, hn::Set(d, from.scale)), hn::ConvertTo(d, dots[t]), total[t]);
            if constexpr (Block::kHasMinimum)
                total[t] = hn::NegMulAdd(block.minimum(kScalesOfGroup * group + s),
                                         hn::Set(d, from.scaledSums[sum]),
                                         total[t]);
        }
    }
}

template <class Block, int kTokens>
HWY_INLINE void panelTile(const std::byte* HWY_RESTRICT panel,
                          std::size_t numBlocks,
                          std::size_t ahead,
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
            if constexpr (kTokens == 1) prefetchBehind(bytes, Block::kBytes, ahead);
            Block block;
            block.open(bytes, part);
            for (std::size_t group = 0; group < Block::kInputs / kGroup; ++group) {
                hn::Vec<Lanes32> lines[kGroupLines];
                Block::lines(bytes, part, group, lines);
                addGroup<Block, kTokens>(
                    block, lines, x, group, b * (Block::kInputs / kGroup) + group, total);
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
                            std::size_t ahead,
                            const Int8Rows& x,
                            int t,
                            float factor,
                            OutputRows y,
                            int out) {
    for (; t + kTokens <= x.count; t += kTokens)
        panelTile<Block, kTokens>(panel, numBlocks, ahead, x, t, factor, y, out);
    if constexpr (kTokens > 1)
        if (t < x.count)
            rowsOfPanel<Block, kTokens / 2>(panel, numBlocks, ahead, x, t, factor, y, out);
}

#if HWY_TARGET == HWY_AVX3_DL
constexpr int kMostTokens = 12;
#elif HWY_TARGET == HWY_AVX2
constexpr int kMostTokens = 6;  // sums of 16 registers; the lines are read again from the stack
#else
constexpr int kMostTokens = 2;
#endif

template <class Block>
void matmulPanels(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    const std::size_t numBlocks = static_cast<std::size_t>(w.numIn) / Block::kInputs;
    const std::size_t ahead = x.count == 1 ? prefetchDistance() : 0;
    for (int out = outputs.begin; out < outputs.end; out += 16) {
        const std::byte* panel =
            w.data + static_cast<std::size_t>(out / 16) * numBlocks * Block::kBytes;
        rowsOfPanel<Block, kMostTokens>(panel, numBlocks, ahead, x, 0, factor, y, out);
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
    const auto byRows = [&](const Int8Rows& rows, OutputRows to) {
        HWY_DYNAMIC_DISPATCH(panelMatmulInt8Impl)(w, rows, outputs, factor, to);
    };
    if (!hasAmx() || !hasDotBytes()) return byRows(x, y);
    tilesThenRows(
        x,
        y,
        kFewestAmxRows,
        [&](const Int8Rows& rows, OutputRows to) {
            panelMatmulInt8Amx(w, rows, outputs, factor, to);
        },
        byRows);
}

}  // namespace gatescope::kernels
#endif

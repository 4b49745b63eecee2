#include "kernels/cpu/panel_matmul_blocks.h"

#include "kernels/cpu/prefetch.h"

// See dot_bytes-inl.h.
#define HWY_WANT_AVX3_DL
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3 | GATESCOPE_SIZELESS_TARGETS)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/panel_matmul_blocks.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/panel_blocks-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

/// Calls use(k, q) for the inputs of a group, q being the weights of kPartLanes outputs as whole
/// numbers in f32.
template <class Block, class Use>
HWY_INLINE void forEachInput(const hn::Vec<Lanes32>* lines,
                             std::size_t begin,
                             std::size_t end,
                             const Use& use) {
    const Lanes32 d;
    const auto put = [&](std::size_t k, hn::Vec<Lanes32> shifted) HWY_ATTR {
        const auto number = hn::And(shifted, hn::Set(d, 255));
        use(k, hn::ConvertTo(LanesF(), hn::Sub(number, hn::Set(d, Block::kOffset))));
    };
    for (std::size_t i = begin / 4; i < end / 4; ++i) {
        put(4 * i, lines[i]);
        put(4 * i + 1, hn::ShiftRight<8>(lines[i]));
        put(4 * i + 2, hn::ShiftRight<16>(lines[i]));
        put(4 * i + 3, hn::ShiftRight<24>(lines[i]));
    }
}

/// total[t] += the weights of a group times the inputs of each row from rows[t] on.
template <class Block, int kTokens>
HWY_INLINE void addGroup(const Block& block,
                         const hn::Vec<Lanes32>* lines,
                         std::size_t group,
                         const float* const* rows,
                         hn::Vec<LanesF>* total) {
    constexpr std::size_t kScalesOfGroup = kGroup / Block::kScaleInputs;
    const LanesF d;
    for (std::size_t s = 0; s < kScalesOfGroup; ++s) {
        const auto scale = block.scale(kScalesOfGroup * group + s);
        hn::Vec<LanesF> sum[kTokens];
        for (int t = 0; t < kTokens; ++t) sum[t] = hn::Zero(d);
        forEachInput<Block>(lines,
                            s * Block::kScaleInputs,
                            (s + 1) * Block::kScaleInputs,
                            [&](std::size_t k, hn::Vec<LanesF> q) HWY_ATTR {
                                if constexpr (Block::kHasMinimum)
                                    q = hn::MulSub(
                                        scale, q, block.minimum(kScalesOfGroup * group + s));
                                for (int t = 0; t < kTokens; ++t)
                                    sum[t] = hn::MulAdd(hn::Set(d, rows[t][k]), q, sum[t]);
                            });
        for (int t = 0; t < kTokens; ++t)
            total[t] = Block::kHasMinimum ? hn::Add(total[t], sum[t])
                                          : hn::MulAdd(scale, sum[t], total[t]);
    }
}

template <class Block, int kTokens>
HWY_INLINE void panelTile(const std::byte* HWY_RESTRICT panel,
                          std::size_t numBlocks,
                          std::size_t ahead,
                          const ActivationRows& x,
                          int t,
                          float factor,
                          OutputRows y,
                          int out) {
    const LanesF d;
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
                const float* rows[kTokens];
                for (int i = 0; i < kTokens; ++i)
                    rows[i] = x.row(t + i) + b * Block::kInputs + group * kGroup;
                addGroup<Block, kTokens>(block, lines, group, rows, total);
            }
        }
        for (int i = 0; i < kTokens; ++i)
            hn::StoreU(
                hn::Mul(total[i], hn::Set(d, factor)), d, y.row(t + i) + out + part * kPartLanes);
    }
}

template <class Block>
void matmulPanels(const PanelMatrix& w,
                  const ActivationRows& x,
                  ColumnRange outputs,
                  float factor,
                  OutputRows y) {
    const std::size_t numBlocks = static_cast<std::size_t>(w.numIn) / Block::kInputs;
    const std::size_t ahead = x.count == 1 ? prefetchDistance() : 0;
    for (int out = outputs.begin; out < outputs.end; out += 16) {
        const std::byte* panel =
            w.data + static_cast<std::size_t>(out / 16) * numBlocks * Block::kBytes;
        int t = 0;
        for (; t + 4 <= x.count; t += 4)
            panelTile<Block, 4>(panel, numBlocks, ahead, x, t, factor, y, out);
        for (; t < x.count; ++t) panelTile<Block, 1>(panel, numBlocks, ahead, x, t, factor, y, out);
    }
}

void panelMatmulBlocksImpl(const PanelMatrix& w,
                           const ActivationRows& x,
                           ColumnRange outputs,
                           float factor,
                           OutputRows y) {
    withBlock(w.type, [&](auto block) HWY_ATTR {
        matmulPanels<decltype(block)>(w, x, outputs, factor, y);
    });
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(panelMatmulBlocksImpl);

void panelMatmulBlocks(const PanelMatrix& w,
                       const ActivationRows& x,
                       ColumnRange outputs,
                       float factor,
                       OutputRows y) {
    HWY_DYNAMIC_DISPATCH(panelMatmulBlocksImpl)(w, x, outputs, factor, y);
}

}  // namespace gatescope::kernels
#endif

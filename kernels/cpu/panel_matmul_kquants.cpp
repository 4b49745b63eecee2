#include "kernels/cpu/panel_matmul_kquants.h"

// See panel_dots-inl.h.
#define HWY_WANT_AVX3_DL
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_AVX3)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/panel_matmul_kquants.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/panel_dots-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

constexpr std::size_t kInputs = 256;
constexpr int kOutputs = 16;

#if HWY_TARGET == HWY_AVX3_DL
constexpr int kMostTokens = 8;
#else
constexpr int kMostTokens = 1;
#endif

using BytesOfPart = hn::Rebind<std::uint8_t, Lanes32>;
using SignedOfPart = hn::Rebind<std::int8_t, Lanes32>;

HWY_INLINE hn::Vec<LanesF> loadHalves(const std::byte* p, int part) {
    return loadWeights(LanesF(), reinterpret_cast<const F16*>(p) + part * kPartLanes);
}

HWY_INLINE hn::Vec<LanesF> asFloats(hn::Vec<BytesOfPart> bytes) {
    return hn::ConvertTo(LanesF(), hn::PromoteTo(Lanes32(), bytes));
}

/// One part of a block of 16 outputs: its scales as f32, and its weights line by line.
struct Q4KBlock {
    static constexpr std::size_t kHeader = 256;
    static constexpr std::size_t kBytes = kHeader + 32 * kLine;
    static constexpr std::size_t kScaleInputs = 32;

    float scales[8][kPartLanes];  ///< of 32 inputs
    float minima[8][kPartLanes];

    HWY_INLINE void open(const std::byte* block, int part) {
        const BytesOfPart d8;
        const auto d = loadHalves(block, part);
        const auto dmin = loadHalves(block + 32, part);
        const auto packed = [&](std::size_t i) HWY_ATTR {
            return hn::LoadU(
                d8, reinterpret_cast<const std::uint8_t*>(block) + 64 + 16 * i + part * kPartLanes);
        };
        const auto low6 = hn::Set(d8, 63);
        const auto low4 = hn::Set(d8, 15);
        const auto top2 = [&](hn::Vec<BytesOfPart> v)
                              HWY_ATTR { return hn::And(hn::ShiftRight<2>(v), hn::Set(d8, 48)); };
        for (std::size_t s = 0; s < 4; ++s) {
            const auto first = packed(s);
            const auto second = packed(s + 4);
            const auto third = packed(s + 8);
            put(s, d, dmin, hn::And(first, low6), hn::And(second, low6));
            put(s + 4,
                d,
                dmin,
                hn::Or(hn::And(third, low4), top2(first)),
                hn::Or(hn::And(hn::ShiftRight<4>(third), low4), top2(second)));
        }
    }

    /// Calls use(k, low, high) for each line: four inputs from k on, and four from k + 32 on.
    template <class Use>
    HWY_INLINE static void forEachLine(const std::byte* block, int part, const Use& use) {
        const auto mask = hn::Set(Lanes32(), 0x0F0F0F0F);
        for (std::size_t pair = 0; pair < 4; ++pair) {
            for (std::size_t i = 0; i < 8; ++i) {
                const auto both = loadPart(block + kHeader + (8 * pair + i) * kLine, part);
                use(64 * pair + 4 * i, hn::And(both, mask));
                use(64 * pair + 32 + 4 * i, hn::And(hn::ShiftRight<4>(both), mask));
            }
        }
    }

  private:
    HWY_INLINE void put(std::size_t s,
                        hn::Vec<LanesF> d,
                        hn::Vec<LanesF> dmin,
                        hn::Vec<BytesOfPart> scale,
                        hn::Vec<BytesOfPart> minimum) {
        hn::StoreU(hn::Mul(d, asFloats(scale)), LanesF(), scales[s]);
        hn::StoreU(hn::Mul(dmin, asFloats(minimum)), LanesF(), minima[s]);
    }
};

struct Q6KBlock {
    static constexpr std::size_t kHeader = 288;
    static constexpr std::size_t kBytes = kHeader + 48 * kLine;
    static constexpr std::size_t kScaleInputs = 16;

    float scales[16][kPartLanes];  ///< of 16 inputs

    HWY_INLINE void open(const std::byte* block, int part) {
        const auto d = loadHalves(block, part);
        for (std::size_t s = 0; s < 16; ++s) {
            const auto scale = hn::LoadU(
                SignedOfPart(),
                reinterpret_cast<const std::int8_t*>(block) + 32 + 16 * s + part * kPartLanes);
            hn::StoreU(hn::Mul(d, hn::ConvertTo(LanesF(), hn::PromoteTo(Lanes32(), scale))),
                       LanesF(),
                       scales[s]);
        }
    }

    /// The 8 lines of 32 inputs, `quarter` of half `half`, as bytes 0 ... 63: values + 32.
    HWY_INLINE static hn::Vec<Lanes32> line(
        const std::byte* block, int part, std::size_t half, std::size_t quarter, std::size_t i) {
        const std::byte* lines = block + kHeader + 24 * half * kLine;
        const auto low = loadPart(lines + (8 * (quarter % 2) + i) * kLine, part);
        const auto high = loadPart(lines + (16 + i) * kLine, part);
        const auto low4 = hn::Set(Lanes32(), 0x0F0F0F0F);
        const auto top2 = hn::Set(Lanes32(), 0x30303030);
        switch (quarter) {
            case 0:
                return hn::Or(hn::And(low, low4), hn::And(hn::ShiftLeft<4>(high), top2));
            case 1:
                return hn::Or(hn::And(low, low4), hn::And(hn::ShiftLeft<2>(high), top2));
            case 2:
                return hn::Or(hn::And(hn::ShiftRight<4>(low), low4), hn::And(high, top2));
            default:
                return hn::Or(hn::And(hn::ShiftRight<4>(low), low4),
                              hn::And(hn::ShiftRight<2>(high), top2));
        }
    }

    template <class Use>
    HWY_INLINE static void forEachLine(const std::byte* block, int part, const Use& use) {
        for (std::size_t half = 0; half < 2; ++half)
            for (std::size_t quarter = 0; quarter < 4; ++quarter)
                for (std::size_t i = 0; i < 8; ++i)
                    use(128 * half + 32 * quarter + 4 * i, line(block, part, half, quarter, i));
    }
};

// ---------------------------------------------------------------- int8 activations

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

/// total[i] += the block times inputs from `k` on.
template <int kTokens>
HWY_INLINE void addBlock(const Q4KBlock& block,
                         const std::byte* bytes,
                         int part,
                         const Int8Tile<kTokens>& x,
                         std::size_t k,
                         hn::Vec<LanesF>* total) {
    const LanesF d;
    const auto mask = hn::Set(Lanes32(), 0x0F0F0F0F);
    for (std::size_t pair = 0; pair < 4; ++pair) {
        hn::Vec<Lanes32> low[8];
        hn::Vec<Lanes32> high[8];  // sixteenfold
        for (std::size_t i = 0; i < 8; ++i) {
            const auto both = loadPart(bytes + Q4KBlock::kHeader + (8 * pair + i) * kLine, part);
            low[i] = hn::And(both, mask);
            high[i] = hn::AndNot(mask, both);
        }
        for (int t = 0; t < kTokens; ++t) {
            const std::size_t first = k + 64 * pair;
            auto lowSum = hn::Zero(Lanes32());
            auto highSum = hn::Zero(Lanes32());
            for (std::size_t i = 0; i < 8; ++i) {
                lowSum = addDots(low[i], fourInputs(x.values[t] + first + 4 * i), lowSum);
                highSum = addDots(high[i], fourInputs(x.values[t] + first + 32 + 4 * i), highSum);
            }
            const auto finish = [&](std::size_t s, hn::Vec<Lanes32> dot) HWY_ATTR {
                const std::size_t b = k / kActivationBlock + s;
                const float scale = x.scales[t][b];
                const float sum =
                    scale * static_cast<float>(x.sums[t][2 * b] + x.sums[t][2 * b + 1]);
                total[t] = hn::MulAdd(hn::Mul(hn::LoadU(d, block.scales[s]), hn::Set(d, scale)),
                                      hn::ConvertTo(d, dot),
                                      total[t]);
                total[t] = hn::NegMulAdd(hn::LoadU(d, block.minima[s]), hn::Set(d, sum), total[t]);
            };
            finish(2 * pair, lowSum);
            finish(2 * pair + 1, hn::ShiftRight<4>(highSum));
        }
    }
}

template <int kTokens>
HWY_INLINE void addBlock(const Q6KBlock& block,
                         const std::byte* bytes,
                         int part,
                         const Int8Tile<kTokens>& x,
                         std::size_t k,
                         hn::Vec<LanesF>* total) {
    const LanesF d;
    for (std::size_t half = 0; half < 2; ++half) {
        for (std::size_t quarter = 0; quarter < 4; ++quarter) {
            hn::Vec<Lanes32> lines[8];
            for (std::size_t i = 0; i < 8; ++i)
                lines[i] = Q6KBlock::line(bytes, part, half, quarter, i);
            const std::size_t first = k + 128 * half + 32 * quarter;
            for (int t = 0; t < kTokens; ++t) {
                const auto scale = hn::Set(d, x.scales[t][first / kActivationBlock]);
                for (std::size_t s = 0; s < 2; ++s) {
                    const std::size_t sixteen = first / kSumInputs + s;
                    auto dot = hn::Set(Lanes32(), -32 * x.sums[t][sixteen]);
                    for (std::size_t i = 4 * s; i < 4 * s + 4; ++i)
                        dot = addDots(lines[i], fourInputs(x.values[t] + first + 4 * i), dot);
                    const auto weightScale = hn::LoadU(d, block.scales[8 * half + 2 * quarter + s]);
                    total[t] =
                        hn::MulAdd(hn::Mul(weightScale, scale), hn::ConvertTo(d, dot), total[t]);
                }
            }
        }
    }
}

template <class Block, int kTokens>
HWY_INLINE void int8Tile(const std::byte* HWY_RESTRICT panel,
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
        HWY_ALIGN Block block;
        for (std::size_t b = 0; b < numBlocks; ++b) {
            const std::byte* bytes = panel + b * Block::kBytes;
            block.open(bytes, part);
            addBlock<kTokens>(block, bytes, part, x, b * kInputs, total);
        }
        for (int i = 0; i < kTokens; ++i)
            hn::StoreU(
                hn::Mul(total[i], hn::Set(d, factor)), d, y.row(t + i) + out + part * kPartLanes);
    }
}

template <class Block>
void int8Panels(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    const std::size_t numBlocks = static_cast<std::size_t>(w.numIn) / kInputs;
    for (int out = outputs.begin; out < outputs.end; out += kOutputs) {
        const std::byte* panel =
            w.data + static_cast<std::size_t>(out / kOutputs) * numBlocks * Block::kBytes;
        int t = 0;
        if constexpr (kMostTokens == 8) {
            for (; t + 8 <= x.count; t += 8)
                int8Tile<Block, 8>(panel, numBlocks, x, t, factor, y, out);
            for (; t + 3 <= x.count; t += 3)
                int8Tile<Block, 3>(panel, numBlocks, x, t, factor, y, out);
        }
        for (; t < x.count; ++t) int8Tile<Block, 1>(panel, numBlocks, x, t, factor, y, out);
    }
}

// ---------------------------------------------------------------- f32 activations

/// The weights of four inputs from `k` of the block on, byte j of each lane in turn: use(k + j, w).
template <class Use>
HWY_INLINE void weightsOf(const Q4KBlock& block,
                          std::size_t k,
                          hn::Vec<Lanes32> four,
                          const Use& use) {
    const LanesF d;
    const auto scale = hn::LoadU(d, block.scales[k / 32]);
    const auto minimum = hn::LoadU(d, block.minima[k / 32]);
    const auto put = [&](std::size_t j, hn::Vec<Lanes32> shifted) HWY_ATTR {
        const auto q = hn::ConvertTo(d, hn::And(shifted, hn::Set(Lanes32(), 255)));
        use(k + j, hn::MulSub(scale, q, minimum));
    };
    put(0, four);
    put(1, hn::ShiftRight<8>(four));
    put(2, hn::ShiftRight<16>(four));
    put(3, hn::ShiftRight<24>(four));
}

template <class Use>
HWY_INLINE void weightsOf(const Q6KBlock& block,
                          std::size_t k,
                          hn::Vec<Lanes32> four,
                          const Use& use) {
    const LanesF d;
    const auto scale = hn::LoadU(d, block.scales[k / 16]);
    const auto offset = hn::Set(Lanes32(), 32);
    const auto put = [&](std::size_t j, hn::Vec<Lanes32> shifted) HWY_ATTR {
        const auto q = hn::Sub(hn::And(shifted, hn::Set(Lanes32(), 255)), offset);
        use(k + j, hn::Mul(scale, hn::ConvertTo(d, q)));
    };
    put(0, four);
    put(1, hn::ShiftRight<8>(four));
    put(2, hn::ShiftRight<16>(four));
    put(3, hn::ShiftRight<24>(four));
}

template <class Block, int kTokens>
HWY_INLINE void exactTile(const std::byte* HWY_RESTRICT panel,
                          std::size_t numBlocks,
                          const ActivationRows& x,
                          int t,
                          float factor,
                          OutputRows y,
                          int out) {
    const LanesF d;
    for (int part = 0; part < kParts; ++part) {
        hn::Vec<LanesF> total[kTokens];
        for (int i = 0; i < kTokens; ++i) total[i] = hn::Zero(d);
        HWY_ALIGN Block block;
        for (std::size_t b = 0; b < numBlocks; ++b) {
            const std::byte* bytes = panel + b * Block::kBytes;
            block.open(bytes, part);
            hn::Vec<LanesF> sum[kTokens];
            const float* rows[kTokens];
            for (int i = 0; i < kTokens; ++i) {
                sum[i] = hn::Zero(d);
                rows[i] = x.row(t + i) + b * kInputs;
            }
            const auto add = [&](std::size_t k, hn::Vec<LanesF> weights) HWY_ATTR {
                for (int i = 0; i < kTokens; ++i)
                    sum[i] = hn::MulAdd(hn::Set(d, rows[i][k]), weights, sum[i]);
            };
            Block::forEachLine(bytes, part, [&](std::size_t k, hn::Vec<Lanes32> four) HWY_ATTR {
                weightsOf(block, k, four, add);
            });
            for (int i = 0; i < kTokens; ++i) total[i] = hn::Add(total[i], sum[i]);
        }
        for (int i = 0; i < kTokens; ++i)
            hn::StoreU(
                hn::Mul(total[i], hn::Set(d, factor)), d, y.row(t + i) + out + part * kPartLanes);
    }
}

template <class Block>
void exactPanels(const PanelMatrix& w,
                 const ActivationRows& x,
                 ColumnRange outputs,
                 float factor,
                 OutputRows y) {
    const std::size_t numBlocks = static_cast<std::size_t>(w.numIn) / kInputs;
    for (int out = outputs.begin; out < outputs.end; out += kOutputs) {
        const std::byte* panel =
            w.data + static_cast<std::size_t>(out / kOutputs) * numBlocks * Block::kBytes;
        int t = 0;
        for (; t + 4 <= x.count; t += 4)
            exactTile<Block, 4>(panel, numBlocks, x, t, factor, y, out);
        for (; t < x.count; ++t) exactTile<Block, 1>(panel, numBlocks, x, t, factor, y, out);
    }
}

void panelMatmulKQuantsImpl(const PanelMatrix& w,
                            const ActivationRows& x,
                            ColumnRange outputs,
                            float factor,
                            OutputRows y) {
    if (w.type == DType::Q4_K) return exactPanels<Q4KBlock>(w, x, outputs, factor, y);
    return exactPanels<Q6KBlock>(w, x, outputs, factor, y);
}

void panelMatmulKQuantsInt8Impl(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    if (w.type == DType::Q4_K) return int8Panels<Q4KBlock>(w, x, outputs, factor, y);
    return int8Panels<Q6KBlock>(w, x, outputs, factor, y);
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(panelMatmulKQuantsImpl);
HWY_EXPORT(panelMatmulKQuantsInt8Impl);

void panelMatmulKQuants(const PanelMatrix& w,
                        const ActivationRows& x,
                        ColumnRange outputs,
                        float factor,
                        OutputRows y) {
    HWY_DYNAMIC_DISPATCH(panelMatmulKQuantsImpl)(w, x, outputs, factor, y);
}

void panelMatmulKQuantsInt8(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    HWY_DYNAMIC_DISPATCH(panelMatmulKQuantsInt8Impl)(w, x, outputs, factor, y);
}

}  // namespace gatescope::kernels
#endif

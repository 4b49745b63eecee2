#include <algorithm>
#include <cstring>

#include "kernels/cpu/amx.h"
#include "kernels/cpu/panel_matmul_amx.h"

// See dot_bytes-inl.h. What is not AVX3_DL is there for tests of the plain tiles.
#define HWY_WANT_AVX3_DL
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3 | GATESCOPE_SIZELESS_TARGETS)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/panel_matmul_int8_amx.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/amx_tiles-inl.h"
#include "kernels/cpu/panel_blocks-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

/// Inputs whose weights and activations are opened together: they stay in the second cache.
constexpr std::size_t kChunkInputs = 512;
constexpr std::size_t kPanelOutputs = 16;
constexpr std::size_t kMostPanels = 16;  ///< of a call's outputs that are done together

/// Takes `offset` from each byte.
HWY_INLINE hn::Vec<Lanes32> lessInEachByte(hn::Vec<Lanes32> bytes, std::uint8_t offset) {
#if HWY_TARGET == HWY_SCALAR
    std::uint32_t less = 0;
    for (unsigned i = 0; i < 32; i += 8)
        less |= (((static_cast<std::uint32_t>(bytes.raw) >> i) - offset) & 255) << i;
    return hn::Set(Lanes32(), static_cast<std::int32_t>(less));
#else
    const hn::Repartition<std::uint8_t, Lanes32> d8;
    return hn::BitCast(Lanes32(), hn::Sub(hn::BitCast(d8, bytes), hn::Set(d8, offset)));
#endif
}

/// Sixteen outputs of some inputs, as whole numbers with their sign, and what they are times.
struct OpenPanel {
    static constexpr std::size_t kMostScales = kChunkInputs / 16;

    alignas(64) std::int8_t weights[kChunkInputs * kPanelOutputs];
    alignas(64) float scales[kMostScales][kPanelOutputs];
    alignas(64) float minima[kMostScales][kPanelOutputs];

    /// Blocks [begin, end) of a panel.
    template <class Block>
    HWY_INLINE void open(const std::byte* panel, std::size_t begin, std::size_t end) {
        constexpr std::size_t kScalesOfGroup = kGroup / Block::kScaleInputs;
        std::size_t group = 0, s = 0;
        for (std::size_t b = begin; b < end; ++b)
            for (std::size_t g = 0; g < Block::kInputs / kGroup; ++g, ++group)
                for (int part = 0; part < kParts; ++part)
                    openGroup<Block>(panel + b * Block::kBytes, g, part, group);
        for (std::size_t b = begin; b < end; ++b, s += Block::kInputs / Block::kScaleInputs)
            for (int part = 0; part < kParts; ++part)
                openScales<Block>(panel + b * Block::kBytes, part, s);
        static_assert(kScalesOfGroup == 1 || kScalesOfGroup == 2);
    }

  private:
    template <class Block>
    HWY_INLINE void openGroup(const std::byte* block, std::size_t g, int part, std::size_t group) {
        hn::Vec<Lanes32> lines[kGroupLines];
        Block::lines(block, part, g, lines);
        for (std::size_t i = 0; i < kGroupLines; ++i)
            hn::StoreU(
                lessInEachByte(lines[i], static_cast<std::uint8_t>(Block::kOffset)),
                Lanes32(),
                reinterpret_cast<std::int32_t*>(weights + (group * kGroupLines + i) * kLine) +
                    part * kPartLanes);
    }

    template <class Block>
    HWY_INLINE void openScales(const std::byte* bytes, int part, std::size_t first) {
        const LanesF d;
        Block block;
        block.open(bytes, part);
        for (std::size_t s = 0; s < Block::kInputs / Block::kScaleInputs; ++s) {
            hn::StoreU(block.scale(s), d, scales[first + s] + part * kPartLanes);
            if constexpr (Block::kHasMinimum)
                hn::StoreU(block.minimum(s), d, minima[first + s] + part * kPartLanes);
        }
    }
};

/// Sixteen rows of activations, side by side for each scale of the weights; missing rows are 0.
template <std::size_t kScaleInputs>
struct OpenRows {
    static constexpr std::size_t kScalesOfGroup = kGroup / kScaleInputs;

    alignas(64) std::int8_t values[kChunkInputs * kTileRows];
    float scales[kChunkInputs / kGroup][kTileRows];
    float scaledSums[kChunkInputs / kScaleInputs][kTileRows];

    /// Groups [begin, end) of rows t ... t + count - 1.
    void open(const Int8Rows& x, int t, int count, std::size_t begin, std::size_t end) {
        for (std::size_t row = 0; row < kTileRows; ++row) {
            const bool there = row < static_cast<std::size_t>(count);
            static constexpr ActivationBlock kNothing{};
            const ActivationBlock* from =
                there ? x.rows.row(x.row(t + static_cast<int>(row))) : nullptr;
            for (std::size_t g = begin; g < end; ++g)
                put(there ? from[g] : kNothing, row, g - begin);
        }
    }

  private:
    HWY_INLINE void put(const ActivationBlock& from, std::size_t row, std::size_t group) {
        scales[group][row] = from.scale;
        for (std::size_t s = 0; s < kScalesOfGroup; ++s) {
            const std::size_t scale = group * kScalesOfGroup + s;
            std::memcpy(values + (scale * kTileRows + row) * kScaleInputs,
                        from.values + s * kScaleInputs,
                        kScaleInputs);
            scaledSums[scale][row] = from.scaledSums[kScalesOfGroup == 1 ? kWholeSum : s];
        }
    }
};

/// total[t] += scale of weights and activations * dots[t], for sixteen rows.
template <std::size_t kScaleInputs, bool kHasMinimum>
HWY_INLINE void addScaled(const std::int32_t* dots,
                          const OpenPanel& panel,
                          const OpenRows<kScaleInputs>& x,
                          std::size_t s,
                          int part,
                          hn::Vec<LanesF>* total) {
    const LanesF d;
    const auto scale = hn::LoadU(d, panel.scales[s] + part * kPartLanes);
    const float* rowScales = x.scales[s / OpenRows<kScaleInputs>::kScalesOfGroup];
    HWY_UNROLL(16)
    for (std::size_t t = 0; t < kTileRows; ++t) {
        const auto sum = hn::LoadU(Lanes32(), dots + t * kTileColumns + part * kPartLanes);
        total[t] =
            hn::MulAdd(hn::Mul(scale, hn::Set(d, rowScales[t])), hn::ConvertTo(d, sum), total[t]);
        if constexpr (kHasMinimum)
            total[t] = hn::NegMulAdd(hn::LoadU(d, panel.minima[s] + part * kPartLanes),
                                     hn::Set(d, x.scaledSums[s][t]),
                                     total[t]);
    }
}

/// Where sums of a tile go: rows t ... t + count - 1, outputs from `out` on.
struct Sums {
    OutputRows y;
    int t;
    int count;
    int out;
    bool first;    ///< nothing is there yet
    float factor;  ///< what they are times in the end

    HWY_INLINE void load(int part, hn::Vec<LanesF>* total) const {
        const LanesF d;
        for (int i = 0; i < static_cast<int>(kTileRows); ++i)
            total[i] = first || i >= count ? hn::Zero(d) : hn::LoadU(d, at(i, part));
    }
    HWY_INLINE void store(int part, const hn::Vec<LanesF>* total) const {
        const LanesF d;
        for (int i = 0; i < static_cast<int>(kTileRows); ++i)
            if (i < count) hn::StoreU(hn::Mul(total[i], hn::Set(d, factor)), d, at(i, part));
    }

  private:
    HWY_INLINE float* at(int i, int part) const { return y.row(t + i) + out + part * kPartLanes; }
};

/// Adds what `numScales` scales' worth of inputs give.
template <class Tiles, std::size_t kScaleInputs, bool kHasMinimum>
HWY_INLINE void multiply(typename Tiles::template Int8<kScaleInputs>& tiles,
                         const OpenPanel& panel,
                         const OpenRows<kScaleInputs>& x,
                         std::size_t numScales,
                         const Sums& sums) {
    alignas(64) std::int32_t dots[2][kTileRows * kTileColumns];
    const auto product = [&](auto set, std::size_t s) HWY_ATTR {
        tiles.template multiply<set()>(x.values + s * kTileRows * kScaleInputs,
                                       panel.weights + s * kPanelOutputs * kScaleInputs,
                                       dots[set()]);
    };
    const std::integral_constant<int, 0> even;
    const std::integral_constant<int, 1> odd;
    for (int part = 0; part < kParts; ++part) {
        hn::Vec<LanesF> total[kTileRows];
        sums.load(part, total);
        std::size_t s = 0;
        for (; s + 2 <= numScales; s += 2) {
            product(even, s);
            product(odd, s + 1);
            addScaled<kScaleInputs, kHasMinimum>(dots[0], panel, x, s, part, total);
            addScaled<kScaleInputs, kHasMinimum>(dots[1], panel, x, s + 1, part, total);
        }
        if (s < numScales) {
            product(even, s);
            addScaled<kScaleInputs, kHasMinimum>(dots[0], panel, x, s, part, total);
        }
        sums.store(part, total);
    }
}

/// Some panels, `numInputs` of their inputs, times all rows.
template <class Tiles, std::size_t kScaleInputs, bool kHasMinimum>
void multiplyRows(const OpenPanel* panels,
                  std::size_t numPanels,
                  const Int8Rows& x,
                  std::size_t firstInput,
                  std::size_t numInputs,
                  Sums sums,
                  int firstOut) {
    typename Tiles::template Int8<kScaleInputs> tiles;
    OpenRows<kScaleInputs> rows;
    for (sums.t = 0; sums.t < x.count; sums.t += static_cast<int>(kTileRows)) {
        sums.count = std::min(x.count - sums.t, static_cast<int>(kTileRows));
        rows.open(x, sums.t, sums.count, firstInput / kGroup, (firstInput + numInputs) / kGroup);
        for (std::size_t p = 0; p < numPanels; ++p) {
            sums.out = firstOut + static_cast<int>(p * kPanelOutputs);
            multiply<Tiles, kScaleInputs, kHasMinimum>(
                tiles, panels[p], rows, numInputs / kScaleInputs, sums);
        }
    }
}

template <class Tiles, class Block>
void matmulPanels(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    const auto numIn = static_cast<std::size_t>(w.numIn);
    const std::size_t panelBytes = numIn / Block::kInputs * Block::kBytes;
    OpenPanel panels[kMostPanels];
    for (int out = outputs.begin; out < outputs.end;) {
        const auto numPanels =
            std::min(kMostPanels, static_cast<std::size_t>(outputs.end - out) / kPanelOutputs);
        for (std::size_t k = 0; k < numIn; k += kChunkInputs) {
            const std::size_t inputs = std::min(kChunkInputs, numIn - k);
            for (std::size_t p = 0; p < numPanels; ++p)
                panels[p].template open<Block>(
                    w.data + (static_cast<std::size_t>(out) / kPanelOutputs + p) * panelBytes,
                    k / Block::kInputs,
                    (k + inputs) / Block::kInputs);
            const Sums sums{.y = y,
                            .t = 0,
                            .count = 0,
                            .out = 0,
                            .first = k == 0,
                            .factor = k + inputs == numIn ? factor : 1.0F};
            multiplyRows<Tiles, Block::kScaleInputs, Block::kHasMinimum>(
                panels, numPanels, x, k, inputs, sums, out);
        }
        out += static_cast<int>(numPanels * kPanelOutputs);
    }
}

void panelMatmulInt8AmxImpl(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    withBlock(w.type, [&](auto block) HWY_ATTR {
#if GATESCOPE_AMX
        if (hasAmx()) return matmulPanels<AmxTiles, decltype(block)>(w, x, outputs, factor, y);
#endif
        matmulPanels<PlainTiles, decltype(block)>(w, x, outputs, factor, y);
    });
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(panelMatmulInt8AmxImpl);

void panelMatmulInt8Amx(
    const PanelMatrix& w, const Int8Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    HWY_DYNAMIC_DISPATCH(panelMatmulInt8AmxImpl)(w, x, outputs, factor, y);
}

}  // namespace gatescope::kernels
#endif

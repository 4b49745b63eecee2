#include <algorithm>
#include <cstring>

#include "kernels/cpu/amx.h"
#include "kernels/cpu/panel_matmul_amx.h"

// See dot_bytes-inl.h. What is not AVX3_DL is there for tests of the plain tiles.
#define HWY_WANT_AVX3_DL
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3 | GATESCOPE_SIZELESS_TARGETS)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/panel_matmul_int24_amx.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/amx_tiles-inl.h"
// after amx_tiles-inl.h
#include "kernels/cpu/int24_sums-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

constexpr std::size_t kPanelOutputs = 64;
constexpr std::size_t kTile = kTileRows * kTileColumns;

/// A stretch of blocks of sixteen rows, side by side; missing rows are 0.
struct OpenRows {
    alignas(64) std::int8_t digits[kStretchBlocks][kDigits][kTileRows][kInt24Block];
    float scales[kStretchBlocks][kTileRows];

    void open(const Int24Rows& x, int t, int count, std::size_t begin, std::size_t end) {
        for (std::size_t row = 0; row < kTileRows; ++row) {
            const bool there = row < static_cast<std::size_t>(count);
            const Int24Block* from = there ? x.rows.row(x.row(t + static_cast<int>(row))) : nullptr;
            for (std::size_t b = begin; b < end; ++b) {
                scales[b - begin][row] = there ? from[b].scale : 0;
                for (std::size_t digit = 0; digit < kDigits; ++digit) {
                    std::int8_t* to = digits[b - begin][digit][row];
                    if (there)
                        std::memcpy(to, from[b].digits[digit], kInt24Block);
                    else
                        std::memset(to, 0, kInt24Block);
                }
            }
        }
    }
};

/// total[t] += what a block gives for sixteen rows.
HWY_INLINE void addBlock(const std::int32_t (*dots)[kTile],
                         const float* rowScales,
                         int part,
                         hn::Vec<LanesF>* total) {
    const auto load = [&](std::size_t digit, std::size_t t) HWY_ATTR {
        return hn::LoadU(Lanes32(), dots[digit] + t * kTileColumns + part * kPartLanes);
    };
    HWY_UNROLL(16)
    for (std::size_t t = 0; t < kTileRows; ++t)
        total[t] = addScaledDigits(load(0, t), load(1, t), load(2, t), rowScales[t], total[t]);
}

/// Sixteen outputs of a panel, whose lines are `lineBytes` apart, times a stretch of sixteen rows:
/// store(part, total) takes the sums.
template <class Tiles, class Store>
HWY_INLINE void multiply(typename Tiles::Int24& tiles,
                         const std::byte* w,
                         std::size_t lineBytes,
                         const OpenRows& x,
                         std::size_t numBlocks,
                         const Store& store) {
    alignas(64) std::int32_t dots[2][kDigits][kTile];
    const auto product = [&](auto set, std::size_t b) HWY_ATTR {
        tiles.template multiply<set()>(
            x.digits[b][0][0], w + b * (kInt24Block / 4) * lineBytes, lineBytes, dots[set()][0]);
    };
    const std::integral_constant<int, 0> even;
    const std::integral_constant<int, 1> odd;
    for (int part = 0; part < kParts; ++part) {
        hn::Vec<LanesF> total[kTileRows];
        for (std::size_t t = 0; t < kTileRows; ++t) total[t] = hn::Zero(LanesF());
        std::size_t b = 0;
        for (; b + 2 <= numBlocks; b += 2) {
            product(even, b);
            product(odd, b + 1);
            addBlock(dots[0], x.scales[b], part, total);
            addBlock(dots[1], x.scales[b + 1], part, total);
        }
        if (b < numBlocks) {
            product(even, b);
            addBlock(dots[0], x.scales[b], part, total);
        }
        store(part, total);
    }
}

/// Where outputs of a matrix go, the sums of some inputs after those of others.
struct Sums {
    const PanelMatrix& w;
    OutputRows y;
    float factor;  ///< what they are times in the end

    /// y[t ... t + count - 1, out ...] += the weights' scales times total.
    HWY_INLINE void add(const hn::Vec<LanesF>* total,
                        int t,
                        int count,
                        std::size_t out,
                        std::size_t group,
                        bool first,
                        bool last) const {
        const LanesF d;
        const auto scale = weightScales(w, group, out);
        for (int i = 0; i < count; ++i) {
            float* at = y.row(t + i) + out;
            const auto before = first ? hn::Zero(d) : hn::LoadU(d, at);
            const auto sum = hn::MulAdd(scale, total[i], before);
            hn::StoreU(last ? hn::Mul(sum, hn::Set(d, factor)) : sum, d, at);
        }
    }
};

template <class Tiles>
void matmulPanels(
    const PanelMatrix& w, const Int24Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    const auto numIn = static_cast<std::size_t>(w.numIn);
    const auto end = static_cast<std::size_t>(outputs.end);
    const Sums sums{w, y, factor};
    typename Tiles::Int24 tiles;
    OpenRows rows;
    forEachStretch(w, [&](std::size_t first, std::size_t behind, std::size_t group) HWY_ATTR {
        const bool last = behind * kInt24Block == numIn;
        for (int t = 0; t < x.count; t += static_cast<int>(kTileRows)) {
            const int count = std::min(x.count - t, static_cast<int>(kTileRows));
            rows.open(x, t, count, first, behind);
            for (auto out = static_cast<std::size_t>(outputs.begin); out < end;
                 out += kTileColumns) {
                const std::size_t n = out % kPanelOutputs;
                const std::size_t panel = out - n;
                const std::size_t lineBytes =
                    4 * std::min(kPanelOutputs, static_cast<std::size_t>(w.numOut) - panel);
                multiply<Tiles>(
                    tiles,
                    w.data + panel * numIn + first * (kInt24Block / 4) * lineBytes + 4 * n,
                    lineBytes,
                    rows,
                    behind - first,
                    [&](int part, const hn::Vec<LanesF>* total) HWY_ATTR {
                        sums.add(total,
                                 t,
                                 count,
                                 out + static_cast<std::size_t>(part * kPartLanes),
                                 group,
                                 first == 0,
                                 last);
                    });
            }
        }
    });
}

void panelMatmulInt24AmxImpl(
    const PanelMatrix& w, const Int24Rows& x, ColumnRange outputs, float factor, OutputRows y) {
#if GATESCOPE_AMX
    if (hasAmx()) return matmulPanels<AmxTiles>(w, x, outputs, factor, y);
#endif
    matmulPanels<PlainTiles>(w, x, outputs, factor, y);
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gatescope::kernels {

HWY_EXPORT(panelMatmulInt24AmxImpl);

void panelMatmulInt24Amx(
    const PanelMatrix& w, const Int24Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    HWY_DYNAMIC_DISPATCH(panelMatmulInt24AmxImpl)(w, x, outputs, factor, y);
}

}  // namespace gatescope::kernels
#endif

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "kernels/cpu/amx.h"
#include "kernels/cpu/panel_matmul_amx.h"
#include "kernels/cpu/prefetch.h"

// What is not AVX3_DL is there for tests of the plain tiles.
#define HWY_WANT_AVX3_DL
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3 | GATESCOPE_SIZELESS_TARGETS)

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/panel_matmul_bf16_amx.cpp"
#include <hwy/foreach_target.h>
// after foreach_target.h
#include <hwy/highway.h>

#include "kernels/cpu/amx_tiles-inl.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

constexpr std::size_t kPanelOutputs = 64;
/// Inputs of rows that are laid out for the tiles together: they stay in the second cache.
constexpr std::size_t kChunkBlocks = 32;
constexpr std::size_t kRowTilesAtOnce = 2;

/// Some inputs of a panel: `numPairs` lines of `width` outputs, two inputs each.
struct Lines {
    const std::byte* first;
    std::size_t width;
    std::size_t numPairs;

    std::size_t bytes() const { return width * 4; }
    std::size_t numBlocks() const { return numPairs / (kBf16Inputs / 2); }
    std::size_t restPairs() const { return numPairs % (kBf16Inputs / 2); }
};

/// Rows of activations as tiles, [block, tile, row, input]; what is missing is 0.
template <std::size_t kRowTiles>
struct OpenRows {
    alignas(64) std::uint16_t values[kChunkBlocks][kRowTiles][kTileRows][kBf16Inputs];

    /// Inputs [firstInput, firstInput + numInputs) of rows t ... t + count - 1.
    void open(const Bf16Rows& x,
              int t,
              std::size_t count,
              std::size_t firstInput,
              std::size_t numInputs) {
        for (std::size_t row = 0; row < kRowTiles * kTileRows; ++row) {
            const std::uint16_t* from =
                row < count ? x.row(t + static_cast<int>(row)) + firstInput : nullptr;
            for (std::size_t k = 0; k < numInputs; k += kBf16Inputs) {
                std::uint16_t* to = values[k / kBf16Inputs][row / kTileRows][row % kTileRows];
                const std::size_t inputs =
                    from == nullptr ? 0 : std::min(kBf16Inputs, numInputs - k);
                if (inputs == kBf16Inputs)
                    std::memcpy(to, from + k, kBf16Inputs * sizeof *to);
                else {
                    std::copy_n(from + k, inputs, to);
                    std::fill_n(to + inputs, kBf16Inputs - inputs, std::uint16_t{0});
                }
            }
        }
    }
};

/// Where sums go: `count` rows from `t` on.
struct Sums {
    OutputRows y;
    int t;
    std::size_t count;
    bool first;    ///< nothing is there yet
    float factor;  ///< what they are times in the end
};

/// Sums of kRowTiles times kColumnTiles tiles.
template <std::size_t kRowTiles, std::size_t kColumnTiles>
struct TileSums {
    alignas(64) float values[kRowTiles][kColumnTiles][kTileRows][kTileColumns];

    HWY_INLINE void load(const Sums& from, std::size_t out) {
        forEachVector(from, out, [&](auto d, float* here, const float* there) HWY_ATTR {
            const bool nothing = from.first || there == nullptr;
            hn::StoreU(nothing ? hn::Zero(d) : hn::LoadU(d, there), d, here);
        });
    }
    HWY_INLINE void store(const Sums& to, std::size_t out) {
        forEachVector(to, out, [&](auto d, const float* here, float* there) HWY_ATTR {
            if (there != nullptr)
                hn::StoreU(hn::Mul(hn::LoadU(d, here), hn::Set(d, to.factor)), d, there);
        });
    }

  private:
    /// Calls use(d, number of a tile, the same of y or null).
    template <class Use>
    HWY_INLINE void forEachVector(const Sums& sums, std::size_t out, const Use& use) {
        const hn::CappedTag<float, kTileColumns> d;
        for (std::size_t i = 0; i < kRowTiles * kTileRows; ++i)
            for (std::size_t n = 0; n < kColumnTiles * kTileColumns; n += hn::Lanes(d)) {
                float* there =
                    i < sums.count ? sums.y.row(sums.t + static_cast<int>(i)) + out + n : nullptr;
                use(d,
                    &values[i / kTileRows][n / kTileColumns][i % kTileRows][n % kTileColumns],
                    there);
            }
    }
};

/// The lines' outputs from `n` on times some rows; `firstOut` is the panel's first.
template <class Tiles, std::size_t kRowTiles, std::size_t kColumnTiles>
HWY_INLINE void multiplyColumns(const Lines& lines,
                                std::size_t n,
                                const OpenRows<kRowTiles>& x,
                                const Sums& sums,
                                std::size_t firstOut) {
    TileSums<kRowTiles, kColumnTiles> tile;
    tile.load(sums, firstOut + n);
    {
        typename Tiles::template Bf16<kRowTiles, kColumnTiles> products;
        const std::byte* from = lines.first + 4 * n;
        products.addProducts(
            x.values[0][0][0],
            from,
            lines.bytes(),
            lines.numBlocks(),
            sums.t == 0 ? prefetchDistance() : 0,  // later rows find them in a cache
            tile.values[0][0][0]);
        if (lines.restPairs() > 0) {
            constexpr std::size_t kBytes = kColumnTiles * 64;
            alignas(64) std::byte rest[kBf16Inputs / 2 * kBytes] = {};
            const std::size_t done = lines.numBlocks() * kBf16Inputs / 2;
            for (std::size_t k = 0; k < lines.restPairs(); ++k)
                std::memcpy(rest + k * kBytes, from + (done + k) * lines.bytes(), kBytes);
            products.addProducts(
                x.values[lines.numBlocks()][0][0], rest, kBytes, 1, 0, tile.values[0][0][0]);
        }
    }
    tile.store(sums, firstOut + n);
}

/// Some rows, `sums`', and inputs from `firstInput` on, times all outputs.
template <class Tiles, std::size_t kRowTiles>
void multiplyRows(const PanelMatrix& w,
                  const Bf16Rows& x,
                  std::size_t firstInput,
                  std::size_t numInputs,
                  ColumnRange outputs,
                  const Sums& sums) {
    OpenRows<kRowTiles> rows;
    rows.open(x, sums.t, sums.count, firstInput, numInputs);
    const auto numIn = static_cast<std::size_t>(w.numIn);
    const auto end = static_cast<std::size_t>(outputs.end);
    for (auto out = static_cast<std::size_t>(outputs.begin); out < end; out += kPanelOutputs) {
        const std::size_t width = std::min(kPanelOutputs, static_cast<std::size_t>(w.numOut) - out);
        const Lines lines{w.data + 2 * (out * numIn + firstInput * width), width, numInputs / 2};
        std::size_t n = 0;
        for (; n + 2 * kTileColumns <= width; n += 2 * kTileColumns)
            multiplyColumns<Tiles, kRowTiles, 2>(lines, n, rows, sums, out);
        if (n < width) multiplyColumns<Tiles, kRowTiles, 1>(lines, n, rows, sums, out);
    }
}

/// While it lives subnormal numbers count as 0, as they do in the tiles.
class WithoutSubnormals {
  public:
#if HWY_ARCH_X86
    WithoutSubnormals() : before_(_mm_getcsr()) {
        _mm_setcsr(before_ | kFlushResults | kInputsAreZero);
    }
    ~WithoutSubnormals() {
        _mm_setcsr(before_);
    }
#else
    WithoutSubnormals() = default;
#endif
    WithoutSubnormals(const WithoutSubnormals&) = delete;
    WithoutSubnormals& operator=(const WithoutSubnormals&) = delete;

  private:
    static constexpr unsigned kFlushResults = 0x8000, kInputsAreZero = 0x40;
    [[maybe_unused]] unsigned before_ = 0;
};

/// kVectors vectors of outputs from output `n` of the lines on, times one row, by multiply-adds in
/// the order of the tiles: their unit has too little to do with a row, and waits for memory longer.
template <std::size_t kVectors>
HWY_INLINE void multiplyRow(const Lines& lines,
                            std::size_t n,
                            const std::uint16_t* x,
                            float factor,
                            std::size_t ahead,
                            float* y) {
    const hn::CappedTag<float, kTileColumns> d;
    const hn::RebindToUnsigned<decltype(d)> pairs;
    const std::size_t lanes = hn::Lanes(d);
    const auto odd = hn::Set(pairs, 0xFFFF0000);
    hn::Vec<decltype(d)> total[kVectors];
    for (auto& sum : total) sum = hn::Zero(d);
    for (std::size_t k = 0; k < lines.numPairs;) {
        hn::Vec<decltype(d)> evenSum[kVectors], oddSum[kVectors];
        for (std::size_t v = 0; v < kVectors; ++v) evenSum[v] = oddSum[v] = hn::Zero(d);
        const std::size_t end = std::min(k + kBf16Inputs / 2, lines.numPairs);
        for (; k < end; ++k) {
            const std::byte* line = lines.first + k * lines.bytes() + 4 * n;
            prefetchBehind(line, kVectors * lanes * 4, ahead);
            std::uint32_t both;
            std::memcpy(&both, x + 2 * k, sizeof both);
            const auto evenInput = hn::BitCast(d, hn::Set(pairs, both << 16));
            const auto oddInput = hn::BitCast(d, hn::Set(pairs, both & 0xFFFF0000));
            for (std::size_t v = 0; v < kVectors; ++v) {
                const auto weights =
                    hn::LoadU(pairs, reinterpret_cast<const std::uint32_t*>(line) + v * lanes);
                evenSum[v] =
                    hn::MulAdd(evenInput, hn::BitCast(d, hn::ShiftLeft<16>(weights)), evenSum[v]);
                oddSum[v] = hn::MulAdd(oddInput, hn::BitCast(d, hn::And(weights, odd)), oddSum[v]);
            }
        }
        for (std::size_t v = 0; v < kVectors; ++v)
            total[v] = hn::Add(total[v], hn::Add(evenSum[v], oddSum[v]));
    }
    for (std::size_t v = 0; v < kVectors; ++v)
        hn::StoreU(hn::Mul(total[v], hn::Set(d, factor)), d, y + n + v * lanes);
}

void matmulPanelsOnce(
    const PanelMatrix& w, const std::uint16_t* x, ColumnRange outputs, float factor, float* y) {
    constexpr std::size_t kVectors = 4;
    constexpr std::size_t kLanes = hn::MaxLanes(hn::CappedTag<float, kTileColumns>());
    const WithoutSubnormals flushing;
    const std::size_t ahead = prefetchDistance();
    const auto numPairs = static_cast<std::size_t>(w.numIn) / 2;
    const auto end = static_cast<std::size_t>(outputs.end);
    for (auto out = static_cast<std::size_t>(outputs.begin); out < end; out += kPanelOutputs) {
        const std::size_t width = std::min(kPanelOutputs, static_cast<std::size_t>(w.numOut) - out);
        const Lines lines{w.data + 4 * out * numPairs, width, numPairs};
        std::size_t n = 0;
        for (; n + kVectors * kLanes <= width; n += kVectors * kLanes)
            multiplyRow<kVectors>(lines, n, x, factor, ahead, y + out);
        for (; n < width; n += kLanes) multiplyRow<1>(lines, n, x, factor, ahead, y + out);
    }
}

template <class Tiles>
void matmulPanels(
    const PanelMatrix& w, const Bf16Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    constexpr std::size_t kChunkInputs = kChunkBlocks * kBf16Inputs;
    const auto numIn = static_cast<std::size_t>(w.numIn);
    for (std::size_t k = 0; k < numIn; k += kChunkInputs) {
        const std::size_t inputs = std::min(kChunkInputs, numIn - k);
        for (int t = 0; t < x.count;) {
            const auto left = static_cast<std::size_t>(x.count - t);
            const std::size_t count = std::min(left, kRowTilesAtOnce * kTileRows);
            const Sums sums{y, t, count, k == 0, k + inputs == numIn ? factor : 1.0F};
            if (count > kTileRows)
                multiplyRows<Tiles, kRowTilesAtOnce>(w, x, k, inputs, outputs, sums);
            else
                multiplyRows<Tiles, 1>(w, x, k, inputs, outputs, sums);
            t += static_cast<int>(count);
        }
    }
}

void panelMatmulBf16AmxImpl(
    const PanelMatrix& w, const Bf16Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    if (HWY_NATIVE_FMA && x.count == 1)
        return matmulPanelsOnce(w, x.row(0), outputs, factor, y.row(0));
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

HWY_EXPORT(panelMatmulBf16AmxImpl);

void panelMatmulBf16Amx(
    const PanelMatrix& w, const Bf16Rows& x, ColumnRange outputs, float factor, OutputRows y) {
    HWY_DYNAMIC_DISPATCH(panelMatmulBf16AmxImpl)(w, x, outputs, factor, y);
}

}  // namespace gatescope::kernels
#endif

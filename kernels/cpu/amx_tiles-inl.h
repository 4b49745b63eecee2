// Included once for each instruction set (see hwy/foreach_target.h), so it has no #pragma once.
// The tiles of AMX, and the same in plain C++: a product is written for either, so that what AMX
// computes can be tested where there is none. The includer asks Highway for AVX3_DL, to whose text
// the extension is added here; hasAmx() says whether the processor has it.
#if defined(GATESCOPE_KERNELS_CPU_AMX_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GATESCOPE_KERNELS_CPU_AMX_TILES_INL_H_
#undef GATESCOPE_KERNELS_CPU_AMX_TILES_INL_H_
#else
#define GATESCOPE_KERNELS_CPU_AMX_TILES_INL_H_
#endif

#include <hwy/highway.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/cpu/int24_activations.h"
#include "kernels/cpu/vectors-inl.h"

#undef GATESCOPE_AMX
#define GATESCOPE_AMX (HWY_TARGET == HWY_AVX3_DL)

#if GATESCOPE_AMX
#include <immintrin.h>
#undef HWY_TARGET_STR
#define HWY_TARGET_STR                                              \
    HWY_TARGET_STR_AVX3                                             \
    ",vpclmulqdq,avx512vbmi,avx512vbmi2,vaes,avxvnni,avx512bitalg," \
    "avx512vpopcntdq,avx512vnni,amx-tile,amx-int8,amx-bf16"
#endif

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

constexpr std::size_t kTileRows = 16;
constexpr std::size_t kTileColumns = 16;  ///< numbers of four bytes in a row of a tile
constexpr std::size_t kBf16Inputs = 32;   ///< of which a tile holds 16 rows

/// Products by plain C++.
struct PlainTiles {
    template <std::size_t kInputs>
    struct Int8 {
        /// dots[t, n] = sum over k of x[t, k] * w[n, k]. Exact.
        ///   x     [16, kInputs]
        ///   w     [kInputs / 4, 16, 4]  four inputs of each output side by side
        ///   dots  [16, 16], out
        template <int kSet>
        static void multiply(const std::int8_t* x, const std::int8_t* w, std::int32_t* dots) {
            for (std::size_t t = 0; t < kTileRows; ++t)
                for (std::size_t n = 0; n < kTileColumns; ++n) {
                    std::int32_t sum = 0;
                    for (std::size_t k = 0; k < kInputs; ++k)
                        sum += x[t * kInputs + k] * w[(k / 4 * kTileColumns + n) * 4 + k % 4];
                    dots[t * kTileColumns + n] = sum;
                }
        }
    };

    struct Int24 {
        /// dots[d, t, n] = sum over k of digit d of x[t, k] times w[n, k], over 64 inputs. Exact.
        ///   x     [kDigits, 16, 64]
        ///   w     lines of `lineBytes`, each with four inputs of 16 outputs
        ///   dots  [kDigits, 16, 16], out
        template <int kSet>
        static void multiply(const std::int8_t* x,
                             const std::byte* w,
                             std::size_t lineBytes,
                             std::int32_t* dots) {
            for (std::size_t i = 0; i < kDigits * kTileRows; ++i)
                for (std::size_t n = 0; n < kTileColumns; ++n) {
                    std::int32_t sum = 0;
                    for (std::size_t k = 0; k < kInt24Block; ++k)
                        sum += x[i * kInt24Block + k] *
                               static_cast<std::int8_t>(w[k / 4 * lineBytes + 4 * n + k % 4]);
                    dots[i * kTileColumns + n] = sum;
                }
        }
    };

    template <std::size_t kRowTiles, std::size_t kColumnTiles>
    struct Bf16 {
        /// sums[i, j, t, n] += the sum over k of row t of tile i times output n of tile j, over
        /// numBlocks times 32 inputs: of each 32 the even ones and the odd ones added one after the
        /// other, then both sums, then that to what is there. Subnormal numbers count as 0.
        ///   x          [numBlocks, kRowTiles, 16, 32]
        ///   w          lines of `lineBytes`, each with two inputs of kColumnTiles * 16 outputs
        ///   ahead      see prefetchDistance()
        ///   sums       [kRowTiles, kColumnTiles, 16, 16]
        static void addProducts(const std::uint16_t* x,
                                const std::byte* w,
                                std::size_t lineBytes,
                                std::size_t numBlocks,
                                std::size_t /*ahead*/,
                                float* sums) {
            for (std::size_t b = 0; b < numBlocks; ++b)
                for (std::size_t i = 0; i < kRowTiles; ++i)
                    for (std::size_t j = 0; j < kColumnTiles; ++j)
                        addTile(x + (b * kRowTiles + i) * kTileRows * kBf16Inputs,
                                w + b * kTileRows * lineBytes + j * 64,
                                lineBytes,
                                sums + (i * kColumnTiles + j) * kTileRows * kTileColumns);
        }

      private:
        static float flushed(float value) {
            return std::fabs(value) < 0x1p-126F ? std::copysign(0.0F, value) : value;
        }
        static float number(std::uint16_t bits) {
            return flushed(std::bit_cast<float>(std::uint32_t{bits} << 16));
        }
        static void addTile(const std::uint16_t* x,
                            const std::byte* w,
                            std::size_t lineBytes,
                            float* sums) {
            for (std::size_t t = 0; t < kTileRows; ++t)
                for (std::size_t n = 0; n < kTileColumns; ++n) {
                    float parts[2] = {0, 0};
                    for (std::size_t k = 0; k < kBf16Inputs; ++k) {
                        std::uint16_t weight;
                        std::memcpy(
                            &weight, w + k / 2 * lineBytes + n * 4 + k % 2 * 2, sizeof weight);
                        float& part = parts[k % 2];
                        part =
                            flushed(std::fma(number(x[t * kBf16Inputs + k]), number(weight), part));
                    }
                    float& sum = sums[t * kTileColumns + n];
                    sum = flushed(sum + flushed(parts[0] + parts[1]));
                }
        }
    };
};

#if GATESCOPE_AMX

/// Rows of the tiles and bytes of their rows, as LDTILECFG reads them.
struct alignas(64) TileShapes {
    std::uint8_t palette = 1;
    std::uint8_t startRow = 0;
    std::uint8_t reserved[14] = {};
    std::uint16_t rowBytes[16] = {};
    std::uint8_t rows[16] = {};

    constexpr void set(std::size_t tile, std::size_t numRows, std::size_t bytes) {
        rows[tile] = static_cast<std::uint8_t>(numRows);
        rowBytes[tile] = static_cast<std::uint16_t>(bytes);
    }
};

/// Products by AMX. While an object lives the tiles have its shapes; afterwards the system has
/// nothing of them to save. The numbers of tiles are part of the instructions, so none can be
/// computed.
struct AmxTiles {
    template <std::size_t kInputs>
    struct Int8 {
        static constexpr TileShapes kShapes = [] {
            TileShapes shapes;
            for (const std::size_t set : {0, 1}) {
                shapes.set(set, kTileRows, 64);
                shapes.set(2 + set, kTileRows, kInputs);
                shapes.set(4 + set, kInputs / 4, 64);
            }
            return shapes;
        }();
        HWY_INLINE Int8() { _tile_loadconfig(&kShapes); }
        HWY_INLINE ~Int8() { _tile_release(); }
        Int8(const Int8&) = delete;
        Int8& operator=(const Int8&) = delete;

        /// Two sets of tiles, so that one product can begin while the other ends.
        template <int kSet>
        static HWY_INLINE void multiply(const std::int8_t* x,
                                        const std::int8_t* w,
                                        std::int32_t* dots) {
            if constexpr (kSet == 0) {
                _tile_zero(0);
                _tile_loadd(2, x, kInputs);
                _tile_loadd(4, w, 64);
                _tile_dpbssd(0, 2, 4);
                _tile_stored(0, dots, 64);
            } else {
                _tile_zero(1);
                _tile_loadd(3, x, kInputs);
                _tile_loadd(5, w, 64);
                _tile_dpbssd(1, 3, 5);
                _tile_stored(1, dots, 64);
            }
        }
    };

    static constexpr TileShapes kWholeTiles = [] {
        TileShapes shapes;
        for (std::size_t tile = 0; tile < 8; ++tile) shapes.set(tile, kTileRows, 64);
        return shapes;
    }();

    struct Int24 {
        HWY_INLINE Int24() { _tile_loadconfig(&kWholeTiles); }
        HWY_INLINE ~Int24() { _tile_release(); }
        Int24(const Int24&) = delete;
        Int24& operator=(const Int24&) = delete;

        /// Two sets of sums, so that one product can begin while the other ends.
        template <int kSet>
        static HWY_INLINE void multiply(const std::int8_t* x,
                                        const std::byte* w,
                                        std::size_t lineBytes,
                                        std::int32_t* dots) {
            constexpr std::size_t kRows = kTileRows * kInt24Block;
            constexpr std::size_t kTile = kTileRows * kTileColumns;
            _tile_loadd(7, w, lineBytes);
            if constexpr (kSet == 0) {
                _tile_zero(0);
                _tile_zero(1);
                _tile_zero(2);
                _tile_loadd(6, x, kInt24Block);
                _tile_dpbssd(0, 6, 7);
                _tile_loadd(6, x + kRows, kInt24Block);
                _tile_dpbssd(1, 6, 7);
                _tile_loadd(6, x + 2 * kRows, kInt24Block);
                _tile_dpbssd(2, 6, 7);
                _tile_stored(0, dots, 64);
                _tile_stored(1, dots + kTile, 64);
                _tile_stored(2, dots + 2 * kTile, 64);
            } else {
                _tile_zero(3);
                _tile_zero(4);
                _tile_zero(5);
                _tile_loadd(6, x, kInt24Block);
                _tile_dpbssd(3, 6, 7);
                _tile_loadd(6, x + kRows, kInt24Block);
                _tile_dpbssd(4, 6, 7);
                _tile_loadd(6, x + 2 * kRows, kInt24Block);
                _tile_dpbssd(5, 6, 7);
                _tile_stored(3, dots, 64);
                _tile_stored(4, dots + kTile, 64);
                _tile_stored(5, dots + 2 * kTile, 64);
            }
        }
    };

    template <std::size_t kRowTiles, std::size_t kColumnTiles>
    struct Bf16 {
        HWY_INLINE Bf16() { _tile_loadconfig(&kWholeTiles); }
        HWY_INLINE ~Bf16() { _tile_release(); }
        Bf16(const Bf16&) = delete;
        Bf16& operator=(const Bf16&) = delete;

        static HWY_INLINE void addProducts(const std::uint16_t* x,
                                           const std::byte* w,
                                           std::size_t lineBytes,
                                           std::size_t numBlocks,
                                           std::size_t ahead,
                                           float* sums) {
            constexpr std::size_t kTile = kTileRows * kTileColumns;
            _tile_loadd(0, sums, 64);
            if constexpr (kColumnTiles == 2) _tile_loadd(1, sums + kTile, 64);
            if constexpr (kRowTiles == 2) {
                _tile_loadd(2, sums + kColumnTiles * kTile, 64);
                if constexpr (kColumnTiles == 2) _tile_loadd(3, sums + 3 * kTile, 64);
            }
            for (std::size_t b = 0; b < numBlocks; ++b) {
                if (ahead != 0)
                    for (std::size_t k = 0; k < kTileRows; ++k)
                        prefetchBehind(w + k * lineBytes, kColumnTiles * 64, ahead);
                _tile_loadd(4, x, 64);
                _tile_loadd(6, w, lineBytes);
                _tile_dpbf16ps(0, 4, 6);
                if constexpr (kColumnTiles == 2) {
                    _tile_loadd(7, w + 64, lineBytes);
                    _tile_dpbf16ps(1, 4, 7);
                }
                if constexpr (kRowTiles == 2) {
                    _tile_loadd(5, x + kTileRows * kBf16Inputs, 64);
                    _tile_dpbf16ps(2, 5, 6);
                    if constexpr (kColumnTiles == 2) _tile_dpbf16ps(3, 5, 7);
                }
                x += kRowTiles * kTileRows * kBf16Inputs;
                w += kTileRows * lineBytes;
            }
            _tile_stored(0, sums, 64);
            if constexpr (kColumnTiles == 2) _tile_stored(1, sums + kTile, 64);
            if constexpr (kRowTiles == 2) {
                _tile_stored(2, sums + kColumnTiles * kTile, 64);
                if constexpr (kColumnTiles == 2) _tile_stored(3, sums + 3 * kTile, 64);
            }
        }
    };
};

#endif

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#endif

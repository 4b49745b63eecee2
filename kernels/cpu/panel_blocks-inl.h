// Included once for each instruction set (see hwy/foreach_target.h), so it has no #pragma once.
// What a product reads of the panels of block types: for each 32 inputs the weights as whole
// numbers without sign, and what they are times. What the includer asks Highway for: see
// dot_bytes-inl.h.
#if defined(GATESCOPE_KERNELS_CPU_PANEL_BLOCKS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef GATESCOPE_KERNELS_CPU_PANEL_BLOCKS_INL_H_
#undef GATESCOPE_KERNELS_CPU_PANEL_BLOCKS_INL_H_
#else
#define GATESCOPE_KERNELS_CPU_PANEL_BLOCKS_INL_H_
#endif

#include <hwy/highway.h>

#include <cstddef>
#include <cstdint>

#include "kernels/cpu/dot_bytes-inl.h"
#include "kernels/cpu/vectors-inl.h"
#include "kernels/quant/blocks.h"
#include "kernels/quant/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace gatescope::kernels {
namespace HWY_NAMESPACE {

using BytesOfPart = hn::Rebind<std::uint8_t, Lanes32>;
using SignedOfPart = hn::Rebind<std::int8_t, Lanes32>;
constexpr std::size_t kGroup = 32;  ///< inputs whose weights are opened together: 8 lines
constexpr std::size_t kGroupLines = 8;

/// The four bytes of kPartLanes outputs.
HWY_INLINE hn::Vec<Lanes32> loadPart(const std::byte* line, int part) {
    return hn::LoadU(Lanes32(), reinterpret_cast<const std::int32_t*>(line) + part * kPartLanes);
}

HWY_INLINE hn::Vec<LanesF> loadHalves(const std::byte* p, int part) {
    return loadWeights(LanesF(), reinterpret_cast<const F16*>(p) + part * kPartLanes);
}

template <class Bytes>
HWY_INLINE hn::Vec<LanesF> asFloats(Bytes bytes) {
    return hn::ConvertTo(LanesF(), hn::PromoteTo(Lanes32(), bytes));
}

HWY_INLINE hn::Vec<Lanes32> lowNibbles(hn::Vec<Lanes32> bytes) {
    return hn::And(bytes, hn::Set(Lanes32(), 0x0F0F0F0F));
}

/// Two bits of each byte of `from`, from bit `shift` on; the same for one.
HWY_INLINE hn::Vec<Lanes32> twoBits(hn::Vec<Lanes32> from, std::size_t shift) {
    return hn::And(hn::ShiftRightSame(from, static_cast<int>(shift)),
                   hn::Set(Lanes32(), 0x03030303));
}
HWY_INLINE hn::Vec<Lanes32> oneBit(hn::Vec<Lanes32> from, std::size_t shift) {
    return hn::And(hn::ShiftRightSame(from, static_cast<int>(shift)),
                   hn::Set(Lanes32(), 0x01010101));
}

// Each block type: kInputs, kBytes of 16 outputs, kScaleInputs that share a scale, kLargest number,
// kOffset that is to be taken from each number. open() takes one part of a block; then lines()
// gives the numbers of a group, scale() what kScaleInputs of them are times, and with kHasMinimum
// minimum() what is to be taken from each of these products. The layout itself:
// kernels/cpu/panels.h.

/// The four nibbles lines of a group of 32: low ones are inputs 0 ... 15, high ones 16 ... 31.
HWY_INLINE void halvedNibbles(const std::byte* first, int part, hn::Vec<Lanes32>* lines) {
    for (std::size_t i = 0; i < 4; ++i) {
        const auto both = loadPart(first + i * kLine, part);
        lines[i] = lowNibbles(both);
        lines[i + 4] = lowNibbles(hn::ShiftRight<4>(both));
    }
}

struct Q8Block {
    static constexpr std::size_t kInputs = 32;
    static constexpr std::size_t kBytes = 32 + 8 * kLine;
    static constexpr std::size_t kScaleInputs = 32;
    static constexpr std::size_t kLargest = 255;
    static constexpr std::int32_t kOffset = 128;
    static constexpr bool kHasMinimum = false;

    hn::Vec<LanesF> d;

    HWY_INLINE void open(const std::byte* block, int part) { d = loadHalves(block, part); }
    HWY_INLINE hn::Vec<LanesF> scale(std::size_t) const { return d; }
    HWY_INLINE static void lines(const std::byte* block,
                                 int part,
                                 std::size_t /*group*/,
                                 hn::Vec<Lanes32>* lines) {
        for (std::size_t i = 0; i < kGroupLines; ++i)
            lines[i] = loadPart(block + 32 + i * kLine, part);
    }
};

struct Q4Block {
    static constexpr std::size_t kInputs = 32;
    static constexpr std::size_t kBytes = 32 + 4 * kLine;
    static constexpr std::size_t kScaleInputs = 32;
    static constexpr std::size_t kLargest = 15;
    static constexpr std::int32_t kOffset = 8;
    static constexpr bool kHasMinimum = false;

    hn::Vec<LanesF> d;

    HWY_INLINE void open(const std::byte* block, int part) { d = loadHalves(block, part); }
    HWY_INLINE hn::Vec<LanesF> scale(std::size_t) const { return d; }
    HWY_INLINE static void lines(const std::byte* block,
                                 int part,
                                 std::size_t /*group*/,
                                 hn::Vec<Lanes32>* lines) {
        halvedNibbles(block + 32, part, lines);
    }
};

struct Q4_1Block {
    static constexpr std::size_t kInputs = 32;
    static constexpr std::size_t kBytes = 64 + 4 * kLine;
    static constexpr std::size_t kScaleInputs = 32;
    static constexpr std::size_t kLargest = 15;
    static constexpr std::int32_t kOffset = 0;
    static constexpr bool kHasMinimum = true;

    hn::Vec<LanesF> d, m;

    HWY_INLINE void open(const std::byte* block, int part) {
        d = loadHalves(block, part);
        m = hn::Neg(loadHalves(block + 32, part));  // the file's is added
    }
    HWY_INLINE hn::Vec<LanesF> scale(std::size_t) const { return d; }
    HWY_INLINE hn::Vec<LanesF> minimum(std::size_t) const { return m; }
    HWY_INLINE static void lines(const std::byte* block,
                                 int part,
                                 std::size_t /*group*/,
                                 hn::Vec<Lanes32>* lines) {
        halvedNibbles(block + 64, part, lines);
    }
};

/// The numbers of a block of Q5_0 or Q5_1: a line of fifth bits, then the nibbles.
HWY_INLINE void fiveBits(const std::byte* high, int part, hn::Vec<Lanes32>* lines) {
    const auto bits = loadPart(high, part);
    halvedNibbles(high + kLine, part, lines);
    for (std::size_t i = 0; i < kGroupLines; ++i)
        lines[i] = hn::Or(lines[i], hn::ShiftLeft<4>(oneBit(bits, i)));
}

struct Q5_0Block {
    static constexpr std::size_t kInputs = 32;
    static constexpr std::size_t kBytes = 32 + 5 * kLine;
    static constexpr std::size_t kScaleInputs = 32;
    static constexpr std::size_t kLargest = 31;
    static constexpr std::int32_t kOffset = 16;
    static constexpr bool kHasMinimum = false;

    hn::Vec<LanesF> d;

    HWY_INLINE void open(const std::byte* block, int part) { d = loadHalves(block, part); }
    HWY_INLINE hn::Vec<LanesF> scale(std::size_t) const { return d; }
    HWY_INLINE static void lines(const std::byte* block,
                                 int part,
                                 std::size_t /*group*/,
                                 hn::Vec<Lanes32>* lines) {
        fiveBits(block + 32, part, lines);
    }
};

struct Q5_1Block {
    static constexpr std::size_t kInputs = 32;
    static constexpr std::size_t kBytes = 64 + 5 * kLine;
    static constexpr std::size_t kScaleInputs = 32;
    static constexpr std::size_t kLargest = 31;
    static constexpr std::int32_t kOffset = 0;
    static constexpr bool kHasMinimum = true;

    hn::Vec<LanesF> d, m;

    HWY_INLINE void open(const std::byte* block, int part) {
        d = loadHalves(block, part);
        m = hn::Neg(loadHalves(block + 32, part));  // the file's is added
    }
    HWY_INLINE hn::Vec<LanesF> scale(std::size_t) const { return d; }
    HWY_INLINE hn::Vec<LanesF> minimum(std::size_t) const { return m; }
    HWY_INLINE static void lines(const std::byte* block,
                                 int part,
                                 std::size_t /*group*/,
                                 hn::Vec<Lanes32>* lines) {
        fiveBits(block + 64, part, lines);
    }
};

/// The scales and minima of a block's numbers, already times the block's own.
template <std::size_t kCount>
struct ScalesAndMinima {
    static constexpr bool kHasMinimum = true;

    float scales[kCount][kPartLanes];
    float minima[kCount][kPartLanes];

    HWY_INLINE hn::Vec<LanesF> scale(std::size_t s) const { return hn::LoadU(LanesF(), scales[s]); }
    HWY_INLINE hn::Vec<LanesF> minimum(std::size_t s) const {
        return hn::LoadU(LanesF(), minima[s]);
    }
};

template <std::size_t kCount>
struct ScalesOnly {
    static constexpr bool kHasMinimum = false;

    float scales[kCount][kPartLanes];

    HWY_INLINE hn::Vec<LanesF> scale(std::size_t s) const { return hn::LoadU(LanesF(), scales[s]); }
};

/// to = d * number
HWY_INLINE void putScale(float* to, hn::Vec<LanesF> d, hn::Vec<BytesOfPart> number) {
    hn::StoreU(hn::Mul(d, asFloats(number)), LanesF(), to);
}
/// to = d * (number - zero)
HWY_INLINE void putScale(float* to, hn::Vec<LanesF> d, hn::Vec<BytesOfPart> number, float zero) {
    const LanesF df;
    hn::StoreU(hn::Mul(d, hn::Sub(asFloats(number), hn::Set(df, zero))), df, to);
}

/// The i-th bytes of the outputs of a part, 16 outputs side by side.
HWY_INLINE hn::Vec<BytesOfPart> packedBytes(const std::byte* bytes, std::size_t i, int part) {
    return hn::LoadU(BytesOfPart(),
                     reinterpret_cast<const std::uint8_t*>(bytes) + 16 * i + part * kPartLanes);
}

struct Q2KBlock : ScalesAndMinima<16> {
    static constexpr std::size_t kInputs = 256;
    static constexpr std::size_t kHeader = 320;
    static constexpr std::size_t kBytes = kHeader + 16 * kLine;
    static constexpr std::size_t kScaleInputs = 16;
    static constexpr std::size_t kLargest = 3;
    static constexpr std::int32_t kOffset = 0;

    HWY_INLINE void open(const std::byte* block, int part) {
        const auto d = loadHalves(block, part);
        const auto dmin = loadHalves(block + 32, part);
        const auto low4 = hn::Set(BytesOfPart(), 15);
        for (std::size_t s = 0; s < 16; ++s) {
            const auto both = packedBytes(block + 64, s, part);
            putScale(scales[s], d, hn::And(both, low4));
            putScale(minima[s], dmin, hn::And(hn::ShiftRight<4>(both), low4));
        }
    }
    HWY_INLINE static void lines(const std::byte* block,
                                 int part,
                                 std::size_t group,
                                 hn::Vec<Lanes32>* lines) {
        const std::byte* first = block + kHeader + kGroupLines * (group / 4) * kLine;
        for (std::size_t i = 0; i < kGroupLines; ++i)
            lines[i] = twoBits(loadPart(first + i * kLine, part), 2 * (group % 4));
    }
};

struct Q3KBlock : ScalesOnly<16> {
    static constexpr std::size_t kInputs = 256;
    static constexpr std::size_t kHeader = 224;
    static constexpr std::size_t kBytes = kHeader + 24 * kLine;
    static constexpr std::size_t kScaleInputs = 16;
    static constexpr std::size_t kLargest = 7;
    static constexpr std::int32_t kOffset = 4;

    /// Six bits each: four in the first eight bytes, two in the last four, 32 too many.
    HWY_INLINE void open(const std::byte* block, int part) {
        const BytesOfPart d8;
        const auto d = loadHalves(block, part);
        const auto low4 = hn::Set(d8, 15);
        const auto put =
            [&](std::size_t s, hn::Vec<BytesOfPart> four, hn::Vec<BytesOfPart> two) HWY_ATTR {
                const auto number = hn::Or(hn::And(four, low4), hn::And(two, hn::Set(d8, 48)));
                putScale(scales[s], d, number, 32.0F);
            };
        for (std::size_t i = 0; i < 4; ++i) {
            const auto first = packedBytes(block + 32, i, part);
            const auto second = packedBytes(block + 32, i + 4, part);
            const auto third = packedBytes(block + 32, i + 8, part);
            put(i, first, hn::ShiftLeft<4>(third));
            put(i + 4, second, hn::ShiftLeft<2>(third));
            put(i + 8, hn::ShiftRight<4>(first), third);
            put(i + 12, hn::ShiftRight<4>(second), hn::ShiftRight<2>(third));
        }
    }
    HWY_INLINE static void lines(const std::byte* block,
                                 int part,
                                 std::size_t group,
                                 hn::Vec<Lanes32>* lines) {
        const std::byte* high = block + kHeader;
        const std::byte* low = high + kGroupLines * (1 + group / 4) * kLine;
        for (std::size_t i = 0; i < kGroupLines; ++i)
            lines[i] = hn::Or(twoBits(loadPart(low + i * kLine, part), 2 * (group % 4)),
                              hn::ShiftLeft<2>(oneBit(loadPart(high + i * kLine, part), group)));
    }
};

/// Scales and minima have 6 bits each, of which the last four have two in the first four's bytes.
struct SixBitScales : ScalesAndMinima<8> {
    HWY_INLINE void open(const std::byte* block, int part) {
        const BytesOfPart d8;
        const auto d = loadHalves(block, part);
        const auto dmin = loadHalves(block + 32, part);
        const auto low6 = hn::Set(d8, 63);
        const auto low4 = hn::Set(d8, 15);
        const auto top2 = [&](hn::Vec<BytesOfPart> v)
                              HWY_ATTR { return hn::And(hn::ShiftRight<2>(v), hn::Set(d8, 48)); };
        for (std::size_t s = 0; s < 4; ++s) {
            const auto first = packedBytes(block + 64, s, part);
            const auto second = packedBytes(block + 64, s + 4, part);
            const auto third = packedBytes(block + 64, s + 8, part);
            putScale(scales[s], d, hn::And(first, low6));
            putScale(minima[s], dmin, hn::And(second, low6));
            putScale(scales[s + 4], d, hn::Or(hn::And(third, low4), top2(first)));
            putScale(
                minima[s + 4], dmin, hn::Or(hn::And(hn::ShiftRight<4>(third), low4), top2(second)));
        }
    }
};

/// The nibbles of a group of Q4_K or Q5_K, whose lines begin at `first`.
HWY_INLINE void pairedNibbles(const std::byte* first,
                              int part,
                              std::size_t group,
                              hn::Vec<Lanes32>* lines) {
    for (std::size_t i = 0; i < kGroupLines; ++i) {
        const auto both = loadPart(first + (kGroupLines * (group / 2) + i) * kLine, part);
        lines[i] = lowNibbles(group % 2 == 0 ? both : hn::ShiftRight<4>(both));
    }
}

struct Q4KBlock : SixBitScales {
    static constexpr std::size_t kInputs = 256;
    static constexpr std::size_t kHeader = 256;
    static constexpr std::size_t kBytes = kHeader + 32 * kLine;
    static constexpr std::size_t kScaleInputs = 32;
    static constexpr std::size_t kLargest = 15;
    static constexpr std::int32_t kOffset = 0;

    HWY_INLINE static void lines(const std::byte* block,
                                 int part,
                                 std::size_t group,
                                 hn::Vec<Lanes32>* lines) {
        pairedNibbles(block + kHeader, part, group, lines);
    }
};

struct Q5KBlock : SixBitScales {
    static constexpr std::size_t kInputs = 256;
    static constexpr std::size_t kHeader = 256;
    static constexpr std::size_t kBytes = kHeader + 40 * kLine;
    static constexpr std::size_t kScaleInputs = 32;
    static constexpr std::size_t kLargest = 31;
    static constexpr std::int32_t kOffset = 0;

    HWY_INLINE static void lines(const std::byte* block,
                                 int part,
                                 std::size_t group,
                                 hn::Vec<Lanes32>* lines) {
        const std::byte* high = block + kHeader;
        pairedNibbles(high + kGroupLines * kLine, part, group, lines);
        for (std::size_t i = 0; i < kGroupLines; ++i)
            lines[i] =
                hn::Or(lines[i], hn::ShiftLeft<4>(oneBit(loadPart(high + i * kLine, part), group)));
    }
};

struct Q6KBlock : ScalesOnly<16> {
    static constexpr std::size_t kInputs = 256;
    static constexpr std::size_t kHeader = 288;
    static constexpr std::size_t kBytes = kHeader + 48 * kLine;
    static constexpr std::size_t kScaleInputs = 16;
    static constexpr std::size_t kLargest = 63;
    static constexpr std::int32_t kOffset = 32;

    HWY_INLINE void open(const std::byte* block, int part) {
        const auto d = loadHalves(block, part);
        for (std::size_t s = 0; s < 16; ++s) {
            const std::byte* bytes = block + 32 + 16 * s;
            const auto number = hn::LoadU(
                SignedOfPart(), reinterpret_cast<const std::int8_t*>(bytes) + part * kPartLanes);
            hn::StoreU(hn::Mul(d, asFloats(number)), LanesF(), scales[s]);
        }
    }
    /// Four bits from one line, two from another that four groups share.
    HWY_INLINE static void lines(const std::byte* block,
                                 int part,
                                 std::size_t group,
                                 hn::Vec<Lanes32>* lines) {
        const std::byte* half = block + kHeader + 24 * (group / 4) * kLine;
        const std::size_t quarter = group % 4;
        for (std::size_t i = 0; i < kGroupLines; ++i) {
            const auto four = loadPart(half + (8 * (quarter % 2) + i) * kLine, part);
            const auto two = loadPart(half + (16 + i) * kLine, part);
            const auto low = lowNibbles(quarter < 2 ? four : hn::ShiftRight<4>(four));
            const auto high = quarter == 0   ? hn::ShiftLeft<4>(two)
                              : quarter == 1 ? hn::ShiftLeft<2>(two)
                              : quarter == 2 ? two
                                             : hn::ShiftRight<2>(two);
            lines[i] = hn::Or(low, hn::And(high, hn::Set(Lanes32(), 0x30303030)));
        }
    }
};

/// Sixteen levels plus `offset`, which makes them bytes without sign.
struct Levels {
    alignas(16) std::uint8_t bytes[16];

    constexpr Levels(const std::int8_t (&values)[16], int offset) : bytes{} {
        for (std::size_t i = 0; i < 16; ++i)
            bytes[i] = static_cast<std::uint8_t>(values[i] + offset);
    }
};

/// Nibbles, a byte each, become the levels that they number.
HWY_INLINE hn::Vec<Lanes32> lookUp(const Levels& levels, hn::Vec<Lanes32> nibbles) {
#if HWY_TARGET == HWY_SCALAR
    std::uint32_t number = 0;
    for (unsigned i = 0; i < 32; i += 8)
        number |= std::uint32_t{levels.bytes[(nibbles.raw >> i) & 15]} << i;
    return hn::Set(Lanes32(), static_cast<std::int32_t>(number));
#else
    const hn::Repartition<std::uint8_t, Lanes32> d8;
    return hn::BitCast(
        Lanes32(),
        hn::TableLookupBytes(hn::LoadDup128(d8, levels.bytes), hn::BitCast(d8, nibbles)));
#endif
}

HWY_INLINE void halvedLevels(const Levels& levels,
                             const std::byte* first,
                             int part,
                             hn::Vec<Lanes32>* lines) {
    halvedNibbles(first, part, lines);
    for (std::size_t i = 0; i < kGroupLines; ++i) lines[i] = lookUp(levels, lines[i]);
}

struct IQ4NLBlock {
    static constexpr std::size_t kInputs = 32;
    static constexpr std::size_t kBytes = 32 + 4 * kLine;
    static constexpr std::size_t kScaleInputs = 32;
    static constexpr std::size_t kLargest = 255;
    static constexpr std::int32_t kOffset = 128;
    static constexpr bool kHasMinimum = false;
    static constexpr Levels kLevels{kIq4Values, kOffset};

    hn::Vec<LanesF> d;

    HWY_INLINE void open(const std::byte* block, int part) { d = loadHalves(block, part); }
    HWY_INLINE hn::Vec<LanesF> scale(std::size_t) const { return d; }
    HWY_INLINE static void lines(const std::byte* block,
                                 int part,
                                 std::size_t /*group*/,
                                 hn::Vec<Lanes32>* lines) {
        halvedLevels(kLevels, block + 32, part, lines);
    }
};

struct IQ4XSBlock : ScalesOnly<8> {
    static constexpr std::size_t kInputs = 256;
    static constexpr std::size_t kHeader = 128;
    static constexpr std::size_t kBytes = kHeader + 32 * kLine;
    static constexpr std::size_t kScaleInputs = 32;
    static constexpr std::size_t kLargest = 255;
    static constexpr std::int32_t kOffset = 128;
    static constexpr Levels kLevels{kIq4Values, kOffset};

    /// Six bits each, 32 too many: two in the first two bytes, four in the four behind them.
    HWY_INLINE void open(const std::byte* block, int part) {
        const BytesOfPart d8;
        const auto d = loadHalves(block, part);
        for (std::size_t s = 0; s < 8; ++s) {
            const auto four = hn::ShiftRightSame(packedBytes(block + 64, s / 2, part),
                                                 static_cast<int>(4 * (s % 2)));
            const auto two = hn::ShiftRightSame(packedBytes(block + 32, s / 4, part),
                                                static_cast<int>(2 * (s % 4)));
            const auto number = hn::Or(hn::And(four, hn::Set(d8, 15)),
                                       hn::ShiftLeft<4>(hn::And(two, hn::Set(d8, 3))));
            putScale(scales[s], d, number, 32.0F);
        }
    }
    HWY_INLINE static void lines(const std::byte* block,
                                 int part,
                                 std::size_t group,
                                 hn::Vec<Lanes32>* lines) {
        halvedLevels(kLevels, block + kHeader + 4 * group * kLine, part, lines);
    }
};

struct MXFP4Block {
    static constexpr std::size_t kInputs = 32;
    static constexpr std::size_t kBytes = 16 + 4 * kLine;
    static constexpr std::size_t kScaleInputs = 32;
    static constexpr std::size_t kLargest = 31;
    static constexpr std::int32_t kOffset = 16;
    static constexpr bool kHasMinimum = false;
    static constexpr Levels kLevels{kMxfp4Values, kOffset};

    hn::Vec<LanesF> d;

    /// 2^(e - 128); the two smallest are below the normal floats.
    HWY_INLINE void open(const std::byte* block, int part) {
        const Lanes32 d32;
        const auto e = hn::PromoteTo(d32, packedBytes(block, 0, part));
        const auto small = hn::Add(hn::Set(d32, 0x00200000), hn::ShiftLeft<21>(e));
        const auto normal = hn::ShiftLeft<23>(hn::Sub(e, hn::Set(d32, 1)));
        d = hn::BitCast(LanesF(), hn::IfThenElse(hn::Lt(e, hn::Set(d32, 2)), small, normal));
    }
    HWY_INLINE hn::Vec<LanesF> scale(std::size_t) const { return d; }
    HWY_INLINE static void lines(const std::byte* block,
                                 int part,
                                 std::size_t /*group*/,
                                 hn::Vec<Lanes32>* lines) {
        halvedLevels(kLevels, block + 16, part, lines);
    }
};

/// Calls use(Block()) for the block type of `type`.
template <class Use>
HWY_INLINE void withBlock(DType type, const Use& use) {
    switch (type) {
        case DType::Q8_0:
            return use(Q8Block());
        case DType::Q4_0:
            return use(Q4Block());
        case DType::Q4_1:
            return use(Q4_1Block());
        case DType::Q5_0:
            return use(Q5_0Block());
        case DType::Q5_1:
            return use(Q5_1Block());
        case DType::Q2_K:
            return use(Q2KBlock());
        case DType::Q3_K:
            return use(Q3KBlock());
        case DType::Q4_K:
            return use(Q4KBlock());
        case DType::Q5_K:
            return use(Q5KBlock());
        case DType::Q6_K:
            return use(Q6KBlock());
        case DType::IQ4_NL:
            return use(IQ4NLBlock());
        case DType::IQ4_XS:
            return use(IQ4XSBlock());
        case DType::MXFP4:
            return use(MXFP4Block());
        default:  // no block type
            return;
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace gatescope::kernels
HWY_AFTER_NAMESPACE();

#endif

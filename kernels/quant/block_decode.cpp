#include <array>
#include <cstring>

#include "kernels/quant/block_codec.h"
#include "kernels/quant/blocks.h"
#include "kernels/quant/float_types.h"

namespace gatescope::kernels {
namespace {

// The order of the multiplications is part of the format: another order rounds differently.
// Inner loops run over 16 or 32 neighbours with one scale, which the compiler turns into vectors.

constexpr std::size_t kQuarter = 32;  // elements that share a bit position in a block of 256

void decodeBlock(const BlockQ4_0& block, float* out) {
    const float d = halfToFloat(block.d);
    for (std::size_t i = 0; i < 16; ++i) {
        out[i] = d * static_cast<float>((block.qs[i] & 15) - 8);
        out[i + 16] = d * static_cast<float>((block.qs[i] >> 4) - 8);
    }
}

void decodeBlock(const BlockQ4_1& block, float* out) {
    const float d = halfToFloat(block.d);
    const float m = halfToFloat(block.m);
    for (std::size_t i = 0; i < 16; ++i) {
        out[i] = d * static_cast<float>(block.qs[i] & 15) + m;
        out[i + 16] = d * static_cast<float>(block.qs[i] >> 4) + m;
    }
}

constexpr auto kBits = [] {
    std::array<std::uint32_t, 32> bits{};
    for (unsigned i = 0; i < bits.size(); ++i) bits[i] = 1U << i;
    return bits;
}();

/// The five-bit numbers 0 ... 31 of a Q5_0 or Q5_1 block.
template <class Block>
void unpackFiveBits(const Block& block, std::int32_t q[32]) {
    std::uint32_t high = 0;
    std::memcpy(&high, block.qh, sizeof(high));
    for (std::size_t i = 0; i < 16; ++i) {
        q[i] = block.qs[i] & 15;
        q[i + 16] = block.qs[i] >> 4;
    }
    // Masks from a table, because vectors have no shift by a different count in each lane.
    for (std::size_t i = 0; i < 32; ++i) q[i] += 16 * static_cast<int>((high & kBits[i]) != 0);
}

void decodeBlock(const BlockQ5_0& block, float* out) {
    const float d = halfToFloat(block.d);
    std::int32_t q[32];
    unpackFiveBits(block, q);
    for (std::size_t i = 0; i < 32; ++i) out[i] = d * static_cast<float>(q[i] - 16);
}

void decodeBlock(const BlockQ5_1& block, float* out) {
    const float d = halfToFloat(block.d);
    const float m = halfToFloat(block.m);
    std::int32_t q[32];
    unpackFiveBits(block, q);
    for (std::size_t i = 0; i < 32; ++i) out[i] = d * static_cast<float>(q[i]) + m;
}

void decodeBlock(const BlockQ8_0& block, float* out) {
    const float d = halfToFloat(block.d);
    for (std::size_t i = 0; i < 32; ++i) out[i] = d * static_cast<float>(block.qs[i]);
}

void decodeBlock(const BlockQ2_K& block, float* out) {
    const float d = halfToFloat(block.d);
    const float dmin = halfToFloat(block.dmin);
    for (std::size_t group = 0; group < 16; ++group) {
        const float scale = d * static_cast<float>(block.scales[group] & 15);
        const float min = dmin * static_cast<float>(block.scales[group] >> 4);
        const std::uint8_t* qs = block.qs + kQuarter * (group / 8) + 16 * (group % 2);
        const std::size_t shift = 2 * (group / 2 % 4);
        for (std::size_t l = 0; l < 16; ++l)
            out[16 * group + l] = scale * static_cast<float>((qs[l] >> shift) & 3) - min;
    }
}

void decodeBlock(const BlockQ3_K& block, float* out) {
    const float d = halfToFloat(block.d);
    std::uint8_t scales[16];
    unpackScales(block, scales);
    for (std::size_t group = 0; group < 16; ++group) {
        const float scale = d * static_cast<float>(scales[group] - 32);
        const std::size_t begin = 16 * (group % 2);
        const std::uint8_t* qs = block.qs + kQuarter * (group / 8) + begin;
        const std::uint8_t* high = block.hmask + begin;
        const std::size_t shift = 2 * (group / 2 % 4);
        const std::size_t bit = group / 2;
        for (std::size_t l = 0; l < 16; ++l) {
            const int q = ((qs[l] >> shift) & 3) + 4 * ((high[l] >> bit) & 1) - 4;
            out[16 * group + l] = scale * static_cast<float>(q);
        }
    }
}

void decodeBlock(const BlockQ4_K& block, float* out) {
    const float d = halfToFloat(block.d);
    const float dmin = halfToFloat(block.dmin);
    std::uint8_t scales[8];
    std::uint8_t mins[8];
    unpackScalesAndMins(block.scales, scales, mins);
    for (std::size_t s = 0; s < 8; ++s) {
        const float scale = d * static_cast<float>(scales[s]);
        const float min = dmin * static_cast<float>(mins[s]);
        const std::uint8_t* qs = block.qs + kQuarter * (s / 2);
        const std::size_t shift = 4 * (s % 2);
        for (std::size_t l = 0; l < kQuarter; ++l)
            out[kQuarter * s + l] = scale * static_cast<float>((qs[l] >> shift) & 15) - min;
    }
}

void decodeBlock(const BlockQ5_K& block, float* out) {
    const float d = halfToFloat(block.d);
    const float dmin = halfToFloat(block.dmin);
    std::uint8_t scales[8];
    std::uint8_t mins[8];
    unpackScalesAndMins(block.scales, scales, mins);
    for (std::size_t s = 0; s < 8; ++s) {
        const float scale = d * static_cast<float>(scales[s]);
        const float min = dmin * static_cast<float>(mins[s]);
        const std::uint8_t* qs = block.qs + kQuarter * (s / 2);
        const std::size_t shift = 4 * (s % 2);
        for (std::size_t l = 0; l < kQuarter; ++l) {
            const int q = ((qs[l] >> shift) & 15) + 16 * ((block.qh[l] >> s) & 1);
            out[kQuarter * s + l] = scale * static_cast<float>(q) - min;
        }
    }
}

void decodeBlock(const BlockQ6_K& block, float* out) {
    const float d = halfToFloat(block.d);
    for (std::size_t group = 0; group < 16; ++group) {
        const float scale = d * static_cast<float>(block.scales[group]);
        const std::size_t half = group / 8;
        const std::size_t quarter = group / 2 % 4;
        const std::size_t begin = 16 * (group % 2);
        const std::uint8_t* low = block.ql + 64 * half + kQuarter * (quarter % 2) + begin;
        const std::uint8_t* high = block.qh + kQuarter * half + begin;
        const std::size_t lowShift = 4 * (quarter / 2);
        const std::size_t highShift = 2 * quarter;
        for (std::size_t l = 0; l < 16; ++l) {
            const int q = ((low[l] >> lowShift) & 15) + 16 * ((high[l] >> highShift) & 3) - 32;
            out[16 * group + l] = scale * static_cast<float>(q);
        }
    }
}

/// out[i] = scale * levels[nibble i], 32 of them.
void decodeLevels(const std::uint8_t qs[16],
                  float scale,
                  const std::int8_t levels[16],
                  float* out) {
    for (std::size_t i = 0; i < 16; ++i) {
        out[i] = scale * static_cast<float>(levels[qs[i] & 15]);
        out[i + 16] = scale * static_cast<float>(levels[qs[i] >> 4]);
    }
}

void decodeBlock(const BlockIQ4_NL& block, float* out) {
    decodeLevels(block.qs, halfToFloat(block.d), kIq4Values, out);
}

void decodeBlock(const BlockIQ4_XS& block, float* out) {
    const float d = halfToFloat(block.d);
    for (std::size_t s = 0; s < 8; ++s) {
        const int low = (block.scalesLow[s / 2] >> (4 * (s % 2))) & 15;
        const int high = (block.scalesHigh >> (2 * s)) & 3;
        const float scale = d * static_cast<float>((low | (high << 4)) - 32);
        decodeLevels(block.qs + 16 * s, scale, kIq4Values, out + kQuarter * s);
    }
}

void decodeBlock(const BlockMXFP4& block, float* out) {
    // 2^(e - 128); the two smallest are below the normal floats.
    const std::uint32_t bits =
        block.e < 2 ? 0x00200000U << block.e : static_cast<std::uint32_t>(block.e - 1) << 23;
    decodeLevels(block.qs, std::bit_cast<float>(bits), kMxfp4Values, out);
}

template <class Block>
void decodeBlocks(const std::byte* stored, std::size_t numElements, float* out) {
    constexpr std::size_t kBlockSize = traits(Block::kType).blockSize;
    for (std::size_t i = 0; i < numElements / kBlockSize; ++i) {
        Block block;  // a copy, because a file need not align it
        std::memcpy(&block, stored + i * sizeof(Block), sizeof(Block));
        decodeBlock(block, out + i * kBlockSize);
    }
}

/// out[i] = toFloat(element i), for types without blocks.
template <class Stored, class ToFloat>
void decodeEach(const std::byte* stored, std::size_t numElements, float* out, ToFloat toFloat) {
    for (std::size_t i = 0; i < numElements; ++i) {
        Stored element;
        std::memcpy(&element, stored + i * sizeof(Stored), sizeof(Stored));
        out[i] = toFloat(element);
    }
}

constexpr auto kF8E4M3Values = [] {
    std::array<float, 256> values{};
    for (unsigned code = 0; code < values.size(); ++code)
        values[code] = f8E4M3ToFloat(static_cast<std::uint8_t>(code));
    return values;
}();

}  // namespace

void decodeElements(DType type, const std::byte* stored, std::size_t numElements, float* out) {
    switch (type) {
        case DType::F32:
            return decodeEach<float>(stored, numElements, out, [](float x) { return x; });
        case DType::F16:
            return decodeEach<std::uint16_t>(
                stored, numElements, out, [](std::uint16_t h) { return halfToFloat(h); });
        case DType::BF16:
            return decodeEach<std::uint16_t>(stored, numElements, out, bf16ToFloat);
        case DType::F8E4M3:
            return decodeEach<std::uint8_t>(
                stored, numElements, out, [](std::uint8_t code) { return kF8E4M3Values[code]; });
        case DType::I8:
            return decodeEach<std::int8_t>(
                stored, numElements, out, [](std::int8_t x) { return static_cast<float>(x); });
        case DType::I32:
            return decodeEach<std::int32_t>(
                stored, numElements, out, [](std::int32_t x) { return static_cast<float>(x); });
        case DType::Q4_0:
            return decodeBlocks<BlockQ4_0>(stored, numElements, out);
        case DType::Q4_1:
            return decodeBlocks<BlockQ4_1>(stored, numElements, out);
        case DType::Q5_0:
            return decodeBlocks<BlockQ5_0>(stored, numElements, out);
        case DType::Q5_1:
            return decodeBlocks<BlockQ5_1>(stored, numElements, out);
        case DType::Q8_0:
            return decodeBlocks<BlockQ8_0>(stored, numElements, out);
        case DType::Q2_K:
            return decodeBlocks<BlockQ2_K>(stored, numElements, out);
        case DType::Q3_K:
            return decodeBlocks<BlockQ3_K>(stored, numElements, out);
        case DType::Q4_K:
            return decodeBlocks<BlockQ4_K>(stored, numElements, out);
        case DType::Q5_K:
            return decodeBlocks<BlockQ5_K>(stored, numElements, out);
        case DType::Q6_K:
            return decodeBlocks<BlockQ6_K>(stored, numElements, out);
        case DType::IQ4_NL:
            return decodeBlocks<BlockIQ4_NL>(stored, numElements, out);
        case DType::IQ4_XS:
            return decodeBlocks<BlockIQ4_XS>(stored, numElements, out);
        case DType::MXFP4:
            return decodeBlocks<BlockMXFP4>(stored, numElements, out);
    }
}

}  // namespace gatescope::kernels

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "kernels/quant/dtype.h"

namespace gatescope::kernels {

// The blocks of GGUF's quantised types, byte for byte as they lie in a file: little-endian, no
// padding. Scales are the bits of IEEE halves. Every bit pattern is a valid block.
// i counts the elements of a block. In the blocks of 256: s = i / 32 is the sub-block, h = i / 128
// the half, k = (i % 128) / 32 the quarter within it, l = i % 32.
// Source: llama.cpp, ggml-common.h; values checked against gguf-py (tests/unit/kernels).

static_assert(std::endian::native == std::endian::little, "blocks are read as they lie in memory");

/// value = d * (q - 8), q: low nibble of qs[i] for i < 16, else high nibble of qs[i - 16].
struct BlockQ4_0 {
    static constexpr DType kType = DType::Q4_0;
    std::uint16_t d;
    std::uint8_t qs[16];
};
static_assert(sizeof(BlockQ4_0) == traits(DType::Q4_0).bytesPerBlock);
static_assert(offsetof(BlockQ4_0, qs) == 2);

/// value = d * q + m, q as in Q4_0.
struct BlockQ4_1 {
    static constexpr DType kType = DType::Q4_1;
    std::uint16_t d;
    std::uint16_t m;
    std::uint8_t qs[16];
};
static_assert(sizeof(BlockQ4_1) == traits(DType::Q4_1).bytesPerBlock);
static_assert(offsetof(BlockQ4_1, m) == 2 && offsetof(BlockQ4_1, qs) == 4);

/// value = d * (q - 16), q: nibble as in Q4_0, plus 16 if bit i of qh is set.
struct BlockQ5_0 {
    static constexpr DType kType = DType::Q5_0;
    std::uint16_t d;
    std::uint8_t qh[4];  ///< 32 bits; bytes, because the file does not align them
    std::uint8_t qs[16];
};
static_assert(sizeof(BlockQ5_0) == traits(DType::Q5_0).bytesPerBlock);
static_assert(offsetof(BlockQ5_0, qh) == 2 && offsetof(BlockQ5_0, qs) == 6);

/// value = d * q + m, q as in Q5_0.
struct BlockQ5_1 {
    static constexpr DType kType = DType::Q5_1;
    std::uint16_t d;
    std::uint16_t m;
    std::uint8_t qh[4];
    std::uint8_t qs[16];
};
static_assert(sizeof(BlockQ5_1) == traits(DType::Q5_1).bytesPerBlock);
static_assert(offsetof(BlockQ5_1, qh) == 4 && offsetof(BlockQ5_1, qs) == 8);

/// value = d * qs[i].
struct BlockQ8_0 {
    static constexpr DType kType = DType::Q8_0;
    std::uint16_t d;
    std::int8_t qs[32];
};
static_assert(sizeof(BlockQ8_0) == traits(DType::Q8_0).bytesPerBlock);
static_assert(offsetof(BlockQ8_0, qs) == 2);

/// value = d * (low nibble of scales[i/16]) * q - dmin * (high nibble), q = (qs[32h + l] >> 2k)
/// & 3.
struct BlockQ2_K {
    static constexpr DType kType = DType::Q2_K;
    std::uint8_t scales[16];
    std::uint8_t qs[64];
    std::uint16_t d;
    std::uint16_t dmin;
};
static_assert(sizeof(BlockQ2_K) == traits(DType::Q2_K).bytesPerBlock);
static_assert(offsetof(BlockQ2_K, qs) == 16 && offsetof(BlockQ2_K, d) == 80 &&
              offsetof(BlockQ2_K, dmin) == 82);

/// value = d * (S[i/16] - 32) * q, q = ((qs[32h + l] >> 2k) & 3) - (bit s of hmask[l] ? 0 : 4).
/// S, six bits: see unpackScales.
struct BlockQ3_K {
    static constexpr DType kType = DType::Q3_K;
    std::uint8_t hmask[32];
    std::uint8_t qs[64];
    std::uint8_t scales[12];
    std::uint16_t d;
};
static_assert(sizeof(BlockQ3_K) == traits(DType::Q3_K).bytesPerBlock);
static_assert(offsetof(BlockQ3_K, qs) == 32 && offsetof(BlockQ3_K, scales) == 96 &&
              offsetof(BlockQ3_K, d) == 108);

/// value = d * scale[s] * q - dmin * min[s], q = nibble of qs[32 * (s/2) + l], low if s is even.
/// scale and min, six bits each: see unpackScalesAndMins.
struct BlockQ4_K {
    static constexpr DType kType = DType::Q4_K;
    std::uint16_t d;
    std::uint16_t dmin;
    std::uint8_t scales[12];
    std::uint8_t qs[128];
};
static_assert(sizeof(BlockQ4_K) == traits(DType::Q4_K).bytesPerBlock);
static_assert(offsetof(BlockQ4_K, dmin) == 2 && offsetof(BlockQ4_K, scales) == 4 &&
              offsetof(BlockQ4_K, qs) == 16);

/// As Q4_K, with q += 16 if bit s of qh[l] is set.
struct BlockQ5_K {
    static constexpr DType kType = DType::Q5_K;
    std::uint16_t d;
    std::uint16_t dmin;
    std::uint8_t scales[12];
    std::uint8_t qh[32];
    std::uint8_t qs[128];
};
static_assert(sizeof(BlockQ5_K) == traits(DType::Q5_K).bytesPerBlock);
static_assert(offsetof(BlockQ5_K, scales) == 4 && offsetof(BlockQ5_K, qh) == 16 &&
              offsetof(BlockQ5_K, qs) == 48);

/// value = d * scales[i/16] * (q - 32), q: nibble of ql[64h + 32 * (k % 2) + l], low if k < 2, plus
/// 16 * ((qh[32h + l] >> 2k) & 3).
struct BlockQ6_K {
    static constexpr DType kType = DType::Q6_K;
    std::uint8_t ql[128];
    std::uint8_t qh[64];
    std::int8_t scales[16];
    std::uint16_t d;
};
static_assert(sizeof(BlockQ6_K) == traits(DType::Q6_K).bytesPerBlock);
static_assert(offsetof(BlockQ6_K, qh) == 128 && offsetof(BlockQ6_K, scales) == 192 &&
              offsetof(BlockQ6_K, d) == 208);

/// value = d * kIq4Values[q], q as in Q4_0.
struct BlockIQ4_NL {
    static constexpr DType kType = DType::IQ4_NL;
    std::uint16_t d;
    std::uint8_t qs[16];
};
static_assert(sizeof(BlockIQ4_NL) == traits(DType::IQ4_NL).bytesPerBlock);
static_assert(offsetof(BlockIQ4_NL, qs) == 2);

/// value = d * (S[s] - 32) * kIq4Values[q], q: nibble of qs[16s + l % 16], low if l < 16.
/// S: nibble s of scalesLow plus 16 * (bits 2s and 2s + 1 of scalesHigh).
struct BlockIQ4_XS {
    static constexpr DType kType = DType::IQ4_XS;
    std::uint16_t d;
    std::uint16_t scalesHigh;
    std::uint8_t scalesLow[4];
    std::uint8_t qs[128];
};
static_assert(sizeof(BlockIQ4_XS) == traits(DType::IQ4_XS).bytesPerBlock);
static_assert(offsetof(BlockIQ4_XS, scalesHigh) == 2 && offsetof(BlockIQ4_XS, scalesLow) == 4 &&
              offsetof(BlockIQ4_XS, qs) == 8);

/// value = 2^(e - 128) * kMxfp4Values[q], q as in Q4_0.
struct BlockMXFP4 {
    static constexpr DType kType = DType::MXFP4;
    std::uint8_t e;
    std::uint8_t qs[16];
};
static_assert(sizeof(BlockMXFP4) == traits(DType::MXFP4).bytesPerBlock);
static_assert(offsetof(BlockMXFP4, qs) == 1);

/// The sixteen levels of IQ4_NL and IQ4_XS. Source: llama.cpp, ggml-common.h, kvalues_iq4nl.
inline constexpr std::int8_t kIq4Values[16] = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

/// Twice the values of a 4-bit float (2 exponent bits, 1 mantissa bit); the scale is halved
/// instead. Source: OCP Microscaling Formats 1.0, FP4 E2M1.
inline constexpr std::int8_t kMxfp4Values[16] = {
    0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

/// The sixteen scales of a Q3_K block, 0 ... 63 (32 stands for 0): bytes 0-7 hold the low nibbles
/// of scales j and j + 8, bytes 8-11 the upper two bits of j, j + 4, j + 8 and j + 12.
inline void unpackScales(const BlockQ3_K& block, std::uint8_t scales[16]) {
    for (unsigned j = 0; j < 16; ++j) {
        const unsigned low = j < 8 ? block.scales[j] & 15U : block.scales[j - 8] >> 4U;
        const unsigned high = (block.scales[8 + j % 4] >> (2 * (j / 4))) & 3U;
        scales[j] = static_cast<std::uint8_t>(low | (high << 4U));
    }
}

/// Eight scales and eight mins of a Q4_K or Q5_K block, 0 ... 63 each: bytes 0-3 and 4-7 hold the
/// first four of both, with two spare bits on top; bytes 8-11 the low nibbles of the last four of
/// both, whose upper bits are the spare ones.
inline void unpackScalesAndMins(const std::uint8_t packed[12],
                                std::uint8_t scales[8],
                                std::uint8_t mins[8]) {
    for (unsigned j = 0; j < 4; ++j) {
        scales[j] = packed[j] & 63U;
        mins[j] = packed[j + 4] & 63U;
        scales[j + 4] =
            static_cast<std::uint8_t>((packed[j + 8] & 15U) | ((packed[j] >> 6U) << 4U));
        mins[j + 4] =
            static_cast<std::uint8_t>((packed[j + 8] >> 4U) | ((packed[j + 4] >> 6U) << 4U));
    }
}

/// The way back; every entry must be below 64.
inline void packScalesAndMins(const std::uint8_t scales[8],
                              const std::uint8_t mins[8],
                              std::uint8_t packed[12]) {
    for (unsigned j = 0; j < 4; ++j) {
        packed[j] = static_cast<std::uint8_t>(scales[j] | ((scales[j + 4] >> 4U) << 6U));
        packed[j + 4] = static_cast<std::uint8_t>(mins[j] | ((mins[j + 4] >> 4U) << 6U));
        packed[j + 8] = static_cast<std::uint8_t>((scales[j + 4] & 15U) | (mins[j + 4] << 4U));
    }
}

}  // namespace gatescope::kernels

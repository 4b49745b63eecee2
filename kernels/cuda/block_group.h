#pragma once

#include "kernels/cuda/block_rows.h"
#include "kernels/cuda/device.h"
#include "kernels/cuda/matvec.h"
#include "kernels/quant/blocks.h"

namespace gatescope::kernels::cuda {

/// What is taken off every number of a type: q - kNumberOffset.
template <DType kType>
inline constexpr int kNumberOffset = kType == DType::Q4_0   ? 8
                                     : kType == DType::Q5_0 ? 16
                                     : kType == DType::Q3_K ? 4
                                     : kType == DType::Q6_K ? 32
                                                            : 0;
/// The numbers have a sign as they lie: q is an int8.
template <DType kType>
inline constexpr bool kSignedNumbers = kType == DType::Q8_0 || kType == DType::IQ4_NL ||
                                       kType == DType::IQ4_XS || kType == DType::MXFP4;
template <DType kType>
inline constexpr bool kHasMins =
    kType == DType::Q4_1 || kType == DType::Q5_1 || kType == DType::Q2_K || kType == DType::Q4_K ||
    kType == DType::Q5_K;

/// Sixteen levels, four to a word.
struct LevelWords {
    unsigned words[4] = {};
};
constexpr LevelWords levelWords(const std::int8_t (&levels)[16]) {
    LevelWords out;
    for (int i = 0; i < 16; ++i)
        out.words[i / 4] |= static_cast<unsigned>(static_cast<std::uint8_t>(levels[i]))
                            << (8 * (i % 4));
    return out;
}

/// The planes of one matrix, see block_rows.h.
template <DType kType>
struct BlockMatrix {
    const std::byte* codes;
    BlockPlaneOffsets offsets;
    int numGroups;  ///< of an output
    __device__ BlockMatrix(const Matrices& w, int matrix)
        : offsets(blockPlaneOffsets(kType, rowAt(w.numOut, w.numIn) / kGroup)),
          numGroups(w.numIn / kGroup) {
        codes = w.data + static_cast<std::size_t>(matrix) * offsets.matrix;
    }
};

template <DType kType>
__device__ inline float numberOf(unsigned four, int j);

/// 32 neighbouring weights of an output: weight i = scale[i / 16] * (number i - kNumberOffset) -
/// min[i / 16].
template <DType kType>
struct BlockGroup {
    static constexpr BlockPlanes kPlanes = blockPlanes(kType);

    unsigned codes[kPlanes.codes / 4];
    unsigned high[kPlanes.high == 0 ? 1 : kPlanes.high / 4];
    float scale[2], min[2];

    __device__ void load(const BlockMatrix<kType>& from, int out, int group) {
        const std::size_t at = rowAt(out, from.numGroups) + static_cast<std::size_t>(group);
        loadCodes(from.codes + at * kPlanes.codes);
        const std::byte* highAt = from.codes + from.offsets.high + at * kPlanes.high;
        if constexpr (kPlanes.high == 4) high[0] = *reinterpret_cast<const unsigned*>(highAt);
        if constexpr (kPlanes.high == 8) {
            const uint2 two = *reinterpret_cast<const uint2*>(highAt);
            high[0] = two.x;
            high[1] = two.y;
        }
        loadScales(from.codes + from.offsets.scales + at * kPlanes.scales,
                   from.codes + from.offsets.super + at / kPlanes.superGroups * kPlanes.super);
    }

    /// Numbers 4 * word ... 4 * word + 3, a byte each.
    __device__ unsigned four(int word) const {
        const int half = word / 4;
        const int quarter = word % 4;
        if constexpr (kPlanes.codes == 32) {
            return codes[word];
        } else if constexpr (kPlanes.codes == 8) {
            return (codes[half] >> (2 * quarter) & 0x03030303U) | highBits<2>(half, quarter);
        } else {
            const unsigned low = codes[quarter] >> (4 * half) & 0x0F0F0F0FU;
            if constexpr (kType == DType::IQ4_NL || kType == DType::IQ4_XS) {
                constexpr LevelWords kLevels = levelWords(kIq4Values);
                return levels(low, kLevels);
            } else if constexpr (kType == DType::MXFP4) {
                constexpr LevelWords kLevels = levelWords(kMxfp4Values);
                return levels(low, kLevels);
            } else {
                return low | highBits<4>(half, quarter);
            }
        }
    }

    /// The same as floats.
    __device__ float4 numbers(int word) const {
        const unsigned bytes = four(word);
        return {numberOf<kType>(bytes, 0),
                numberOf<kType>(bytes, 1),
                numberOf<kType>(bytes, 2),
                numberOf<kType>(bytes, 3)};
    }

  private:
    /// The levels of four numbers below 16, a byte each.
    __device__ static unsigned levels(unsigned four, LevelWords of) {
        const unsigned pairs = (four | four >> 4U) & 0x00FF00FFU;
        const unsigned selector = (pairs | pairs >> 8U) & 0xFFFFU;  // a nibble each
        const unsigned low = __byte_perm(of.words[0], of.words[1], selector & 0x7777U);
        const unsigned high = __byte_perm(of.words[2], of.words[3], selector & 0x7777U);
        const unsigned upper = (four >> 3U & 0x01010101U) * 0xFFU;
        return (low & ~upper) | (high & upper);
    }

    template <int kBits>
    __device__ unsigned highBits(int half, int quarter) const {
        if constexpr (kPlanes.high == 4)
            return (high[0] >> (4 * half + quarter) & 0x01010101U) << kBits;
        if constexpr (kPlanes.high == 8)
            return (high[half] >> (2 * quarter) & 0x03030303U) << kBits;
        return 0;
    }

    __device__ void loadCodes(const std::byte* from) {
        if constexpr (kPlanes.codes == 8) {
            const uint2 two = *reinterpret_cast<const uint2*>(from);
            codes[0] = two.x;
            codes[1] = two.y;
        } else {
            GATESCOPE_UNROLL
            for (int i = 0; i < kPlanes.codes / 16; ++i) {
                const uint4 part = reinterpret_cast<const uint4*>(from)[i];
                codes[4 * i] = part.x;
                codes[4 * i + 1] = part.y;
                codes[4 * i + 2] = part.z;
                codes[4 * i + 3] = part.w;
            }
        }
    }

    /// The products in the order of kernels/quant/block_decode.cpp.
    __device__ void loadScales(const std::byte* scales, const std::byte* super) {
        float d = 0;
        float m = 0;
        if constexpr (kType == DType::MXFP4) {
            const unsigned e = static_cast<unsigned>(*super);
            d = __uint_as_float(e < 2 ? 0x00200000U << e : (e - 1) << 23U);  // 2^(e - 128)
        } else if constexpr (kPlanes.super == 4) {
            const unsigned both = *reinterpret_cast<const unsigned*>(super);
            d = fromF16(static_cast<std::uint16_t>(both & 0xFFFFU));
            m = fromF16(static_cast<std::uint16_t>(both >> 16U));
        } else {
            d = fromF16(*reinterpret_cast<const std::uint16_t*>(super));
        }
        scale[0] = scale[1] = d;
        min[0] = min[1] = -m;  // Q4_1 and Q5_1 add it
        if constexpr (kPlanes.scales == 1) {
            scale[0] = scale[1] = d * static_cast<float>(static_cast<std::int8_t>(*scales));
        } else if constexpr (kPlanes.scales == 2) {
            const unsigned both = *reinterpret_cast<const std::uint16_t*>(scales);
            if constexpr (kType == DType::Q2_K) {
                for (int h = 0; h < 2; ++h) {
                    scale[h] = d * static_cast<float>(both >> (8 * h) & 15U);
                    min[h] = m * static_cast<float>(both >> (8 * h + 4) & 15U);
                }
            } else if constexpr (kHasMins<kType>) {
                scale[0] = scale[1] = d * static_cast<float>(both & 0xFFU);
                min[0] = min[1] = m * static_cast<float>(both >> 8U);
            } else {
                for (int h = 0; h < 2; ++h)
                    scale[h] = d * static_cast<float>(static_cast<std::int8_t>(both >> (8 * h)));
            }
        }
    }
};

/// Byte `j` of four numbers, as a float.
template <DType kType>
__device__ inline float numberOf(unsigned four, int j) {
    const unsigned byte = four >> (8 * j) & 0xFFU;
    if constexpr (kSignedNumbers<kType>) return static_cast<float>(static_cast<std::int8_t>(byte));
    return static_cast<float>(byte);
}

}  // namespace gatescope::kernels::cuda

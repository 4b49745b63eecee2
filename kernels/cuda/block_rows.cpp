#include "kernels/cuda/block_rows.h"

#include <cstring>

#include "kernels/quant/blocks.h"

namespace gatescope::kernels::cuda {
namespace {

/// Where a block's parts go. Numbers of a group are packed so that one mask takes four neighbours,
/// a byte each, out of a word:
///   16 bytes of codes  byte i: number i below, number i + 16 above
///    8 bytes           byte 4h + j, bits 2w and 2w + 1: number 16h + 4w + j
///    4 bytes           byte j, bit 4h + w: number 16h + 4w + j
class Planes {
  public:
    Planes(DType type, std::size_t numGroups, std::byte* to)
        : planes_(blockPlanes(type)), offsets_(blockPlaneOffsets(type, numGroups)), to_(to) {}

    void copyCodes(std::size_t group, const void* from) {
        std::memcpy(at(0, planes_.codes, group), from, static_cast<std::size_t>(planes_.codes));
    }
    void setScales(std::size_t group, int first, int second) {
        std::byte* to = at(offsets_.scales, planes_.scales, group);
        to[0] = static_cast<std::byte>(first);
        if (planes_.scales == 2) to[1] = static_cast<std::byte>(second);
    }
    /// Two numbers of 16 bits, or the first.
    void setSuper(std::size_t group, std::uint16_t first, std::uint16_t second = 0) {
        std::byte* to = superOf(group);
        std::memcpy(to, &first, sizeof first);
        if (planes_.super == 4) std::memcpy(to + sizeof first, &second, sizeof second);
    }
    void setSuperByte(std::size_t group, std::uint8_t byte) { *superOf(group) = std::byte{byte}; }

    /// The 32 numbers of a group, each below 2^(bits of codes and high).
    void pack(std::size_t group, const std::uint8_t numbers[kGroup]) {
        const int codeBits = planes_.codes / 4;
        const int highBits = planes_.high / 4;
        std::byte* codes = at(0, planes_.codes, group);
        std::byte* high = at(offsets_.high, planes_.high, group);
        std::memset(codes, 0, static_cast<std::size_t>(planes_.codes));
        std::memset(high, 0, static_cast<std::size_t>(planes_.high));
        for (int i = 0; i < kGroup; ++i) {
            put(codes, codeBits, i, numbers[i] & ((1U << codeBits) - 1U));
            put(high, highBits, i, static_cast<unsigned>(numbers[i]) >> codeBits);
        }
    }

  private:
    std::byte* at(std::size_t plane, int bytes, std::size_t group) {
        return to_ + plane + group * static_cast<std::size_t>(bytes);
    }
    std::byte* superOf(std::size_t group) {
        return at(
            offsets_.super, planes_.super, group / static_cast<std::size_t>(planes_.superGroups));
    }
    static void put(std::byte* plane, int bits, int i, unsigned number) {
        const int half = i / 16;
        const int word = i / 4 % 4;
        const int byte = i % 4;
        if (bits == 4) plane[i % 16] |= static_cast<std::byte>(number << (4 * half));
        if (bits == 2) plane[4 * half + byte] |= static_cast<std::byte>(number << (2 * word));
        if (bits == 1) plane[byte] |= static_cast<std::byte>(number << (4 * half + word));
    }

    BlockPlanes planes_;
    BlockPlaneOffsets offsets_;
    std::byte* to_;
};

/// Number i of a group, from the nibbles of 32 neighbouring bytes or of 16.
void nibbles(const std::uint8_t* qs, std::uint8_t numbers[kGroup]) {
    for (int i = 0; i < 16; ++i) {
        numbers[i] = qs[i] & 15U;
        numbers[i + 16] = static_cast<std::uint8_t>(qs[i] >> 4U);
    }
}

// split(block, group, planes): one block, whose first group this is.

void split(const BlockQ4_0& block, std::size_t group, Planes& to) {
    to.copyCodes(group, block.qs);
    to.setSuper(group, block.d);
}
void split(const BlockIQ4_NL& block, std::size_t group, Planes& to) {
    to.copyCodes(group, block.qs);
    to.setSuper(group, block.d);
}
void split(const BlockQ8_0& block, std::size_t group, Planes& to) {
    to.copyCodes(group, block.qs);
    to.setSuper(group, block.d);
}
void split(const BlockQ4_1& block, std::size_t group, Planes& to) {
    to.copyCodes(group, block.qs);
    to.setSuper(group, block.d, block.m);
}
void split(const BlockMXFP4& block, std::size_t group, Planes& to) {
    to.copyCodes(group, block.qs);
    to.setSuperByte(group, block.e);
}

/// Q5_0 and Q5_1.
template <class Block>
void splitFiveBits(const Block& block, std::size_t group, Planes& to) {
    std::uint32_t high = 0;
    std::memcpy(&high, block.qh, sizeof high);
    std::uint8_t numbers[kGroup];
    nibbles(block.qs, numbers);
    for (unsigned i = 0; i < kGroup; ++i)
        numbers[i] = static_cast<std::uint8_t>(numbers[i] | ((high >> i & 1U) << 4U));
    to.pack(group, numbers);
}
void split(const BlockQ5_0& block, std::size_t group, Planes& to) {
    splitFiveBits(block, group, to);
    to.setSuper(group, block.d);
}
void split(const BlockQ5_1& block, std::size_t group, Planes& to) {
    splitFiveBits(block, group, to);
    to.setSuper(group, block.d, block.m);
}

// Blocks of 256: eight groups. blocks.h tells where number l of group s lies.

void split(const BlockQ2_K& block, std::size_t group, Planes& to) {
    for (unsigned s = 0; s < 8; ++s) {
        std::uint8_t numbers[kGroup];
        for (unsigned l = 0; l < kGroup; ++l)
            numbers[l] = (block.qs[32 * (s / 4) + l] >> (2 * (s % 4))) & 3U;
        to.pack(group + s, numbers);
        to.setScales(group + s, block.scales[2 * s], block.scales[2 * s + 1]);
    }
    to.setSuper(group, block.d, block.dmin);
}
void split(const BlockQ3_K& block, std::size_t group, Planes& to) {
    std::uint8_t scales[16];
    unpackScales(block, scales);
    for (unsigned s = 0; s < 8; ++s) {
        std::uint8_t numbers[kGroup];
        for (unsigned l = 0; l < kGroup; ++l)
            numbers[l] =
                static_cast<std::uint8_t>(((block.qs[32 * (s / 4) + l] >> (2 * (s % 4))) & 3U) |
                                          ((block.hmask[l] >> s & 1U) << 2U));
        to.pack(group + s, numbers);
        to.setScales(group + s, scales[2 * s] - 32, scales[2 * s + 1] - 32);
    }
    to.setSuper(group, block.d);
}

/// Q4_K and Q5_K.
template <class Block>
void splitScalesAndMins(const Block& block, std::size_t group, Planes& to) {
    std::uint8_t scales[8];
    std::uint8_t mins[8];
    unpackScalesAndMins(block.scales, scales, mins);
    for (unsigned s = 0; s < 8; ++s) to.setScales(group + s, scales[s], mins[s]);
    to.setSuper(group, block.d, block.dmin);
}
void split(const BlockQ4_K& block, std::size_t group, Planes& to) {
    for (unsigned s = 0; s < 8; ++s) {
        std::uint8_t numbers[kGroup];
        for (unsigned l = 0; l < kGroup; ++l)
            numbers[l] = (block.qs[32 * (s / 2) + l] >> (4 * (s % 2))) & 15U;
        to.pack(group + s, numbers);
    }
    splitScalesAndMins(block, group, to);
}
void split(const BlockQ5_K& block, std::size_t group, Planes& to) {
    for (unsigned s = 0; s < 8; ++s) {
        std::uint8_t numbers[kGroup];
        for (unsigned l = 0; l < kGroup; ++l)
            numbers[l] =
                static_cast<std::uint8_t>(((block.qs[32 * (s / 2) + l] >> (4 * (s % 2))) & 15U) |
                                          ((block.qh[l] >> s & 1U) << 4U));
        to.pack(group + s, numbers);
    }
    splitScalesAndMins(block, group, to);
}
void split(const BlockQ6_K& block, std::size_t group, Planes& to) {
    for (unsigned s = 0; s < 8; ++s) {
        const unsigned half = s / 4;
        const unsigned quarter = s % 4;
        std::uint8_t numbers[kGroup];
        for (unsigned l = 0; l < kGroup; ++l) {
            const unsigned low =
                (block.ql[64 * half + 32 * (quarter % 2) + l] >> (4 * (quarter / 2))) & 15U;
            const unsigned high = (block.qh[32 * half + l] >> (2 * quarter)) & 3U;
            numbers[l] = static_cast<std::uint8_t>(low | (high << 4U));
        }
        to.pack(group + s, numbers);
        to.setScales(group + s, block.scales[2 * s], block.scales[2 * s + 1]);
    }
    to.setSuper(group, block.d);
}
void split(const BlockIQ4_XS& block, std::size_t group, Planes& to) {
    for (unsigned s = 0; s < 8; ++s) {
        to.copyCodes(group + s, block.qs + 16 * s);
        const unsigned low = (block.scalesLow[s / 2] >> (4 * (s % 2))) & 15U;
        const unsigned high = (static_cast<unsigned>(block.scalesHigh) >> (2 * s)) & 3U;
        to.setScales(group + s, static_cast<int>(low | (high << 4U)) - 32, 0);
    }
    to.setSuper(group, block.d);
}

template <class Block>
void splitSome(const std::byte* blocks,
               std::size_t numElements,
               std::size_t begin,
               std::size_t end,
               std::byte* planes) {
    constexpr std::size_t kBlockSize = traits(Block::kType).blockSize;
    Planes to(Block::kType, numElements / kGroup, planes);
    for (std::size_t i = begin / kBlockSize; i < end / kBlockSize; ++i) {
        Block block;  // a copy, because a file need not align it
        std::memcpy(&block, blocks + i * sizeof(Block), sizeof(Block));
        split(block, i * (kBlockSize / kGroup), to);
    }
}

}  // namespace

std::size_t deviceMatrixBytes(DType type, std::size_t numElements) {
    if (!isBlockType(type)) return static_cast<std::size_t>(storedBytes(type, numElements));
    return blockPlaneOffsets(type, numElements / kGroup).matrix;
}

void layOutBlocks(DType type,
                  const std::byte* blocks,
                  std::size_t numElements,
                  std::size_t begin,
                  std::size_t end,
                  std::byte* planes) {
    switch (type) {
        case DType::Q4_0:
            return splitSome<BlockQ4_0>(blocks, numElements, begin, end, planes);
        case DType::Q4_1:
            return splitSome<BlockQ4_1>(blocks, numElements, begin, end, planes);
        case DType::Q5_0:
            return splitSome<BlockQ5_0>(blocks, numElements, begin, end, planes);
        case DType::Q5_1:
            return splitSome<BlockQ5_1>(blocks, numElements, begin, end, planes);
        case DType::Q8_0:
            return splitSome<BlockQ8_0>(blocks, numElements, begin, end, planes);
        case DType::Q2_K:
            return splitSome<BlockQ2_K>(blocks, numElements, begin, end, planes);
        case DType::Q3_K:
            return splitSome<BlockQ3_K>(blocks, numElements, begin, end, planes);
        case DType::Q4_K:
            return splitSome<BlockQ4_K>(blocks, numElements, begin, end, planes);
        case DType::Q5_K:
            return splitSome<BlockQ5_K>(blocks, numElements, begin, end, planes);
        case DType::Q6_K:
            return splitSome<BlockQ6_K>(blocks, numElements, begin, end, planes);
        case DType::IQ4_NL:
            return splitSome<BlockIQ4_NL>(blocks, numElements, begin, end, planes);
        case DType::IQ4_XS:
            return splitSome<BlockIQ4_XS>(blocks, numElements, begin, end, planes);
        case DType::MXFP4:
            return splitSome<BlockMXFP4>(blocks, numElements, begin, end, planes);
        default:
            return;
    }
}

}  // namespace gatescope::kernels::cuda

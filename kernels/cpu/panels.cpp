#include "kernels/cpu/panels.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "kernels/quant/block_codec.h"
#include "kernels/quant/blocks.h"

namespace gatescope::kernels {
namespace {

constexpr int kBlockOutputs = 16;
constexpr int kPlainOutputs = 64;
constexpr std::size_t kLineBytes = 64;  ///< 16 outputs of 4 bytes

// Where the bytes of a block go, for the n-th of 16 outputs: move(from, to, count) with offsets in
// the block as a file has it and in that part of a panel. One list serves both ways.

template <class Move>
void moveLines(std::size_t from, std::size_t to, std::size_t lines, std::size_t n, Move move) {
    for (std::size_t i = 0; i < lines; ++i) move(from + 4 * i, to + i * kLineBytes + 4 * n, 4);
}

/// Bytes 0 ... count - 1 of each output, sixteen of a kind together.
template <class Move>
void moveBytes(std::size_t from, std::size_t to, std::size_t count, std::size_t n, Move move) {
    for (std::size_t i = 0; i < count; ++i) move(from + i, to + kBlockOutputs * i + n, 1);
}

template <class Move>
void moveBlock(const BlockQ8_0*, std::size_t n, Move move) {
    move(offsetof(BlockQ8_0, d), 2 * n, 2);
    moveLines(offsetof(BlockQ8_0, qs), 32, 8, n, move);
}

template <class Move>
void moveBlock(const BlockQ4_0*, std::size_t n, Move move) {
    move(offsetof(BlockQ4_0, d), 2 * n, 2);
    moveLines(offsetof(BlockQ4_0, qs), 32, 4, n, move);
}

template <class Move>
void moveBlock(const BlockQ4_1*, std::size_t n, Move move) {
    move(offsetof(BlockQ4_1, d), 2 * n, 2);
    move(offsetof(BlockQ4_1, m), 32 + 2 * n, 2);
    moveLines(offsetof(BlockQ4_1, qs), 64, 4, n, move);
}

template <class Move>
void moveBlock(const BlockQ5_0*, std::size_t n, Move move) {
    move(offsetof(BlockQ5_0, d), 2 * n, 2);
    moveLines(offsetof(BlockQ5_0, qh), 32, 1, n, move);
    moveLines(offsetof(BlockQ5_0, qs), 32 + kLineBytes, 4, n, move);
}

template <class Move>
void moveBlock(const BlockQ5_1*, std::size_t n, Move move) {
    move(offsetof(BlockQ5_1, d), 2 * n, 2);
    move(offsetof(BlockQ5_1, m), 32 + 2 * n, 2);
    moveLines(offsetof(BlockQ5_1, qh), 64, 1, n, move);
    moveLines(offsetof(BlockQ5_1, qs), 64 + kLineBytes, 4, n, move);
}

template <class Move>
void moveBlock(const BlockQ2_K*, std::size_t n, Move move) {
    move(offsetof(BlockQ2_K, d), 2 * n, 2);
    move(offsetof(BlockQ2_K, dmin), 32 + 2 * n, 2);
    moveBytes(offsetof(BlockQ2_K, scales), 64, 16, n, move);
    moveLines(offsetof(BlockQ2_K, qs), 320, 16, n, move);
}

template <class Move>
void moveBlock(const BlockQ3_K*, std::size_t n, Move move) {
    move(offsetof(BlockQ3_K, d), 2 * n, 2);
    moveBytes(offsetof(BlockQ3_K, scales), 32, 12, n, move);
    moveLines(offsetof(BlockQ3_K, hmask), 224, 8, n, move);
    moveLines(offsetof(BlockQ3_K, qs), 224 + 8 * kLineBytes, 16, n, move);
}

template <class Move>
void moveBlock(const BlockQ4_K*, std::size_t n, Move move) {
    move(offsetof(BlockQ4_K, d), 2 * n, 2);
    move(offsetof(BlockQ4_K, dmin), 32 + 2 * n, 2);
    moveBytes(offsetof(BlockQ4_K, scales), 64, 12, n, move);
    moveLines(offsetof(BlockQ4_K, qs), 256, 32, n, move);
}

template <class Move>
void moveBlock(const BlockQ5_K*, std::size_t n, Move move) {
    move(offsetof(BlockQ5_K, d), 2 * n, 2);
    move(offsetof(BlockQ5_K, dmin), 32 + 2 * n, 2);
    moveBytes(offsetof(BlockQ5_K, scales), 64, 12, n, move);
    moveLines(offsetof(BlockQ5_K, qh), 256, 8, n, move);
    moveLines(offsetof(BlockQ5_K, qs), 256 + 8 * kLineBytes, 32, n, move);
}

template <class Move>
void moveBlock(const BlockQ6_K*, std::size_t n, Move move) {
    move(offsetof(BlockQ6_K, d), 2 * n, 2);
    moveBytes(offsetof(BlockQ6_K, scales), 32, 16, n, move);
    for (std::size_t half = 0; half < 2; ++half) {
        const std::size_t to = 288 + 24 * kLineBytes * half;
        moveLines(offsetof(BlockQ6_K, ql) + 64 * half, to, 16, n, move);
        moveLines(offsetof(BlockQ6_K, qh) + 32 * half, to + 16 * kLineBytes, 8, n, move);
    }
}

template <class Move>
void moveBlock(const BlockIQ4_NL*, std::size_t n, Move move) {
    move(offsetof(BlockIQ4_NL, d), 2 * n, 2);
    moveLines(offsetof(BlockIQ4_NL, qs), 32, 4, n, move);
}

template <class Move>
void moveBlock(const BlockIQ4_XS*, std::size_t n, Move move) {
    move(offsetof(BlockIQ4_XS, d), 2 * n, 2);
    moveBytes(offsetof(BlockIQ4_XS, scalesHigh), 32, 2, n, move);
    moveBytes(offsetof(BlockIQ4_XS, scalesLow), 64, 4, n, move);
    moveLines(offsetof(BlockIQ4_XS, qs), 128, 32, n, move);
}

template <class Move>
void moveBlock(const BlockMXFP4*, std::size_t n, Move move) {
    move(offsetof(BlockMXFP4, e), n, 1);
    moveLines(offsetof(BlockMXFP4, qs), 16, 4, n, move);
}

// What a block holds otherwise in a panel than in a file: toPanel() before its bytes are moved,
// toFile() after they were moved back.

/// Q8_0's weights have an offset of 128 for an instruction whose first factor has no sign.
void flipSigns(BlockQ8_0& block) {
    for (auto& q : block.qs)
        q = static_cast<std::int8_t>(static_cast<std::uint8_t>(q) ^ std::uint8_t{0x80});
}

/// The bits of Q5_0 and Q5_1 that belong to inputs 4i ... 4i + 3 become bit i of the four bytes: a
/// multiplication takes four neighbouring bits to four bytes.
template <class Block>
void spreadHighBits(Block& block) {
    std::uint32_t bits, spread = 0;
    std::memcpy(&bits, block.qh, sizeof bits);
    for (unsigned i = 0; i < 8; ++i)
        spread |= ((((bits >> (4 * i)) & 15U) * 0x00204081U) & 0x01010101U) << i;
    std::memcpy(block.qh, &spread, sizeof spread);
}

/// The way back.
template <class Block>
void gatherHighBits(Block& block) {
    std::uint32_t spread, bits = 0;
    std::memcpy(&spread, block.qh, sizeof spread);
    for (unsigned i = 0; i < 8; ++i)
        bits |= (((((spread >> i) & 0x01010101U) * 0x01020408U) >> 24) & 15U) << (4 * i);
    std::memcpy(block.qh, &bits, sizeof bits);
}

template <class Block>
void toPanel(Block& block) {
    if constexpr (Block::kType == DType::Q8_0) flipSigns(block);
    if constexpr (Block::kType == DType::Q5_0 || Block::kType == DType::Q5_1) spreadHighBits(block);
}

template <class Block>
void toFile(Block& block) {
    if constexpr (Block::kType == DType::Q8_0) flipSigns(block);
    if constexpr (Block::kType == DType::Q5_0 || Block::kType == DType::Q5_1) gatherHighBits(block);
}

template <class Block>
constexpr std::size_t kPanelBlockBytes = kBlockOutputs * sizeof(Block);

template <class Block>
void blockPanel(const std::byte* rows, int numIn, std::byte* panel) {
    const std::size_t numBlocks = static_cast<std::size_t>(numIn) / traits(Block::kType).blockSize;
    for (std::size_t b = 0; b < numBlocks; ++b)
        for (std::size_t n = 0; n < kBlockOutputs; ++n) {
            Block block;
            std::memcpy(&block, rows + (n * numBlocks + b) * sizeof block, sizeof block);
            toPanel(block);
            std::byte* part = panel + b * kPanelBlockBytes<Block>;
            moveBlock(&block, n, [&](std::size_t from, std::size_t to, std::size_t count) {
                std::memcpy(part + to, reinterpret_cast<const std::byte*>(&block) + from, count);
            });
        }
}

/// panel[k][n] = rows[n][k]. In squares, so that neither side leaves the first cache.
template <class Element>
void transposedPanel(const std::byte* rows, int numIn, int outputs, std::byte* panel) {
    constexpr std::size_t kSquare = 64 / sizeof(Element);
    const auto width = static_cast<std::size_t>(numIn);
    const auto lines = static_cast<std::size_t>(outputs);
    const auto* from = reinterpret_cast<const Element*>(rows);
    auto* to = reinterpret_cast<Element*>(panel);
    for (std::size_t begin = 0; begin < width; begin += kSquare) {
        const std::size_t end = begin + kSquare < width ? begin + kSquare : width;
        for (std::size_t n = 0; n < lines; ++n)
            for (std::size_t k = begin; k < end; ++k) to[k * lines + n] = from[n * width + k];
    }
}

/// to[n] = the bytes n of four rows.
void fourRowsTogether(const std::byte* rows, std::size_t stride, std::size_t count, std::byte* to) {
    for (std::size_t n = 0; n < count; ++n)
        for (std::size_t i = 0; i < 4; ++i) to[4 * n + i] = rows[i * stride + n];
}

/// Output `n` of a panel as a file would hold it, block by block decoded.
template <class Block>
void readBlockRow(const std::byte* panel, int numIn, std::size_t n, float* row) {
    constexpr std::size_t kInputs = traits(Block::kType).blockSize;
    for (std::size_t b = 0; b < static_cast<std::size_t>(numIn) / kInputs; ++b) {
        const std::byte* part = panel + b * kPanelBlockBytes<Block>;
        Block block;
        moveBlock(&block, n, [&](std::size_t from, std::size_t to, std::size_t count) {
            std::memcpy(reinterpret_cast<std::byte*>(&block) + from, part + to, count);
        });
        toFile(block);
        decodeElements(
            Block::kType, reinterpret_cast<const std::byte*>(&block), kInputs, row + b * kInputs);
    }
}

/// Calls use(Block()) for a block type; false for any other type.
template <class Use>
bool withBlock(DType type, const Use& use) {
    switch (type) {
        case DType::Q8_0:
            return use(BlockQ8_0()), true;
        case DType::Q4_0:
            return use(BlockQ4_0()), true;
        case DType::Q4_1:
            return use(BlockQ4_1()), true;
        case DType::Q5_0:
            return use(BlockQ5_0()), true;
        case DType::Q5_1:
            return use(BlockQ5_1()), true;
        case DType::Q2_K:
            return use(BlockQ2_K()), true;
        case DType::Q3_K:
            return use(BlockQ3_K()), true;
        case DType::Q4_K:
            return use(BlockQ4_K()), true;
        case DType::Q5_K:
            return use(BlockQ5_K()), true;
        case DType::Q6_K:
            return use(BlockQ6_K()), true;
        case DType::IQ4_NL:
            return use(BlockIQ4_NL()), true;
        case DType::IQ4_XS:
            return use(BlockIQ4_XS()), true;
        case DType::MXFP4:
            return use(BlockMXFP4()), true;
        default:
            return false;
    }
}

bool isBlock(DType type) {
    return traits(type).blockSize > 1;
}

/// Inputs of one output that lie side by side in a panel of a plain type.
int inputsTogether(DType type) {
    if (type == DType::I8) return 4;
    return type == DType::BF16 ? 2 : 1;
}

}  // namespace

int panelOutputs(DType type) {
    return isBlock(type) ? kBlockOutputs : kPlainOutputs;
}

bool canPanel(DType type, int numIn, int numOut, int numGroups) {
    if (type == DType::I32) return false;
    const int inputs =
        isBlock(type) ? static_cast<int>(traits(type).blockSize) : inputsTogether(type);
    const int groups = type == DType::I8 ? numGroups : 1;
    return numOut % kBlockOutputs == 0 && numIn % (inputs * groups) == 0;
}

std::size_t panelBytes(DType type, int numIn) {
    return static_cast<std::size_t>(panelOutputs(type)) *
           storedBytes(type, static_cast<std::size_t>(numIn));
}

void panelFromRows(DType type, const std::byte* rows, int numIn, int outputs, std::byte* panel) {
    if (withBlock(type, [&](const auto& block) {
            blockPanel<std::remove_cvref_t<decltype(block)>>(rows, numIn, panel);
        }))
        return;
    if (type == DType::F32) return transposedPanel<std::uint32_t>(rows, numIn, outputs, panel);
    if (type == DType::BF16) return transposedPanel<std::uint32_t>(rows, numIn / 2, outputs, panel);
    if (type == DType::F8E4M3) return transposedPanel<std::uint8_t>(rows, numIn, outputs, panel);
    return transposedPanel<std::uint16_t>(rows, numIn, outputs, panel);
}

void panelFromColumns(
    DType type, const std::byte* columns, int numIn, int numOut, int firstOut, std::byte* panel) {
    const std::size_t element = traits(type).bytesPerBlock;
    const auto outputs = static_cast<std::size_t>(std::min(kPlainOutputs, numOut - firstOut));
    const std::size_t stride = static_cast<std::size_t>(numOut) * element;
    const std::byte* from = columns + static_cast<std::size_t>(firstOut) * element;
    if (type == DType::BF16) {
        for (int k = 0; k < numIn; k += 2, from += 2 * stride)
            for (std::size_t n = 0; n < outputs; ++n, panel += 2 * element) {
                std::memcpy(panel, from + n * element, element);
                std::memcpy(panel + element, from + stride + n * element, element);
            }
        return;
    }
    if (type == DType::I8) {
        for (int k = 0; k < numIn; k += 4, from += 4 * stride, panel += 4 * outputs)
            fourRowsTogether(from, stride, outputs, panel);
        return;
    }
    for (int k = 0; k < numIn; ++k, from += stride, panel += outputs * element)
        std::memcpy(panel, from, outputs * element);
}

void readPanelRow(const PanelMatrix& matrix, int out, float* row) {
    const int outputs = panelOutputs(matrix.type);
    const std::byte* panel = matrix.data + static_cast<std::size_t>(out / outputs) *
                                               panelBytes(matrix.type, matrix.numIn);
    const auto n = static_cast<std::size_t>(out % outputs);
    if (withBlock(matrix.type, [&](const auto& block) {
            readBlockRow<std::remove_cvref_t<decltype(block)>>(panel, matrix.numIn, n, row);
        }))
        return;
    const int together = inputsTogether(matrix.type);
    const std::size_t element =
        traits(matrix.type).bytesPerBlock * static_cast<std::size_t>(together);
    const auto lines =
        static_cast<std::size_t>(std::min(outputs, matrix.numOut - out / outputs * outputs));
    for (int k = 0; k < matrix.numIn; k += together)
        decodeElements(matrix.type,
                       panel + (static_cast<std::size_t>(k / together) * lines + n) * element,
                       static_cast<std::size_t>(together),
                       row + k);
}

}  // namespace gatescope::kernels

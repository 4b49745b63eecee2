#include "kernels/cpu/panels.h"

#include <algorithm>
#include <cstring>

#include "kernels/quant/block_codec.h"
#include "kernels/quant/blocks.h"

namespace gatescope::kernels {
namespace {

constexpr int kBlockOutputs = 16;
constexpr int kPlainOutputs = 64;
constexpr std::size_t kScaleBytes = kBlockOutputs * sizeof(std::uint16_t);
constexpr std::size_t kLineBytes = 64;  ///< 16 outputs of 4 bytes
constexpr int kBlockInputs = 32;

bool isBlock(DType type) {
    return type == DType::Q8_0 || type == DType::Q4_0;
}

template <class Block>
constexpr std::size_t kPanelBlockBytes = kBlockOutputs * sizeof(Block);

/// 16 blocks, one of each output, as they lie in a panel. `flip` is xored into each byte of
/// weights.
template <class Block>
void panelBlock(const std::byte* rows, std::size_t rowBytes, std::uint8_t flip, std::byte* to) {
    for (std::size_t n = 0; n < kBlockOutputs; ++n) {
        Block block;
        std::memcpy(&block, rows + n * rowBytes, sizeof block);
        std::memcpy(to + n * sizeof block.d, &block.d, sizeof block.d);
        std::byte* weights = to + kScaleBytes + 4 * n;
        for (std::size_t i = 0; i < sizeof block.qs; i += 4)
            for (std::size_t j = 0; j < 4; ++j)
                weights[i / 4 * kLineBytes + j] =
                    static_cast<std::byte>(static_cast<std::uint8_t>(block.qs[i + j]) ^ flip);
    }
}

template <class Block>
void blockPanel(const std::byte* rows, int numIn, std::uint8_t flip, std::byte* panel) {
    const auto numBlocks = static_cast<std::size_t>(numIn / kBlockInputs);
    for (std::size_t b = 0; b < numBlocks; ++b)
        panelBlock<Block>(rows + b * sizeof(Block),
                          numBlocks * sizeof(Block),
                          flip,
                          panel + b * kPanelBlockBytes<Block>);
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

/// The block of output `out` that holds inputs b*32 ..., as a file would hold it.
template <class Block>
Block blockAt(const std::byte* panel, std::size_t b, std::size_t n, std::uint8_t flip) {
    const std::byte* from = panel + b * kPanelBlockBytes<Block>;
    Block block;
    std::memcpy(&block.d, from + n * sizeof block.d, sizeof block.d);
    for (std::size_t i = 0; i < sizeof block.qs; ++i) {
        const auto byte =
            static_cast<std::uint8_t>(from[kScaleBytes + i / 4 * kLineBytes + 4 * n + i % 4]);
        block.qs[i] = static_cast<std::remove_extent_t<decltype(block.qs)>>(byte ^ flip);
    }
    return block;
}

template <class Block>
void readBlockRow(const std::byte* panel, int numIn, std::size_t n, std::uint8_t flip, float* row) {
    for (std::size_t b = 0; b < static_cast<std::size_t>(numIn / kBlockInputs); ++b) {
        const Block block = blockAt<Block>(panel, b, n, flip);
        decodeElements(Block::kType,
                       reinterpret_cast<const std::byte*>(&block),
                       kBlockInputs,
                       row + b * kBlockInputs);
    }
}

constexpr std::uint8_t kFlipQ8 = 0x80;  // two's complement to offset 128

}  // namespace

int panelOutputs(DType type) {
    return isBlock(type) ? kBlockOutputs : kPlainOutputs;
}

bool canPanel(DType type, int numIn, int numOut) {
    const bool plain =
        type == DType::F32 || type == DType::F16 || type == DType::BF16 || type == DType::I8;
    if (!plain && !isBlock(type)) return false;
    return numOut % kBlockOutputs == 0 && numIn % static_cast<int>(traits(type).blockSize) == 0;
}

std::size_t panelBytes(DType type, int numIn) {
    return static_cast<std::size_t>(panelOutputs(type)) *
           storedBytes(type, static_cast<std::size_t>(numIn));
}

void panelFromRows(DType type, const std::byte* rows, int numIn, int outputs, std::byte* panel) {
    if (type == DType::Q8_0) return blockPanel<BlockQ8_0>(rows, numIn, kFlipQ8, panel);
    if (type == DType::Q4_0) return blockPanel<BlockQ4_0>(rows, numIn, 0, panel);
    if (type == DType::F32) return transposedPanel<std::uint32_t>(rows, numIn, outputs, panel);
    return transposedPanel<std::uint16_t>(rows, numIn, outputs, panel);
}

void panelFromColumns(
    DType type, const std::byte* columns, int numIn, int numOut, int firstOut, std::byte* panel) {
    const std::size_t element = traits(type).bytesPerBlock;
    const int outputs = std::min(kPlainOutputs, numOut - firstOut);
    const std::size_t lineBytes = static_cast<std::size_t>(outputs) * element;
    const std::byte* from = columns + static_cast<std::size_t>(firstOut) * element;
    for (int k = 0; k < numIn; ++k) {
        std::memcpy(panel, from, lineBytes);
        panel += lineBytes;
        from += static_cast<std::size_t>(numOut) * element;
    }
}

void readPanelRow(const PanelMatrix& matrix, int out, float* row) {
    const int outputs = panelOutputs(matrix.type);
    const std::byte* panel = matrix.data + static_cast<std::size_t>(out / outputs) *
                                               panelBytes(matrix.type, matrix.numIn);
    const auto n = static_cast<std::size_t>(out % outputs);
    if (matrix.type == DType::Q8_0)
        return readBlockRow<BlockQ8_0>(panel, matrix.numIn, n, kFlipQ8, row);
    if (matrix.type == DType::Q4_0) return readBlockRow<BlockQ4_0>(panel, matrix.numIn, n, 0, row);
    const std::size_t element = traits(matrix.type).bytesPerBlock;
    const auto lines =
        static_cast<std::size_t>(std::min(outputs, matrix.numOut - out / outputs * outputs));
    for (int k = 0; k < matrix.numIn; ++k)
        decodeElements(
            matrix.type, panel + (static_cast<std::size_t>(k) * lines + n) * element, 1, row + k);
}

}  // namespace gatescope::kernels

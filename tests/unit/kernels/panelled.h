#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "kernels/cpu/bf16_activations.h"
#include "kernels/cpu/int8_activations.h"
#include "kernels/cpu/panels.h"
#include "kernels/quant/block_codec.h"
#include "kernels/quant/blocks.h"
#include "kernels/quant/float_types.h"
#include "tests/support/stored_types.h"
#include "tests/unit/kernels/kernel_test.h"

// Matrices in panels and rounded activations, for the tests of products.
namespace gatescope::test {

using namespace kernels;

/// Numbers as a file stores them, outputs first, and the same in panels and as f32.
struct Panelled {
    std::vector<std::byte> rows;
    std::vector<std::byte>
        panels;                // exactly as long as they are: sanitizers see a read behind them
    std::vector<float> exact;  // [numOut, numIn]
    PanelMatrix matrix;
};

/// Where the blocks of a type have their half-precision scales.
inline std::vector<std::size_t> halvesOf(DType type) {
    switch (type) {
        case DType::Q8_0:
            return {offsetof(BlockQ8_0, d)};
        case DType::Q4_0:
            return {offsetof(BlockQ4_0, d)};
        case DType::Q4_K:
            return {offsetof(BlockQ4_K, d), offsetof(BlockQ4_K, dmin)};
        case DType::Q4_1:
            return {offsetof(BlockQ4_1, d), offsetof(BlockQ4_1, m)};
        case DType::Q5_0:
            return {offsetof(BlockQ5_0, d)};
        case DType::Q5_1:
            return {offsetof(BlockQ5_1, d), offsetof(BlockQ5_1, m)};
        case DType::Q2_K:
            return {offsetof(BlockQ2_K, d), offsetof(BlockQ2_K, dmin)};
        case DType::Q3_K:
            return {offsetof(BlockQ3_K, d)};
        case DType::Q5_K:
            return {offsetof(BlockQ5_K, d), offsetof(BlockQ5_K, dmin)};
        case DType::Q6_K:
            return {offsetof(BlockQ6_K, d)};
        case DType::IQ4_NL:
            return {offsetof(BlockIQ4_NL, d)};
        case DType::IQ4_XS:
            return {offsetof(BlockIQ4_XS, d)};
        default:
            return {};
    }
}

/// Any bytes, but scales that are numbers, and no NaN among them.
inline void fillRandomly(DType type, std::vector<std::byte>& rows) {
    std::mt19937 random(5);
    for (std::byte& byte : rows) {
        byte = static_cast<std::byte>(random());
        if (type == DType::F8E4M3 && (byte & std::byte{0x7f}) == std::byte{0x7f})
            byte ^= std::byte{1};
    }
    const std::uint16_t scale = floatToHalf(0.01F);
    for (std::size_t at = 0; at < rows.size(); at += traits(type).bytesPerBlock) {
        for (const std::size_t offset : halvesOf(type))
            std::memcpy(rows.data() + at + offset, &scale, sizeof scale);
        if (type == DType::MXFP4)
            rows[at + offsetof(BlockMXFP4, e)] = static_cast<std::byte>(120 + random() % 12);
    }
}

inline Panelled randomPanels(DType type, int numIn, int numOut) {
    const auto width = static_cast<std::size_t>(numIn);
    const auto count = width * static_cast<std::size_t>(numOut);
    Panelled out;
    out.rows.resize(storedBytes(type, count));
    out.panels.resize(out.rows.size());
    out.exact.resize(count);
    if (canEncode(type)) {
        encodeElements(type, randomFloats(count, 9).data(), count, out.rows.data());
    } else if (type == DType::F16) {
        const auto values = randomFloats(count, 9);
        for (std::size_t i = 0; i < count; ++i) {
            const std::uint16_t bits = floatToHalf(values[i]);
            std::memcpy(out.rows.data() + 2 * i, &bits, 2);
        }
    } else {
        fillRandomly(type, out.rows);
    }
    decodeElements(type, out.rows.data(), count, out.exact.data());
    const auto step = static_cast<std::size_t>(panelOutputs(type));
    for (std::size_t n = 0; n < static_cast<std::size_t>(numOut); n += step) {
        const std::size_t at = n * storedBytes(type, width);
        const int outputs = std::min(panelOutputs(type), numOut - static_cast<int>(n));
        panelFromRows(type, out.rows.data() + at, numIn, outputs, out.panels.data() + at);
    }
    out.matrix = {.type = type, .data = out.panels.data(), .numIn = numIn, .numOut = numOut};
    return out;
}

/// Activations rounded to int8, in memory of their own.
struct Rounded {
    std::vector<ActivationBlock> blocks;
    Int8Activations rows;
};

inline Rounded rounded(const std::vector<float>& x, int width) {
    Rounded out;
    out.blocks.resize(x.size() / kActivationBlock);
    out.rows = {out.blocks.data(), width / kActivationBlock};
    for (int row = 0; row < static_cast<int>(x.size()) / width; ++row)
        roundToInt8(x.data() + static_cast<std::ptrdiff_t>(row) * width, 0, width, out.rows, row);
    return out;
}

inline std::vector<std::uint16_t> roundedToBf16(const std::vector<float>& x) {
    std::vector<std::uint16_t> out(x.size());
    roundRowToBf16(x.data(), x.size(), out.data());
    return out;
}

struct Shape {
    int numIn;
    int numOut;
};
/// Sizes with whole blocks of `type`.
inline std::vector<Shape> shapesOf(DType type) {
    std::vector<Shape> shapes = {
        {32, 64}, {64, 128}, {96, 176}, {32, 16}, {256, 48}, {768, 32}, {1024, 96}};
    std::erase_if(shapes, [&](const Shape& shape) {
        return shape.numIn % static_cast<int>(traits(type).blockSize) != 0;
    });
    return shapes;
}

inline std::string nameOf(const testing::TestParamInfo<DType>& test) {
    return std::string(name(test.param));
}

}  // namespace gatescope::test

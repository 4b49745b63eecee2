#include "tests/unit/kernels/cuda/stacked_matrices.h"

#include <cmath>
#include <cstring>
#include <string>

#include "kernels/cpu/matvec.h"
#include "kernels/cuda/block_rows.h"
#include "kernels/quant/block_codec.h"
#include "kernels/quant/float_types.h"
#include "tests/emulation/sanitizers.h"
#include "tests/support/random_blocks.h"
#include "tests/unit/kernels/kernel_test.h"

namespace gatescope::kernels::cuda {
namespace {

using test::randomFloats;

/// Bits of `type`, whose values lie near 0.
std::string randomElements(DType type, std::size_t count, unsigned seed) {
    if (isBlockType(type)) return test::randomBlocks(type, count, seed);
    std::string bits;
    for (const float value : randomFloats(count, seed)) {
        const std::uint16_t half = type == DType::F16 ? floatToHalf(value) : floatToBf16(value);
        if (type == DType::F32) bits.append(reinterpret_cast<const char*>(&value), sizeof value);
        if (type == DType::F16 || type == DType::BF16)
            bits.append(reinterpret_cast<const char*>(&half), sizeof half);
        if (type == DType::I8) bits += static_cast<char>(static_cast<int>(value * 100) % 128);
        if (type == DType::F8E4M3)  // 0 to 1.875, subnormals too, of either sign
            bits += static_cast<char>((static_cast<int>(std::abs(value) * 1000) % 64) |
                                      (value < 0 ? 0x80 : 0));
    }
    return bits;
}

}  // namespace

std::vector<DType> weightTypes() {
    if (emulation::kThreadSanitized) return {DType::I8, DType::Q6_K};
    return {DType::F32,
            DType::F16,
            DType::BF16,
            DType::F8E4M3,
            DType::I8,
            DType::Q4_0,
            DType::Q4_1,
            DType::Q5_0,
            DType::Q5_1,
            DType::Q8_0,
            DType::Q2_K,
            DType::Q3_K,
            DType::Q4_K,
            DType::Q5_K,
            DType::Q6_K,
            DType::IQ4_NL,
            DType::IQ4_XS,
            DType::MXFP4};
}

std::vector<float> Stacked::product(int matrix, const float* x) const {
    const auto size =
        static_cast<std::size_t>(device.numIn) * static_cast<std::size_t>(device.numOut);
    const float* weights = columns.data() + static_cast<std::size_t>(matrix) * size;
    std::vector<float> y(static_cast<std::size_t>(device.numOut));
    kernels::matvec({.type = DType::F32,
                     .data = reinterpret_cast<const std::byte*>(weights),
                     .numIn = device.numIn,
                     .numOut = device.numOut},
                    x,
                    {0, device.numOut},
                    y.data());
    return y;
}

float Stacked::weight(int matrix, int out, int in) const {
    const auto numIn = static_cast<std::size_t>(device.numIn);
    const auto numOut = static_cast<std::size_t>(device.numOut);
    const std::size_t row = static_cast<std::size_t>(matrix) * numIn + static_cast<std::size_t>(in);
    return columns[row * numOut + static_cast<std::size_t>(out)];
}

Stacked randomMatrices(DType type, const Shape& shape, int count, unsigned seed) {
    Stacked out;
    out.device = {.type = type, .numIn = shape.numIn, .numOut = shape.numOut};
    const auto numIn = static_cast<std::size_t>(shape.numIn);
    const auto numOut = static_cast<std::size_t>(shape.numOut);
    const auto matrices = static_cast<std::size_t>(count);
    const std::size_t bytes = deviceMatrixBytes(type, numIn * numOut);
    if (type == DType::I8) {
        out.device.numGroups = shape.numGroups;
        for (const float scale : randomFloats(
                 matrices * static_cast<std::size_t>(shape.numGroups) * numOut, seed + 1, 0.01F))
            out.scales.push_back(floatToBf16(scale));
        out.device.scales = out.scales.data();
    }
    if (type == DType::F8E4M3) {
        out.rowScales = randomFloats(matrices * numOut, seed + 1);
        out.device.rowScales = out.rowScales.data();
    }
    out.memory.resize(matrices * bytes);
    out.columns.resize(matrices * numIn * numOut);
    for (std::size_t m = 0; m < matrices; ++m) {
        const std::string stored =
            randomElements(type, numIn * numOut, seed + 10 * static_cast<unsigned>(m));
        const auto* elements = reinterpret_cast<const std::byte*>(stored.data());
        std::byte* to = out.memory.data() + m * bytes;
        if (isBlockType(type))
            layOutBlocks(type, elements, numIn * numOut, 0, numIn * numOut, to);
        else
            std::memcpy(to, elements, bytes);
        std::vector<float> rows(numIn * numOut);
        decodeElements(type, elements, rows.size(), rows.data());
        for (std::size_t n = 0; n < numOut; ++n)
            for (std::size_t k = 0; k < numIn; ++k) {
                float weight = rows[n * numIn + k];
                const auto groups = static_cast<std::size_t>(shape.numGroups);
                if (type == DType::I8)
                    weight *=
                        bf16ToFloat(out.scales[(m * groups + k * groups / numIn) * numOut + n]);
                if (type == DType::F8E4M3) weight *= out.rowScales[m * numOut + n];
                out.columns[(m * numIn + k) * numOut + n] = weight;
            }
    }
    out.device.data = out.memory.data();
    return out;
}

}  // namespace gatescope::kernels::cuda

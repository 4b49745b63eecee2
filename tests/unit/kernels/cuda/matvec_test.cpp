#include "kernels/cuda/matvec.h"

#include <cstring>
#include <string>

#include "kernels/cpu/gelu_tanh.h"
#include "kernels/cpu/matvec.h"
#include "kernels/cuda/block_rows.h"
#include "kernels/quant/block_codec.h"
#include "kernels/quant/float_types.h"
#include "tests/support/random_blocks.h"
#include "tests/unit/kernels/cuda/cuda_kernel_test.h"

namespace gatescope::kernels::cuda {
namespace {

struct Shape {
    int numIn, numOut, numGroups;
};
const Shape kShapes[] = {{8, 1, 1}, {64, 33, 8}, {256, 7, 1}, {520, 40, 5}, {688, 9, 8}, {2056, 3, 1}};
const Shape kBlockShapes[] = {
    {256, 1, 1}, {512, 19, 1}, {4352, 3, 1}};  // the last: more than a piece

std::vector<Shape> shapesOf(DType type) {
    if (!isBlockType(type)) return {std::begin(kShapes), std::end(kShapes)};
    return {std::begin(kBlockShapes), std::end(kBlockShapes)};
}

/// Every type that a weight may have. ThreadSanitizer takes one with a plain kernel, one with
/// blocks.
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

/// Matrices as the GPU has them, and their weights as floats.
struct Stacked {
    Matrices device;
    std::vector<std::byte> memory;
    std::vector<std::uint16_t> scales;
    std::vector<float> rowScales;
    std::vector<float>
        columns;  ///< [numMatrices, numIn, numOut], as kernels/cpu/matvec.h reads them

    std::vector<float> product(int matrix, const float* x) const {
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
};

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
            layOutBlocks(type, elements, numIn * numOut, to);
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

class CudaMatvec : public testing::TestWithParam<DType> {};

TEST_P(CudaMatvec, IsTheCpus) {
    for (const Shape& shape : shapesOf(GetParam())) {
        const Stacked w = randomMatrices(GetParam(), shape, 3, 1);
        constexpr int kRows = 3;
        const std::int32_t matrix[kRows] = {2, -1, 0};
        const auto x = randomFloats(static_cast<std::size_t>(kRows * shape.numIn), 9);
        std::vector<float> expected;
        for (int r = 0; r < kRows; ++r) {
            auto y = matrix[r] < 0 ? std::vector<float>(static_cast<std::size_t>(shape.numOut), -7)
                                   : w.product(matrix[r], x.data() + r * shape.numIn);
            for (float& value : y)
                if (matrix[r] >= 0) value *= 0.5F;
            expected.insert(expected.end(), y.begin(), y.end());
        }
        onSchedules([&] {
            std::vector<float> y(expected.size(), -7);
            EXPECT_EQ(matvec({.weights = w.device,
                              .matrix = matrix,
                              .x = x.data(),
                              .numRows = kRows,
                              .factor = 0.5F,
                              .y = y.data()},
                             nullptr),
                      0);
            expectNear(y, expected, 2e-5F, "output");
        });
    }
}

TEST_P(CudaMatvec, OfExpertsIsTheCpusLayer) {
    constexpr int kTokens = 2, kMost = 3, kExperts = 4;
    const bool blocks = isBlockType(GetParam());
    const int dModel = blocks ? 256 : 64;
    const int ffnSize = blocks ? 512 : 48;
    const Stacked gate = randomMatrices(GetParam(), {dModel, ffnSize, 8}, kExperts, 1);
    // Files may keep the second matrix in another type.
    const Stacked up = randomMatrices(
        GetParam() == DType::Q4_K ? DType::Q8_0 : GetParam(), {dModel, ffnSize, 8}, kExperts, 2);
    const Stacked down = randomMatrices(GetParam(), {ffnSize, dModel, 6}, kExperts, 3);
    const auto x = randomFloats(static_cast<std::size_t>(kTokens * dModel), 4, 0.2F);
    const std::int32_t selected[kTokens * kMost] = {3, 0, -1, 1, 2, 3};
    const float gates[kTokens * kMost] = {0.6F, 0.3F, 0, 0.5F, 0, 0.2F};
    std::vector<float> expectedActivation;
    std::vector<float> expectedChange(static_cast<std::size_t>(kTokens * dModel));
    for (int pair = 0; pair < kTokens * kMost; ++pair) {
        const int token = pair / kMost;
        const int e = selected[pair];
        std::vector<float> activation(static_cast<std::size_t>(ffnSize), -7);
        if (e >= 0 && gates[pair] != 0) {
            activation = gate.product(e, x.data() + token * dModel);
            const auto other = up.product(e, x.data() + token * dModel);
            geluTanhTimes(other.data(), ffnSize, activation.data());
            const auto out = down.product(e, activation.data());
            for (int i = 0; i < dModel; ++i)
                expectedChange[static_cast<std::size_t>(token * dModel + i)] +=
                    gates[pair] * out[static_cast<std::size_t>(i)];
        }
        expectedActivation.insert(expectedActivation.end(), activation.begin(), activation.end());
    }
    onSchedules([&] {
        std::vector<float> activation(expectedActivation.size(), -7);
        std::vector<float> change(expectedChange.size());
        EXPECT_EQ(expertGateUp({.gate = gate.device,
                                .up = up.device,
                                .selected = selected,
                                .gates = gates,
                                .x = x.data(),
                                .numTokens = kTokens,
                                .mostSelected = kMost,
                                .activation = activation.data()},
                               nullptr),
                  0);
        expectNear(activation, expectedActivation, 2e-5F, "activation");
        EXPECT_EQ(expertDown({.down = down.device,
                              .selected = selected,
                              .gates = gates,
                              .activation = activation.data(),
                              .numTokens = kTokens,
                              .mostSelected = kMost,
                              .change = change.data()},
                             nullptr),
                  0);
        expectNear(change, expectedChange, 5e-5F, "change");
    });
}

INSTANTIATE_TEST_SUITE_P(Types, CudaMatvec, testing::ValuesIn(weightTypes()), [](const auto& test) {
    return std::string(name(test.param));
});

}  // namespace
}  // namespace gatescope::kernels::cuda

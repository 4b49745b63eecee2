#include "kernels/cuda/matvec.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "kernels/cpu/gelu_tanh.h"
#include "kernels/cpu/matvec.h"
#include "kernels/quant/float_types.h"
#include "tests/unit/kernels/cuda/cuda_kernel_test.h"

namespace gatescope::kernels::cuda {
namespace {

struct Shape {
    int numIn, numOut, numGroups;
};
const Shape kShapes[] = {{8, 1, 1}, {64, 33, 8}, {256, 7, 1}, {520, 40, 5}, {2056, 3, 1}};

/// Matrices as the GPU has them, and the same numbers as kernels/cpu/matvec.h reads them.
struct Stacked {
    int count = 0;
    Matrices device;
    std::vector<std::byte> rows, columns;
    std::vector<std::uint16_t> scales;

    WeightMatrix host(int matrix) const {
        const auto bytes = columns.size() / static_cast<std::size_t>(count);
        const auto numScales = scales.size() / static_cast<std::size_t>(count);
        return {.type = device.type,
                .data = columns.data() + static_cast<std::size_t>(matrix) * bytes,
                .scales = scales.empty()
                              ? nullptr
                              : scales.data() + static_cast<std::size_t>(matrix) * numScales,
                .numIn = device.numIn,
                .numOut = device.numOut,
                .numGroups = device.numGroups};
    }
    std::vector<float> product(int matrix, const float* x) const {
        std::vector<float> y(static_cast<std::size_t>(device.numOut));
        kernels::matvec(host(matrix), x, {0, device.numOut}, y.data());
        return y;
    }
};

void writeElement(DType type, float value, std::byte* to) {
    if (type == DType::F32) std::memcpy(to, &value, sizeof value);
    const std::uint16_t bits = type == DType::F16 ? floatToHalf(value) : floatToBf16(value);
    if (type == DType::F16 || type == DType::BF16) std::memcpy(to, &bits, sizeof bits);
    if (type == DType::I8) *to = static_cast<std::byte>(static_cast<int>(value * 100) % 128);
}

Stacked randomMatrices(DType type, const Shape& shape, int count, unsigned seed) {
    Stacked out;
    out.count = count;
    const auto numIn = static_cast<std::size_t>(shape.numIn);
    const auto numOut = static_cast<std::size_t>(shape.numOut);
    const auto size = static_cast<std::size_t>(storedBytes(type, 1));
    const auto values = randomFloats(static_cast<std::size_t>(count) * numIn * numOut, seed);
    out.rows.resize(values.size() * size);
    out.columns.resize(out.rows.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t matrix = i / (numIn * numOut);
        const std::size_t n = i / numIn % numOut;
        const std::size_t k = i % numIn;
        writeElement(type, values[i], out.rows.data() + i * size);
        std::memcpy(out.columns.data() + ((matrix * numIn + k) * numOut + n) * size,
                    out.rows.data() + i * size,
                    size);
    }
    out.device = {
        .type = type, .data = out.rows.data(), .numIn = shape.numIn, .numOut = shape.numOut};
    if (type == DType::I8) {
        out.device.numGroups = shape.numGroups;
        const auto scales = randomFloats(
            static_cast<std::size_t>(count * shape.numGroups) * numOut, seed + 1, 0.01F);
        for (const float scale : scales) out.scales.push_back(floatToBf16(scale));
        out.device.scales = out.scales.data();
    }
    return out;
}

class CudaMatvec : public testing::TestWithParam<DType> {};

TEST_P(CudaMatvec, IsTheCpus) {
    for (const Shape& shape : kShapes) {
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
    constexpr int kTokens = 2, kMost = 3, kExperts = 4, kModel = 64, kFfn = 48;
    const Stacked gate = randomMatrices(GetParam(), {kModel, kFfn, 8}, kExperts, 1);
    const Stacked up = randomMatrices(GetParam(), {kModel, kFfn, 8}, kExperts, 2);
    const Stacked down = randomMatrices(GetParam(), {kFfn, kModel, 6}, kExperts, 3);
    const auto x = randomFloats(std::size_t{kTokens * kModel}, 4, 0.2F);
    const std::int32_t selected[kTokens * kMost] = {3, 0, -1, 1, 2, 3};
    const float gates[kTokens * kMost] = {0.6F, 0.3F, 0, 0.5F, 0, 0.2F};
    std::vector<float> expectedActivation, expectedChange(std::size_t{kTokens * kModel});
    for (int pair = 0; pair < kTokens * kMost; ++pair) {
        const int token = pair / kMost;
        const int e = selected[pair];
        std::vector<float> activation(kFfn, -7);
        if (e >= 0) {
            activation = gate.product(e, x.data() + token * kModel);
            const auto other = up.product(e, x.data() + token * kModel);
            geluTanhTimes(other.data(), kFfn, activation.data());
            const auto out = down.product(e, activation.data());
            for (int i = 0; i < kModel; ++i)
                expectedChange[static_cast<std::size_t>(token * kModel + i)] +=
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

INSTANTIATE_TEST_SUITE_P(Types,
                         CudaMatvec,
                         testing::ValuesIn(elementTypes()),
                         [](const auto& test) { return std::string(name(test.param)); });

}  // namespace
}  // namespace gatescope::kernels::cuda

#include "kernels/cuda/matvec.h"

#include <string>

#include "kernels/cpu/gelu_tanh.h"
#include "tests/unit/kernels/cuda/cuda_kernel_test.h"
#include "tests/unit/kernels/cuda/stacked_matrices.h"

namespace gatescope::kernels::cuda {
namespace {

// The second line in groups of 32 inputs, the last of them more than a piece.
const Shape kShapes[] = {{8, 1, 1},
                         {64, 33, 8},
                         {520, 40, 5},
                         {688, 9, 8},
                         {2056, 3, 1},
                         {32, 1, 1},
                         {256, 17, 1},
                         {512, 7, 8},
                         {2176, 19, 4}};
const Shape kBlockShapes[] = {
    {256, 1, 1}, {512, 19, 1}, {4352, 3, 1}};  // the last: more than a piece

std::vector<Shape> shapesOf(DType type) {
    if (!isBlockType(type)) return {std::begin(kShapes), std::end(kShapes)};
    return {std::begin(kBlockShapes), std::end(kBlockShapes)};
}

class CudaMatvec : public testing::TestWithParam<DType> {};

TEST_P(CudaMatvec, IsTheCpus) {
    for (const Shape& shape : shapesOf(GetParam())) {
        const Stacked w = randomMatrices(GetParam(), shape, 3, 1);
        constexpr int kRows = 3;
        const std::vector<std::int32_t> matrix = {2, -1, 0};
        const auto x = randomFloats(static_cast<std::size_t>(kRows * shape.numIn), 9);
        std::vector<float> expected;
        for (int r = 0; r < kRows; ++r) {
            auto y =
                matrix[static_cast<std::size_t>(r)] < 0
                    ? std::vector<float>(static_cast<std::size_t>(shape.numOut), -7)
                    : w.product(matrix[static_cast<std::size_t>(r)], x.data() + r * shape.numIn);
            for (float& value : y)
                if (matrix[static_cast<std::size_t>(r)] >= 0) value *= 0.5F;
            expected.insert(expected.end(), y.begin(), y.end());
        }
        onSchedules([&] {
            std::vector<float> y(expected.size(), -7);
            EXPECT_EQ(matvec({.weights = w.device,
                              .matrix = matrix.data(),
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

/// Query, key and value: alike, of another width, of another type.
TEST_P(CudaMatvec, OfSeveralIsEachOfThem) {
    constexpr int kRows = 2, kIn = 512;
    const auto x = randomFloats(std::size_t{kRows} * kIn, 9);
    for (const bool otherType : {false, true}) {
        const Stacked w[] = {
            randomMatrices(GetParam(), {kIn, 40, 8}, 1, 1),
            randomMatrices(GetParam(), {kIn, 1, 8}, 1, 2),
            randomMatrices(otherType ? DType::F32 : GetParam(), {kIn, 17, 8}, 1, 3)};
        onSchedules([&] {
            std::vector<std::vector<float>> together, alone;
            Matvecs op;
            for (const Stacked& each : w) {
                const auto size = static_cast<std::size_t>(kRows * each.device.numOut);
                alone.emplace_back(size);
                op.part[op.count] = {
                    .weights = each.device, .x = x.data(), .numRows = kRows, .factor = 2};
                Matvec single = op.part[op.count++];
                single.y = alone.back().data();
                EXPECT_EQ(matvec(single, nullptr), 0);
                together.emplace_back(size);
            }
            for (int p = 0; p < op.count; ++p)
                op.part[p].y = together[static_cast<std::size_t>(p)].data();
            EXPECT_EQ(matvecs(op, nullptr), 0);
            EXPECT_EQ(together, alone);
        });
    }
}

/// An expert layer's sizes, and how many scale groups its matrices have.
struct LayerShape {
    int dModel, ffnSize;
    int gateGroups, upGroups, downGroups;
};

void expectTheCpusLayer(DType type, const LayerShape& shape) {
    constexpr int kTokens = 2, kMost = 3, kExperts = 4;
    const auto [dModel, ffnSize, gateGroups, upGroups, downGroups] = shape;
    const Stacked gate = randomMatrices(type, {dModel, ffnSize, gateGroups}, kExperts, 1);
    // Files may keep the second matrix in another type.
    const Stacked up = randomMatrices(
        type == DType::Q4_K ? DType::Q8_0 : type, {dModel, ffnSize, upGroups}, kExperts, 2);
    const Stacked down = randomMatrices(type, {ffnSize, dModel, downGroups}, kExperts, 3);
    const auto x = randomFloats(static_cast<std::size_t>(kTokens * dModel), 4, 0.2F);
    const std::vector<std::int32_t> selected = {3, 0, -1, 1, 2, 3};
    const std::vector<float> gates = {0.6F, 0.3F, 0, 0.5F, 0, 0.2F};
    std::vector<float> expectedActivation;
    std::vector<float> expectedChange(static_cast<std::size_t>(kTokens * dModel));
    for (int pair = 0; pair < kTokens * kMost; ++pair) {
        const int token = pair / kMost;
        const int e = selected[static_cast<std::size_t>(pair)];
        std::vector<float> activation(static_cast<std::size_t>(ffnSize), -7);
        if (e >= 0 && gates[static_cast<std::size_t>(pair)] != 0) {
            activation = gate.product(e, x.data() + token * dModel);
            const auto other = up.product(e, x.data() + token * dModel);
            geluTanhTimes(other.data(), ffnSize, activation.data());
            const auto out = down.product(e, activation.data());
            for (int i = 0; i < dModel; ++i)
                expectedChange[static_cast<std::size_t>(token * dModel + i)] +=
                    gates[static_cast<std::size_t>(pair)] * out[static_cast<std::size_t>(i)];
        }
        expectedActivation.insert(expectedActivation.end(), activation.begin(), activation.end());
    }
    onSchedules([&] {
        std::vector<float> activation(expectedActivation.size(), -7);
        std::vector<float> change(expectedChange.size());
        EXPECT_EQ(expertGateUp({.gate = gate.device,
                                .up = up.device,
                                .selected = selected.data(),
                                .gates = gates.data(),
                                .x = x.data(),
                                .numTokens = kTokens,
                                .mostSelected = kMost,
                                .activation = activation.data()},
                               nullptr),
                  0);
        expectNear(activation, expectedActivation, 2e-5F, "activation");
        EXPECT_EQ(expertDown({.down = down.device,
                              .selected = selected.data(),
                              .gates = gates.data(),
                              .activation = activation.data(),
                              .numTokens = kTokens,
                              .mostSelected = kMost,
                              .change = change.data()},
                             nullptr),
                  0);
        expectNear(change, expectedChange, 5e-5F, "change");
    });
}

TEST_P(CudaMatvec, OfExpertsIsTheCpusLayer) {
    if (isBlockType(GetParam())) return expectTheCpusLayer(GetParam(), {256, 512, 8, 8, 6});
    expectTheCpusLayer(GetParam(), {64, 48, 8, 8, 6});
    expectTheCpusLayer(GetParam(), {64, 96, 2, 2, 3});
    expectTheCpusLayer(GetParam(), {64, 96, 2, 8, 1});  // only the first in groups of 32
}

INSTANTIATE_TEST_SUITE_P(Types, CudaMatvec, testing::ValuesIn(weightTypes()), [](const auto& test) {
    return std::string(name(test.param));
});

}  // namespace
}  // namespace gatescope::kernels::cuda

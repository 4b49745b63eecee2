#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/emulation/emulated_gpu.h"
#include "tests/golden/f32_checks.h"
#include "tests/support/tolerances.h"

// What xAI's own code answered against the CUDA decoder, kernels and all, run by the emulation. It
// is a hundred thousand times slower than a GPU, so each number is computed once and texts are
// short.

namespace gatescope::test {
namespace {

class CudaGolden : public testing::TestWithParam<GoldenCase> {};

TEST_P(CudaGolden, NumbersAndExpertsMatch) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    const Forward forward = runForward(*decoder, golden.tokens);
    expectGoldenNumbers(golden, forward);
    expectGoldenExperts(golden, forward);
}

TEST_P(CudaGolden, RecordedStepsSayTheSameText) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    const int before = emulation::emulatedGpu().launches;
    expectGoldenText(golden, *decoder, 1, 6);
    EXPECT_GE(emulation::emulatedGpu().launches - before, 5);
}

TEST(CudaPadcaseGolden, PaddingIsInvisibleAsAKeyAndGatesRenormalise) {
    const GoldenCase tiny{"tiny-a", false, "cuda"};
    GS_REQUIRE_GOLDEN(golden, tiny);
    const auto decoder = goldenDecoder(tiny, golden);
    const auto padded = golden.ints("padcase/tokens.npy").data;
    ASSERT_THAT(padded, testing::Contains(decoder->config().padToken));
    EXPECT_LE(maxAbs(golden.floats("padcase/logits_f32exact.npy").data,
                     runForward(*decoder, padded).logits),
              tolerance::kLogits);
    EXPECT_LE(maxAbs(golden.floats("f32exact-renorm/logits.npy").data,
                     runForward(*decoder, golden.tokens, {.renormalise = true}).logits),
              tolerance::kLogits);
}

INSTANTIATE_TEST_SUITE_P(Models,
                         CudaGolden,
                         testing::Values(GoldenCase{"tiny-a", false, "cuda"},
                                         GoldenCase{"tiny-gqa", true, "cuda"}),
                         [](const auto& test) { return describe(test.param); });

}  // namespace
}  // namespace gatescope::test

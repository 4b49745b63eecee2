#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/decoder/cuda/cuda_decoder.h"
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

/// A prompt on tensor cores rounds less than the code that xAI shipped: it is nearer to exact
/// arithmetic.
TEST(CudaMixedGolden, IsNearerToExactNumbersThanTheShippedCode) {
    const GoldenCase tiny{"tiny-a", false, "cuda"};
    GS_REQUIRE_GOLDEN(golden, tiny);
    const auto decoder =
        CudaDecoder::load(*golden.weights,
                          emulation::emulatedCudaModule(),
                          {.precision = Precision::Mixed, .prompt = {.workspaceBytes = 4096}});
    ASSERT_EQ(decoder->precision(), Precision::Mixed);
    const auto exact = golden.floats("f32exact/logits.npy").data;
    const auto shipped = golden.floats("bf16/logits.npy").data;
    const int vocabSize = decoder->config().vocabSize;
    const double own = meanKl(exact, runForward(*decoder, golden.tokens).logits, vocabSize);
    RecordProperty("kl", std::to_string(own));
    EXPECT_LE(own, meanKl(exact, shipped, vocabSize));
    EXPECT_GT(own, 0) << "nothing was rounded";
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

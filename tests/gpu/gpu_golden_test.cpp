#include <gtest/gtest.h>

#include <memory>

#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/decoder/cuda/cuda_module.h"
#include "tests/golden/f32_checks.h"
#include "tests/support/tolerances.h"

// tests/golden/cuda_golden_test.cpp on a real GPU, with all of the greedy texts.

namespace gatescope::test {
namespace {

class GpuGolden : public testing::TestWithParam<GoldenCase> {
  protected:
    static std::unique_ptr<CudaDecoder> decoderOf(const GoldenModel& golden) {
        return CudaDecoder::load(*golden.weights, cuda::cudaModule(), {});
    }
};

TEST_P(GpuGolden, NumbersAndExpertsMatch) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = decoderOf(golden);
    const Forward forward = runForward(*decoder, golden.tokens);
    expectGoldenNumbers(golden, forward);
    expectGoldenExperts(golden, forward);
}

TEST_P(GpuGolden, RecordedStepsSayTheSameText) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = decoderOf(golden);
    expectGoldenText(golden, *decoder);
}

TEST_P(GpuGolden, RepliesThatDrawThemselvesSayTheSameText) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = decoderOf(golden);
    expectGoldenReplies(golden, *decoder);
}

TEST_P(GpuGolden, PartsAddUpToTheResiduals) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = decoderOf(golden);
    expectGoldenParts(golden, *decoder);
}

TEST_P(GpuGolden, RenormalisedGatesMatch) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = decoderOf(golden);
    EXPECT_LE(maxAbs(golden.floats("f32exact-renorm/logits.npy").data,
                     runForward(*decoder, golden.tokens, {.renormalise = true}).logits),
              tolerance::kLogits);
}

/// cuBLASLt itself: the emulation has a product of its own in its place.
TEST_P(GpuGolden, APromptOnTensorCoresIsNearerToExactNumbersThanTheShippedCode) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder =
        CudaDecoder::load(*golden.weights, cuda::cudaModule(), {.precision = Precision::Mixed});
    const auto exact = golden.floats("f32exact/logits.npy").data;
    const auto shipped = golden.floats("bf16/logits.npy").data;
    const int vocabSize = decoder->config().vocabSize;
    EXPECT_LE(meanKl(exact, runForward(*decoder, golden.tokens).logits, vocabSize),
              meanKl(exact, shipped, vocabSize));
}

TEST_P(GpuGolden, APromptIn8BitsStaysNearExactNumbers) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder =
        CudaDecoder::load(*golden.weights, cuda::cudaModule(), {.precision = Precision::Int8});
    EXPECT_LE(meanKl(golden.floats("f32exact/logits.npy").data,
                     runForward(*decoder, golden.tokens).logits,
                     decoder->config().vocabSize),
              tolerance::kInt8PromptKl);
}

INSTANTIATE_TEST_SUITE_P(Models,
                         GpuGolden,
                         testing::Values(GoldenCase{"tiny-a", false, "gpu"},
                                         GoldenCase{"tiny-gqa", true, "gpu"}),
                         [](const auto& test) { return describe(test.param); });

}  // namespace
}  // namespace gatescope::test

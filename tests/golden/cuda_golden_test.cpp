#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/decoder/cuda/cuda_decoder.h"
#include "engine/model/open_model.h"
#include "tests/emulation/emulated_gpu.h"
#include "tests/golden/f32_checks.h"
#include "tests/support/hf_writer.h"
#include "tests/support/test_paths.h"
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

TEST_P(CudaGolden, AReplyThatDrawsItselfSaysTheSameText) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    expectGoldenReplies(golden, *decoder, 1, 6);
}

std::unique_ptr<CudaDecoder> promptDecoder(const ModelWeights& weights, Precision precision) {
    auto decoder = CudaDecoder::load(weights,
                                     emulation::emulatedCudaModule(),
                                     {.precision = precision, .prompt = {.workspaceBytes = 4096}});
    EXPECT_EQ(decoder->precision(), precision);
    return decoder;
}

/// A prompt on tensor cores rounds less than the code that xAI shipped: it is nearer to exact
/// arithmetic.
TEST(CudaMixedGolden, IsNearerToExactNumbersThanTheShippedCode) {
    const GoldenCase tiny{"tiny-a", false, "cuda"};
    GS_REQUIRE_GOLDEN(golden, tiny);
    const auto decoder = promptDecoder(*golden.weights, Precision::Mixed);
    const auto exact = golden.floats("f32exact/logits.npy").data;
    const auto shipped = golden.floats("bf16/logits.npy").data;
    const int vocabSize = decoder->config().vocabSize;
    const double own = meanKl(exact, runForward(*decoder, golden.tokens).logits, vocabSize);
    RecordProperty("kl", std::to_string(own));
    EXPECT_LE(own, meanKl(exact, shipped, vocabSize));
    EXPECT_GT(own, 0) << "nothing was rounded";
}

/// In 8 bits it rounds more; how much more is bounded.
class CudaEightBitsGolden : public testing::TestWithParam<GoldenCase> {};

TEST_P(CudaEightBitsGolden, StaysNearExactNumbers) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = promptDecoder(*golden.weights, Precision::Int8);
    const auto exact = golden.floats("f32exact/logits.npy").data;
    const double own =
        meanKl(exact, runForward(*decoder, golden.tokens).logits, decoder->config().vocabSize);
    RecordProperty("kl", std::to_string(own));
    EXPECT_LE(own, tolerance::kInt8PromptKl);
    EXPECT_GT(own, tolerance::kInt8PromptKl / 20) << "nothing was rounded to 8 bits";
}

/// The same model in FP8, against exact arithmetic on those weights.
TEST_P(CudaEightBitsGolden, InFp8StaysNearExactNumbersOfTheSameWeights) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const ScratchDir dir;
    writeHfDirectory(
        dir.path() / "model", *golden.weights, {.matrices = DType::F8E4M3, .rowScales = true});
    const std::shared_ptr<const ModelWeights> weights =
        openModel((dir.path() / "model").string())->load({}, {});
    const auto exact = makeDecoder(weights, {.kind = "reference", .threads = 2});
    const auto decoder = promptDecoder(*weights, Precision::Int8);
    const double own = meanKl(runForward(*exact, golden.tokens).logits,
                              runForward(*decoder, golden.tokens).logits,
                              decoder->config().vocabSize);
    RecordProperty("kl", std::to_string(own));
    EXPECT_LE(own, tolerance::kFp8PromptKl);
    EXPECT_GT(own, tolerance::kFp8PromptKl / 20) << "nothing was rounded to 8 bits";
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
INSTANTIATE_TEST_SUITE_P(Models,
                         CudaEightBitsGolden,
                         testing::Values(GoldenCase{"tiny-a", false, "cuda"},
                                         GoldenCase{"tiny-gqa", true, "cuda"}),
                         [](const auto& test) { return describe(test.param); });

}  // namespace
}  // namespace gatescope::test

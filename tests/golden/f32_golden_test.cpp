#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/f32_checks.h"
#include "tests/golden/golden_model.h"
#include "tests/support/tolerances.h"

// What xAI's own code answered, in exact arithmetic, against the decoders in f32.

namespace gatescope::test {
namespace {

class F32Golden : public testing::TestWithParam<GoldenCase> {
  protected:
    static std::unique_ptr<Decoder> decoderFor(const GoldenModel& golden) {
        return goldenDecoder(GetParam(), golden);
    }
};

/// Models that come with a sequence that holds padding.
class PadcaseGolden : public F32Golden {};

TEST_P(F32Golden, LogitsRouterProbabilitiesAndResidualsMatch) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = decoderFor(golden);
    expectGoldenNumbers(golden, runForward(*decoder, golden.tokens));
}

TEST_P(F32Golden, SelectsTheSameExpertsWithTheSameGates) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = decoderFor(golden);
    expectGoldenExperts(golden, runForward(*decoder, golden.tokens));
}

TEST_P(F32Golden, PartsAddUpToTheResiduals) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = decoderFor(golden);
    expectGoldenParts(golden, *decoder);
}

TEST_P(F32Golden, RenormalisedGatesMatch) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = decoderFor(golden);
    const Forward forward = runForward(*decoder, golden.tokens, {.renormalise = true});
    EXPECT_LE(maxAbs(golden.floats("f32exact-renorm/logits.npy").data, forward.logits),
              tolerance::kLogits);
}

TEST_P(PadcaseGolden, PaddingIsInvisibleAsAKey) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = decoderFor(golden);
    const auto tokens = golden.ints("padcase/tokens.npy").data;
    ASSERT_THAT(tokens, testing::Contains(decoder->config().padToken));
    EXPECT_LE(maxAbs(golden.floats("padcase/logits_f32exact.npy").data,
                     runForward(*decoder, tokens).logits),
              tolerance::kLogits);
}

TEST_P(F32Golden, GreedyContinuationsAreTheSameText) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = decoderFor(golden);
    expectGoldenText(golden, *decoder);
}

std::string nameOf(const testing::TestParamInfo<GoldenCase>& test) {
    return describe(test.param);
}

INSTANTIATE_TEST_SUITE_P(Decoders,
                         F32Golden,
                         testing::Values(GoldenCase{"tiny-a", false, "reference"},
                                         GoldenCase{"tiny-a", false, "cpu"},
                                         GoldenCase{"tiny-a", true, "reference"},
                                         GoldenCase{"tiny-a", true, "cpu"},
                                         GoldenCase{"tiny-gqa", true, "reference"},
                                         GoldenCase{"tiny-gqa", true, "cpu"},
                                         GoldenCase{"tiny-a", false, "cpu", true},
                                         GoldenCase{"tiny-gqa", true, "cpu", true},
                                         GoldenCase{"tiny-a", false, "cpu", false, 2},
                                         GoldenCase{"tiny-a", false, "cpu", false, 4},
                                         GoldenCase{"tiny-a", false, "cpu", false, 8},
                                         GoldenCase{"tiny-a", true, "cpu", false, 2},
                                         GoldenCase{"tiny-a", true, "cpu", false, 4},
                                         GoldenCase{"tiny-a", true, "cpu", false, 8},
                                         GoldenCase{"tiny-gqa", true, "cpu", false, 2},
                                         GoldenCase{"tiny-gqa", true, "cpu", false, 4},
                                         GoldenCase{"tiny-gqa", true, "cpu", false, 8}),
                         nameOf);
INSTANTIATE_TEST_SUITE_P(Decoders,
                         PadcaseGolden,
                         testing::Values(GoldenCase{"tiny-a", false, "reference"},
                                         GoldenCase{"tiny-a", false, "cpu"},
                                         GoldenCase{"tiny-a", true, "reference"},
                                         GoldenCase{"tiny-a", true, "cpu"},
                                         GoldenCase{"tiny-a", true, "cpu", false, 4}),
                         nameOf);

}  // namespace
}  // namespace gatescope::test

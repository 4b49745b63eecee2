#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

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
    const Forward forward = runForward(*decoder, golden.tokens);
    EXPECT_LE(maxAbs(golden.floats("f32exact/logits.npy").data, forward.logits),
              tolerance::kLogits);
    EXPECT_LE(maxAbs(golden.floats("f32exact/probs.npy").data, forward.routerProbs),
              tolerance::kRouterProbs);

    // hidden.npy starts with the scaled embedding, the taps with the first layer.
    const auto hidden = golden.floats("f32exact/hidden.npy");
    const auto embedding = golden.tokens.size() * static_cast<std::size_t>(hidden.shape.back());
    EXPECT_LE(maxAbs(std::span(hidden.data).subspan(embedding), forward.residuals),
              tolerance::kResiduals);
}

TEST_P(F32Golden, SelectsTheSameExpertsWithTheSameGates) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = decoderFor(golden);
    const Forward forward = runForward(*decoder, golden.tokens);
    const auto experts = golden.ints("f32exact/experts.npy").data;
    const auto gates = golden.floats("f32exact/gates.npy").data;
    const auto probs = golden.floats("f32exact/probs.npy").data;
    const auto numExperts = static_cast<std::size_t>(decoder->config().numExperts);
    const auto numSelected = static_cast<std::size_t>(decoder->config().numSelected);
    ASSERT_EQ(experts.size(), forward.selected.size());

    std::size_t compared = 0;
    for (std::size_t row = 0; row * numSelected < experts.size(); ++row) {
        std::vector<float> sorted(
            probs.begin() + static_cast<std::ptrdiff_t>(row * numExperts),
            probs.begin() + static_cast<std::ptrdiff_t>((row + 1) * numExperts));
        std::ranges::sort(sorted, std::greater());
        if (sorted[numSelected - 1] - sorted[numSelected] <= tolerance::kSelectionMargin) continue;
        ++compared;
        for (std::size_t i = row * numSelected; i < (row + 1) * numSelected; ++i) {
            EXPECT_EQ(experts[i], forward.selected[i]) << "row " << row;
            EXPECT_NEAR(gates[i], forward.gates[i], tolerance::kRouterProbs) << "row " << row;
        }
    }
    EXPECT_GT(compared, experts.size() / numSelected / 2);
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
    const auto greedy = nlohmann::json::parse(std::ifstream(golden.folder / "greedy.json"));
    const auto& prompts = greedy.at("prompts");
    const auto& runs = greedy.at("greedy").at("f32exact");
    ASSERT_FALSE(prompts.empty());
    for (std::size_t p = 0; p < prompts.size(); ++p) {
        std::vector<TokenId> tokens = prompts[p].at("ids");
        const std::vector<TokenId> expected = runs[p].at("ids");
        const std::vector<float> margins = runs[p].at("margin");
        const auto cache = decoder->makeCache(static_cast<int>(tokens.size() + expected.size()));
        StepOutput out;
        for (std::size_t step = 0; step < expected.size(); ++step) {
            // Below twice the error of a logit either of the two best may win.
            if (margins[step] < 2 * tolerance::kLogits) break;
            ASSERT_EQ(decoder->forward({.tokens = tokens}, *cache, {}, out, {}), StepStatus::Done);
            const TokenId next = argMax(out.logits);
            ASSERT_EQ(next, expected[step]) << "prompt " << p << ", step " << step;
            tokens = {next};
        }
    }
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
                                         GoldenCase{"tiny-gqa", true, "cpu", true}),
                         nameOf);
INSTANTIATE_TEST_SUITE_P(Decoders,
                         PadcaseGolden,
                         testing::Values(GoldenCase{"tiny-a", false, "reference"},
                                         GoldenCase{"tiny-a", false, "cpu"},
                                         GoldenCase{"tiny-a", true, "reference"},
                                         GoldenCase{"tiny-a", true, "cpu"}),
                         nameOf);

}  // namespace
}  // namespace gatescope::test

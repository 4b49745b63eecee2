#include <gtest/gtest.h>

#include "tests/golden/golden_model.h"
#include "tests/support/tolerances.h"

// One sequence, however it is cut into batches, gives the same numbers.

namespace gatescope::test {
namespace {

class SplitGolden : public testing::TestWithParam<GoldenCase> {};

TEST_P(SplitGolden, ChunkedPrefillDecodeAndAnyMixAgreeWithTheWholeForward) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    const Forward whole = runForward(*decoder, golden.tokens);
    const std::vector<std::vector<int>> cuts = {{1}, {7}, {16, 1, 1, 3}, {1, 20}, {5, 2}};
    for (const auto& cut : cuts) {
        const Forward split = runForward(*decoder, golden.tokens, {}, cut);
        EXPECT_LE(maxAbs(whole.logits, split.logits), tolerance::kSplitLogits)
            << testing::PrintToString(cut);
        EXPECT_LE(maxAbs(whole.routerProbs, split.routerProbs), tolerance::kRouterProbs);
        EXPECT_LE(maxAbs(whole.residuals, split.residuals), tolerance::kResiduals);
        EXPECT_EQ(whole.selected, split.selected) << testing::PrintToString(cut);
    }
}

TEST_P(SplitGolden, TruncatedCacheContinuesAsIfNothingHadFollowed) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    const std::span<const TokenId> tokens = golden.tokens;
    const auto cache = decoder->makeCache(static_cast<int>(tokens.size()));
    StepOutput once;
    ASSERT_EQ(decoder->forward({.tokens = tokens.first(20)}, *cache, {}, once, {}),
              StepStatus::Done);
    cache->truncate(8);
    ASSERT_EQ(cache->length(), 8);
    StepOutput again;
    ASSERT_EQ(decoder->forward({.tokens = tokens.subspan(8, 12)}, *cache, {}, again, {}),
              StepStatus::Done);
    EXPECT_LE(maxAbs(once.logits, again.logits), tolerance::kSplitLogits);
}

TEST_P(SplitGolden, PaddingStaysInvisibleInLaterBatches) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    std::vector<TokenId> tokens(golden.tokens.begin(), golden.tokens.begin() + 12);
    tokens[0] = tokens[4] = tokens[11] = decoder->config().padToken;
    const Forward whole = runForward(*decoder, tokens);
    EXPECT_LE(maxAbs(whole.logits, runForward(*decoder, tokens, {}, std::vector{1}).logits),
              tolerance::kSplitLogits);
}

INSTANTIATE_TEST_SUITE_P(Decoders,
                         SplitGolden,
                         testing::Values(GoldenCase{"tiny-a", false, "reference"},
                                         GoldenCase{"tiny-a", false, "cpu"},
                                         GoldenCase{"tiny-gqa", true, "reference"},
                                         GoldenCase{"tiny-gqa", true, "cpu"},
                                         GoldenCase{"tiny-a", false, "cpu", true},
                                         GoldenCase{"tiny-a", false, "cpu", false, 4}),
                         [](const auto& test) { return describe(test.param); });

}  // namespace
}  // namespace gatescope::test

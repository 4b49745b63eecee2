#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/golden/golden_model.h"
#include "tests/support/tolerances.h"

// --precision bf16 against xAI's code as shipped. Near ties flip, so distributions are compared.

namespace gatescope::test {
namespace {

class Bf16Golden : public testing::TestWithParam<GoldenCase> {};

/// Share of (layer, token) rows whose chosen experts are the same set.
double sameExperts(std::span<const std::int32_t> a, std::span<const std::int32_t> b, int k) {
    const auto width = static_cast<std::size_t>(k);
    std::size_t same = 0;
    for (std::size_t begin = 0; begin < a.size(); begin += width)
        same +=
            std::ranges::is_permutation(a.subspan(begin, width), b.subspan(begin, width)) ? 1 : 0;
    return static_cast<double>(same) / (static_cast<double>(a.size()) / k);
}

TEST_P(Bf16Golden, RoundsWhereTheReferenceRounds) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder =
        makeDecoder(golden.weights, {.kind = GetParam().decoder, .precision = Precision::BF16});
    const Forward forward = runForward(*decoder, golden.tokens);
    const auto stats = nlohmann::json::parse(std::ifstream(golden.folder / "stats.json"));
    const auto& noise = stats.at("bf16jit against bf16");
    const double klLimit = noise.at("kl").get<double>() * tolerance::kBf16KlFactor;

    const int vocabSize = decoder->config().vocabSize;
    for (const auto* variant : {"bf16", "bf16jit"}) {
        const auto logits = golden.floats(std::string(variant) + "/logits.npy").data;
        const double kl = meanKl(logits, forward.logits, vocabSize);
        RecordProperty(std::string("kl_") + variant, std::to_string(kl));
        EXPECT_LE(kl, klLimit) << variant;
    }
    const double same = sameExperts(
        golden.ints("bf16/experts.npy").data, forward.selected, decoder->config().numSelected);
    EXPECT_GE(same, noise.at("same_experts").get<double>() - tolerance::kBf16ExpertSlack);
}

TEST_P(Bf16Golden, LogitsAreBf16Values) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder =
        makeDecoder(golden.weights, {.kind = GetParam().decoder, .precision = Precision::BF16});
    const Forward forward = runForward(*decoder, golden.tokens);
    for (const float logit : forward.logits)
        ASSERT_EQ(std::bit_cast<std::uint32_t>(logit) & 0xffffU, 0U) << logit;
}

INSTANTIATE_TEST_SUITE_P(Decoders,
                         Bf16Golden,
                         testing::Values(GoldenCase{"tiny-a", false, "reference"},
                                         GoldenCase{"tiny-a", false, "cpu"},
                                         GoldenCase{"tiny-a", true, "reference"},
                                         GoldenCase{"tiny-a", true, "cpu"},
                                         GoldenCase{"tiny-gqa", true, "reference"},
                                         GoldenCase{"tiny-gqa", true, "cpu"}),
                         [](const auto& test) { return describe(test.param); });

}  // namespace
}  // namespace gatescope::test

// Numbers of a comparison, against the logits of xAI's own code and of `forward`.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "engine/comparison/score_run.h"
#include "tests/golden/golden_model.h"
#include "tests/support/tolerances.h"

namespace gatescope {
namespace {

using test::GoldenCase;
using test::GoldenModel;

InterventionSet someIntervention() {
    InterventionSet set;
    set.ablate = {{.layer = {1}, .expert = {3}}, {.layer = {0}, .expert = {5}}};
    set.bias = {{.site = {.layer = {0}, .expert = {2}}, .amount = 1.5F}};
    return set;
}

/// Softmax in double, straight from its definition.
std::vector<double> distribution(std::span<const float> logits) {
    std::vector<double> p(logits.begin(), logits.end());
    double sum = 0;
    for (double& x : p) sum += x = std::exp(x);
    for (double& x : p) x /= sum;
    return p;
}

double divergence(const std::vector<double>& p, const std::vector<double>& q) {
    double bits = 0;
    for (std::size_t i = 0; i < p.size(); ++i) bits += p[i] * std::log2(p[i] / q[i]);
    return bits;
}

std::span<const float> row(std::span<const float> logits, std::size_t at, std::size_t size) {
    return logits.subspan(at * size, size);
}

std::vector<PositionScore> scored(const ScoreContext& context, const ScoreRequest& request) {
    std::vector<PositionScore> all;
    ScoreRun run(context, request, [&](Event event) {
        auto& chunk = std::get<PositionsScored>(event);
        EXPECT_EQ(chunk.first, request.firstPosition + static_cast<int>(all.size()));
        for (auto& position : chunk.positions) all.push_back(std::move(position));
    });
    EXPECT_EQ(run.run({}), StepStatus::Done);
    return all;
}

class ScoreGoldenTest : public testing::TestWithParam<GoldenCase> {};

TEST_P(ScoreGoldenTest, EqualsWhatTheLogitsOfBothWaysGive) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    const auto& config = decoder->config();
    const auto vocab = static_cast<std::size_t>(config.vocabSize);
    const auto plain = test::runForward(*decoder, golden.tokens);
    const auto changed = test::runForward(*decoder, golden.tokens, someIntervention());

    Sequence sequence(config, decoder->makeCache(static_cast<int>(golden.tokens.size())));
    ScoreRequest request;
    request.id = 1;
    request.sequence = {{.text = {}, .tokens = golden.tokens, .interventions = {}}};
    request.changed = someIntervention();
    const auto positions = scored({*decoder, sequence}, request);

    ASSERT_EQ(positions.size(), golden.tokens.size());
    double largest = 0;
    for (std::size_t t = 0; t < positions.size(); ++t) {
        SCOPED_TRACE(t);
        const auto p = distribution(row(plain.logits, t, vocab));
        const auto q = distribution(row(changed.logits, t, vocab));
        const double expected = divergence(p, q);
        EXPECT_NEAR(positions[t].klBits, expected, 1e-5 * expected + 1e-7);
        EXPECT_EQ(positions[t].topPlain, test::argMax(row(plain.logits, t, vocab)));
        EXPECT_EQ(positions[t].topChanged, test::argMax(row(changed.logits, t, vocab)));
        EXPECT_EQ(positions[t].token, golden.tokens[t]);
        if (t + 1 < positions.size()) {
            const auto next = static_cast<std::size_t>(golden.tokens[t + 1]);
            EXPECT_NEAR(positions[t].logProbPlain, std::log(p[next]), 1e-4);
            EXPECT_NEAR(positions[t].logProbChanged, std::log(q[next]), 1e-4);
        }
        largest = std::max(largest, expected);
    }
    EXPECT_TRUE(std::isnan(positions.back().logProbPlain));
    EXPECT_GT(largest, 1e-3);  // the interventions do something, so the test could fail
}

TEST_P(ScoreGoldenTest, PlainLogProbabilitiesAreThoseOfTheDefiningCode) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    const auto vocab = static_cast<std::size_t>(decoder->config().vocabSize);
    const auto logits = golden.floats("f32exact/logits.npy");

    Sequence sequence(decoder->config(),
                      decoder->makeCache(static_cast<int>(golden.tokens.size())));
    ScoreRequest request;
    request.id = 1;
    request.sequence = {{.text = {}, .tokens = golden.tokens, .interventions = {}}};
    const auto positions = scored({*decoder, sequence}, request);
    ASSERT_EQ(positions.size(), golden.tokens.size());
    for (std::size_t t = 0; t + 1 < positions.size(); ++t) {
        const auto p = distribution(row(logits.data, t, vocab));
        EXPECT_NEAR(positions[t].logProbPlain,
                    std::log(p[static_cast<std::size_t>(golden.tokens[t + 1])]),
                    2 * test::tolerance::kLogits);
        EXPECT_EQ(positions[t].klBits, 0);
        EXPECT_EQ(positions[t].changed, nullptr);
    }
}

/// Also on the emulated GPU, which takes a second a token.
class ScoreBranchTest : public testing::TestWithParam<GoldenCase> {
  protected:
    static std::vector<TokenId> tokensOf(const GoldenModel& golden) {
        auto tokens = golden.tokens;
        if (GetParam().decoder == "cuda") tokens.resize(6);
        return tokens;
    }
};

TEST_P(ScoreBranchTest, FromTheMiddleTheSharedBeginningIsTheSame) {
    GS_REQUIRE_GOLDEN(golden, GetParam());
    const auto decoder = goldenDecoder(GetParam(), golden);
    const auto tokens = tokensOf(golden);
    const int first = static_cast<int>(tokens.size()) / 2;

    // The truth: the beginning plain, the rest under the interventions, in one cache.
    const auto vocab = static_cast<std::size_t>(decoder->config().vocabSize);
    const auto cache = decoder->makeCache(static_cast<int>(tokens.size()));
    const auto all = std::span(tokens);
    StepOutput out;
    (void)decoder->forward(
        {.tokens = all.first(static_cast<std::size_t>(first)), .logitsFor = LogitsFor::None},
        *cache,
        {},
        out,
        {});
    (void)decoder->forward(
        {.tokens = all.subspan(static_cast<std::size_t>(first)), .logitsFor = LogitsFor::AllTokens},
        *cache,
        someIntervention(),
        out,
        {});

    Sequence sequence(decoder->config(), decoder->makeCache(static_cast<int>(tokens.size())));
    ScoreRequest request;
    request.id = 1;
    request.sequence = {{.text = {}, .tokens = tokens, .interventions = {}}};
    request.firstPosition = first;
    request.changed = someIntervention();
    const auto positions = scored({*decoder, sequence}, request);
    ASSERT_EQ(positions.size(), tokens.size() - static_cast<std::size_t>(first));
    for (std::size_t i = 0; i + 1 < positions.size(); ++i) {
        const auto next = tokens[static_cast<std::size_t>(first) + i + 1];
        EXPECT_NEAR(positions[i].logProbChanged,
                    logProbability(row(out.logits, i, vocab), next),
                    test::tolerance::kSplitLogits);
        EXPECT_EQ(*positions[i].changed, out.record(decoder->config(), static_cast<int>(i)));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Decoders,
    ScoreGoldenTest,
    testing::Values(GoldenCase{.model = "tiny-a", .decoder = "reference"},
                    GoldenCase{.model = "tiny-a", .decoder = "cpu", .panels = true},
                    GoldenCase{
                        .model = "tiny-gqa", .shared = true, .decoder = "cpu", .panels = true}),
    [](const auto& each) { return test::describe(each.param); });
INSTANTIATE_TEST_SUITE_P(Decoders,
                         ScoreBranchTest,
                         testing::Values(GoldenCase{.model = "tiny-a", .decoder = "reference"},
                                         GoldenCase{
                                             .model = "tiny-a", .decoder = "cpu", .panels = true},
                                         GoldenCase{.model = "tiny-a", .decoder = "cuda"}),
                         [](const auto& each) { return test::describe(each.param); });

}  // namespace
}  // namespace gatescope

#include "engine/decoder/decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

#include "engine/error.h"
#include "tests/golden/golden_model.h"
#include "tests/support/matrix_floats.h"
#include "tests/support/tolerances.h"
#include "tests/unit/engine/decoder/test_decoder.h"

namespace gatescope::test {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(MakeDecoder, NamesWhatExists) {
    const auto weights = randomWeights();
    const auto refusal = [&](const DecoderOptions& options) -> std::string {
        try {
            makeDecoder(weights, options);
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
            return error.what();
        }
        return {};
    };
    EXPECT_THAT(refusal({.kind = "gpu"}),
                testing::HasSubstr("expected 'cpu', 'cuda' or 'reference'"));
    EXPECT_THAT(refusal({.kind = "cuda", .precision = Precision::BF16}),
                testing::HasSubstr("computes in f32"));
    EXPECT_THAT(refusal({.threads = -1}), testing::HasSubstr("-1 threads"));
}

TEST(MakeDecoder, SaysWhatItRunsOn) {
    const auto weights = randomWeights();
    const auto cpu = decoderOf("cpu", weights, 3);
    EXPECT_EQ(cpu->name(), "cpu");
    EXPECT_EQ(cpu->threads(), 3);
    EXPECT_THAT(cpu->device(), testing::StartsWith("CPU, 3 threads, "));
    EXPECT_GE(makeDecoder(weights, {})->threads(), 1);
    const auto bf16 = makeDecoder(weights, {.kind = "cpu", .precision = Precision::BF16});
    EXPECT_EQ(bf16->name(), "reference");
    EXPECT_THAT(bf16->device(), testing::HasSubstr("bf16"));
}

TEST_P(EveryDecoder, CountsTheBytesATokenReads) {
    const auto weights = randomWeights();
    const auto& c = weights->config;
    // Per layer: attention i8 with bf16 scales (one group, eight for the output), two experts.
    const int attention = c.dModel * (c.qWidth() + 2 * c.kvWidth()) + c.qWidth() * c.dModel +
                          2 * (c.qWidth() + 2 * c.kvWidth() + 8 * c.dModel);
    const int expert = 3 * c.dModel * c.ffnSize + 2 * (2 * c.ffnSize + 8 * c.dModel);
    const int f32 = 4 * (4 * c.dModel + c.dModel * c.numExperts);
    const int ranks = GetParam() == "ranks" ? 2 : 1;  // each reads norms, router, a row of words
    const int expected = c.numLayers * (attention + c.numSelected * expert + ranks * f32) +
                         4 * c.dModel * (c.vocabSize + 2 * ranks);
    EXPECT_EQ(decoder(weights)->weightBytesPerToken(), static_cast<std::uint64_t>(expected));
}

TEST_P(EveryDecoder, GivesLogitsForTheRowsAskedFor) {
    const auto weights = randomWeights();
    const auto d = decoder(weights);
    const auto tokens = someTokens(weights->config, 5);
    const auto vocabSize = static_cast<std::size_t>(weights->config.vocabSize);
    const StepOutput all = runAll(*d, tokens);
    ASSERT_EQ(all.logits.size(), 5 * vocabSize);

    StepOutput out;
    const auto cache = d->makeCache(16);
    d->forward({.tokens = tokens, .logitsFor = LogitsFor::None}, *cache, {}, out, {});
    EXPECT_TRUE(out.logits.empty());
    EXPECT_TRUE(out.residuals.empty());
    EXPECT_EQ(out.routerProbs, all.routerProbs);
    cache->truncate(0);
    d->forward({.tokens = tokens, .logitsFor = LogitsFor::LastToken}, *cache, {}, out, {});
    EXPECT_EQ(out.logits,
              std::vector<float>(all.logits.end() - static_cast<std::ptrdiff_t>(vocabSize),
                                 all.logits.end()));
}

TEST_P(EveryDecoder, RoutesWithProbabilitiesThatSumToOne) {
    const auto weights = randomWeights();
    const StepOutput out = runAll(*decoder(weights), someTokens(weights->config, 9));
    for (std::size_t row = 0; row < out.routerProbs.size(); row += 8) {
        const float* probs = out.routerProbs.data() + row;
        EXPECT_NEAR(std::accumulate(probs, probs + 8, 0.0), 1.0, 1e-6);
        const auto best = std::max_element(probs, probs + 8) - probs;
        EXPECT_EQ(out.selected[row / 4], best);
        EXPECT_EQ(out.gates[row / 4], probs[best]);
    }
}

TEST_P(EveryDecoder, BiasChangesProbabilitiesAndSelection) {
    const auto weights = randomWeights();
    const auto d = decoder(weights);
    const auto tokens = someTokens(weights->config, 4);
    const ExpertSite cell{LayerId{0}, ExpertId{6}};
    const StepOutput plain = runAll(*d, tokens);
    const StepOutput biased = runAll(*d, tokens, {.bias = {{cell, 100.0F}}});
    for (std::size_t token = 0; token < 4; ++token) {
        EXPECT_EQ(biased.selected[token * 2], 6);
        EXPECT_NEAR(biased.routerProbs[token * 8 + 6], 1.0F, 1e-6F);
    }
    // A bias of ln 2 doubles one probability against the others.
    const StepOutput doubled = runAll(*d, tokens, {.bias = {{cell, 0.6931472F}}});
    const float ratio = doubled.routerProbs[6] / doubled.routerProbs[5];
    EXPECT_NEAR(ratio, 2 * plain.routerProbs[6] / plain.routerProbs[5], 1e-4F);
}

TEST_P(EveryDecoder, ForceAndTopKShowInTheSelection) {
    const auto weights = randomWeights();
    const auto d = decoder(weights);
    const auto tokens = someTokens(weights->config, 4);
    const StepOutput plain = runAll(*d, tokens);
    std::int32_t unselected = 0;
    while (unselected == plain.selected[0] || unselected == plain.selected[1]) ++unselected;
    const StepOutput forced = runAll(*d, tokens, {.force = {{LayerId{0}, ExpertId{unselected}}}});
    EXPECT_EQ(forced.selected[0], plain.selected[0]);
    EXPECT_EQ(forced.selected[1], unselected);
    EXPECT_EQ(forced.gates[1], plain.routerProbs[static_cast<std::size_t>(unselected)]);
    EXPECT_NE(forced.logits, plain.logits);

    const StepOutput wide = runAll(*d, tokens, {.topK = 8});
    EXPECT_EQ(wide.numSelected, 8);
    EXPECT_EQ(std::set<std::int32_t>(wide.selected.begin(), wide.selected.begin() + 8).size(), 8U);
    EXPECT_TRUE(std::is_sorted(wide.gates.begin(), wide.gates.begin() + 8, std::greater()));
}

TEST_P(EveryDecoder, AblatingAllSelectedExpertsLeavesTheResidualAlone) {
    const auto weights = randomWeights();
    const auto d = decoder(weights);
    const auto tokens = someTokens(weights->config, 1);
    InterventionSet everything;
    for (int e = 0; e < 8; ++e) everything.ablate.push_back({LayerId{0}, ExpertId{e}});
    const StepOutput plain = runAll(*d, tokens);
    const StepOutput ablated = runAll(*d, tokens, everything);
    EXPECT_EQ(std::vector<float>(ablated.routerProbs.begin(), ablated.routerProbs.begin() + 8),
              std::vector<float>(plain.routerProbs.begin(), plain.routerProbs.begin() + 8));
    EXPECT_EQ(ablated.selected[0], plain.selected[0]);
    EXPECT_EQ(ablated.gates[0], 0.0F);
    EXPECT_EQ(ablated.gates[1], 0.0F);
    // Nothing is added by the experts of layer 0, so scaling its output norm changes nothing. (A
    // decoder may have weights of its own, so a new one is made.)
    for (std::size_t i = 0; i < weights->layers[0].moeOutputNorm.size(); ++i)
        spoil(weights->layers[0].moeOutputNorm, 3.0F, i);
    const auto other = decoder(weights);
    EXPECT_EQ(runAll(*other, tokens, everything).logits, ablated.logits);
    EXPECT_NE(runAll(*other, tokens).logits, plain.logits);
}

TEST_P(EveryDecoder, AnAblatedExpertIsNotComputed) {
    const auto weights = randomWeights();
    const auto d = decoder(weights);
    const auto tokens = someTokens(weights->config, 1);
    const StepOutput plain = runAll(*d, tokens);
    const int expert = plain.selected[0];
    // Its scales become NaN: whoever multiplies by the zero gate afterwards gets NaN.
    const auto& down = weights->layers[0].expertDown;
    auto* scales = const_cast<std::uint16_t*>(down.scales) + expert * down.numGroups * down.numOut;
    std::fill_n(scales, down.numGroups * down.numOut, std::uint16_t{0x7fc0});
    const auto spoilt = decoder(weights);
    EXPECT_EQ(runAll(*spoilt, tokens).firstNonFiniteLayer, 0);
    EXPECT_EQ(
        runAll(*spoilt, tokens, {.ablate = {{LayerId{0}, ExpertId{expert}}}}).firstNonFiniteLayer,
        std::nullopt);
}

TEST_P(EveryDecoder, NamesTheFirstLayerThatIsNotFinite) {
    ModelConfig config = tinyConfig();
    config.numLayers = 4;
    const auto tokens = someTokens(config, 3);
    EXPECT_EQ(runAll(*decoder(randomWeights(config)), tokens).firstNonFiniteLayer, std::nullopt);
    for (const float poison : {kNaN, std::numeric_limits<float>::infinity()})
        for (int layer = 0; layer < 4; ++layer) {
            const auto weights = randomWeights(config);
            spoil(weights->layers[static_cast<std::size_t>(layer)].moeOutputNorm, poison, 5);
            EXPECT_EQ(runAll(*decoder(weights), tokens).firstNonFiniteLayer, layer);
        }
    const auto inRouter = randomWeights(config);
    spoil(inRouter->layers[2].router, kNaN);
    EXPECT_EQ(runAll(*decoder(inRouter), tokens).firstNonFiniteLayer, 2);
    const auto inQuery = randomWeights(config);
    const_cast<std::uint16_t*>(inQuery->layers[1].query.scales)[3] = 0x7fc0;
    EXPECT_EQ(runAll(*decoder(inQuery), tokens).firstNonFiniteLayer, 1);
    const auto inNorm = randomWeights(config);
    spoil(inNorm->finalNorm, kNaN);
    EXPECT_EQ(runAll(*decoder(inNorm), tokens).firstNonFiniteLayer, 4);
}

TEST_P(EveryDecoder, NamesTheFirstLayerOverAllChunksOfALongBatch) {
    // Token 200 (in the second chunk of the cpu decoder) breaks in layer 0, the first in layer 1.
    ModelConfig config = tinyConfig();
    const auto weights = randomWeights(config);
    std::vector<TokenId> tokens(210, 5);
    tokens[200] = 6;
    spoil(test::floatsOf(weights->embedding), kNaN, 6 * static_cast<std::size_t>(config.dModel));
    spoil(weights->layers[1].moeOutputNorm, kNaN);
    EXPECT_EQ(runAll(*decoder(weights), tokens).firstNonFiniteLayer, 0);
}

TEST_P(EveryDecoder, AQueryThatSeesOnlyPaddingAveragesTheValuesBeforeIt) {
    const auto weights = randomWeights();
    const auto d = decoder(weights);
    const TokenId pad = weights->config.padToken;
    const StepOutput first = runAll(*d, std::vector<TokenId>{pad});
    EXPECT_EQ(first.firstNonFiniteLayer, std::nullopt);
    // The same token twice has the same value twice, so their average is that value.
    const StepOutput twice = runAll(*d, std::vector<TokenId>{pad, pad});
    const std::span<const float> logits = twice.logits;
    EXPECT_LE(maxAbs(first.logits, logits.last(first.logits.size())), tolerance::kSplitLogits);
    // A visible token behind padding sees itself alone.
    const StepOutput alone = runAll(*d, std::vector<TokenId>{9});
    const StepOutput behind = runAll(*d, std::vector<TokenId>{pad, pad, 9});
    EXPECT_LE(maxAbs(alone.logits, std::span<const float>(behind.logits).last(alone.logits.size())),
              tolerance::kSplitLogits);
}

TEST_P(EveryDecoder, CacheKnowsItsSize) {
    const auto weights = randomWeights();
    const auto& c = weights->config;
    const auto cache = decoder(weights)->makeCache(10);
    EXPECT_EQ(cache->capacity(), 10);
    EXPECT_EQ(cache->length(), 0);
    const bool panels = GetParam() == "cpu" || GetParam() == "ranks";  // whole ones of 16 rows,
                                                                       // values padded to 16
    const int ranks = GetParam() == "ranks" ? 2 : 1;  // each knows what may be seen
    const int rows = panels ? 16 : 10;
    const int width = c.headSize + (panels ? 16 : c.headSize);
    ASSERT_LE(c.headSize, 16);
    const auto bytes =
        static_cast<std::uint64_t>(c.numLayers * c.numKvHeads * width * rows * 4 + ranks * rows);
    if (GetParam() == "cuda")
        EXPECT_GE(cache->bytes(), bytes);  // angles and attention's scratch are in it as well
    else
        EXPECT_EQ(cache->bytes(), bytes);
}

TEST(CpuDecoder, AgreesWithTheReferenceForEveryStoredType) {
    ModelConfig config = tinyConfig();
    config.numLayers = 3;
    const auto tokens = someTokens(config, 40);
    const InterventionSet interventions{.ablate = {{LayerId{1}, ExpertId{2}}},
                                        .force = {{LayerId{0}, ExpertId{3}}},
                                        .bias = {{{LayerId{2}, ExpertId{1}}, 0.5F}},
                                        .topK = 3};
    for (const DType type : {DType::I8, DType::F32, DType::BF16}) {
        const auto weights = randomWeights(config, {.matrices = type});
        const StepOutput truth = runAll(*decoderOf("reference", weights), tokens, interventions);
        const StepOutput fast = runAll(*decoderOf("cpu", weights), tokens, interventions);
        EXPECT_EQ(truth.selected, fast.selected) << name(type);
        EXPECT_LE(maxAbs(truth.logits, fast.logits), tolerance::kLogits) << name(type);
        EXPECT_LE(maxAbs(truth.routerProbs, fast.routerProbs), tolerance::kRouterProbs);
        EXPECT_LE(maxAbs(truth.gates, fast.gates), tolerance::kRouterProbs);
        EXPECT_LE(maxAbs(truth.residuals, fast.residuals), tolerance::kResiduals);
    }
}

INSTANTIATE_TEST_SUITE_P(Kinds,
                         EveryDecoder,
                         testing::ValuesIn(decoderKinds()),
                         EveryDecoder::nameOf);

}  // namespace
}  // namespace gatescope::test

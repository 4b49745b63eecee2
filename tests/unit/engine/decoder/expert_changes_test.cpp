#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "engine/decoder/step.h"
#include "tests/support/tolerances.h"
#include "tests/unit/engine/decoder/test_decoder.h"

// What routing around an expert, scaling its gate and swapping it do to a model's numbers: each
// beside the same done by other means, to the weights or to the probabilities.
namespace gatescope::test {
namespace {

class ExpertChanges : public EveryDecoder {};

constexpr int kTokens = 21;  // a chunk and some more on a GPU

ExpertSite site(int layer, int expert) {
    return {LayerId{layer}, ExpertId{expert}};
}

/// The best of one router's probabilities without some, the lower index first on a tie.
std::vector<std::int32_t> bestWithout(std::span<const float> probs,
                                      std::span<const std::int32_t> excluded,
                                      int count) {
    std::vector<std::int32_t> order(probs.size());
    std::iota(order.begin(), order.end(), 0);
    std::erase_if(order,
                  [&](std::int32_t e) { return std::ranges::find(excluded, e) != excluded.end(); });
    std::ranges::stable_sort(order, [&](std::int32_t a, std::int32_t b) {
        return probs[static_cast<std::size_t>(a)] > probs[static_cast<std::size_t>(b)];
    });
    order.resize(static_cast<std::size_t>(count));
    return order;
}

TEST_P(ExpertChanges, RoutingAroundGivesThePlaceToTheNextBest) {
    const auto weights = randomWeights();
    const ModelConfig& config = weights->config;
    const auto d = decoder(weights);
    const auto tokens = someTokens(config, kTokens);
    const StepOutput plain = runAll(*d, tokens);
    const std::vector<std::int32_t> none;
    const std::vector<std::int32_t> gone = {1, 4, 6};
    InterventionSet set;
    for (const std::int32_t e : gone) set.exclude.push_back(site(1, e));
    const StepOutput out = runAll(*d, tokens, set);
    int replaced = 0;
    for (int layer = 0; layer < config.numLayers; ++layer)
        for (int t = 0; t < kTokens; ++t) {
            const auto row = static_cast<std::size_t>(layer * kTokens + t);
            const auto probs = std::span(out.routerProbs).subspan(row * 8, 8);
            const auto expected = bestWithout(probs, layer == 1 ? gone : none, 2);
            replaced += expected != bestWithout(probs, none, 2) ? 1 : 0;
            for (std::size_t s = 0; s < 2; ++s) {
                ASSERT_EQ(out.selected[row * 2 + s], expected[s]) << layer << ", token " << t;
                ASSERT_EQ(out.gates[row * 2 + s], probs[static_cast<std::size_t>(expected[s])]);
            }
        }
    EXPECT_GT(replaced, kTokens / 4);
    // The router itself says what it said.
    const auto before = static_cast<std::ptrdiff_t>(2 * kTokens * 8);
    EXPECT_EQ(std::vector<float>(plain.routerProbs.begin(), plain.routerProbs.begin() + before),
              std::vector<float>(out.routerProbs.begin(), out.routerProbs.begin() + before));
    EXPECT_NE(plain.logits, out.logits);
}

TEST_P(ExpertChanges, RoutingAroundTheWeakestIsForcingTheNext) {
    const auto weights = randomWeights();
    const auto d = decoder(weights);
    for (const TokenId token : {3, 11, 40}) {
        const std::array tokens{token};
        const StepOutput plain = runAll(*d, tokens);
        const auto probs = std::span(plain.routerProbs).first(8);
        const std::array weakest{plain.selected[1]};
        const std::int32_t next = bestWithout(probs, weakest, 2)[1];
        const StepOutput around = runAll(*d, tokens, {.exclude = {site(0, weakest[0])}});
        const StepOutput forced = runAll(*d, tokens, {.force = {site(0, next)}});
        EXPECT_EQ(around.selected, forced.selected);
        EXPECT_EQ(around.logits, forced.logits);
        EXPECT_NE(around.logits, plain.logits);
    }
}

/// Four times a gate is four times what comes out of the expert, bit for bit.
TEST_P(ExpertChanges, ScalingAGateIsScalingTheWeights) {
    const auto weights = randomWeights(tinyConfig(), {.matrices = DType::F32});
    const auto tokens = someTokens(weights->config, kTokens);
    const InterventionSet set{.scale = {{site(1, 3), 2}, {site(1, 3), 2}, {site(0, 5), 0.5F}}};
    const StepOutput plain = runAll(*decoder(weights), tokens);
    const StepOutput scaled = runAll(*decoder(weights), tokens, set);
    const auto multiply = [&](int layer, int expert, float factor) {
        const MatrixView& down = weights->layers[static_cast<std::size_t>(layer)].expertDown;
        const auto count =
            static_cast<std::size_t>(down.numIn) * static_cast<std::size_t>(down.numOut);
        auto* matrix = reinterpret_cast<float*>(const_cast<std::byte*>(down.data)) +
                       static_cast<std::size_t>(expert) * count;
        for (std::size_t i = 0; i < count; ++i) matrix[i] *= factor;
    };
    multiply(1, 3, 4);
    multiply(0, 5, 0.5F);
    const StepOutput heavier = runAll(*decoder(weights), tokens);
    EXPECT_EQ(scaled.logits, heavier.logits);
    EXPECT_EQ(scaled.routerProbs, heavier.routerProbs);
    EXPECT_EQ(scaled.selected, heavier.selected);
    EXPECT_NE(scaled.logits, plain.logits);
    int found = 0;
    for (std::size_t i = 0; i < scaled.selected.size(); ++i) {
        const auto layer = i / (2 * kTokens);
        const bool four = layer == 1 && scaled.selected[i] == 3;
        const bool half = layer == 0 && scaled.selected[i] == 5;
        found += four || half ? 1 : 0;
        ASSERT_EQ(scaled.gates[i], heavier.gates[i] * (four ? 4.0F : half ? 0.5F : 1.0F)) << i;
    }
    EXPECT_GT(found, 0);
}

TEST_P(ExpertChanges, ScalingByZeroIsAblationAndByOneNothing) {
    const auto weights = randomWeights();
    const auto d = decoder(weights);
    const auto tokens = someTokens(weights->config, kTokens);
    const StepOutput zero = runAll(*d, tokens, {.scale = {{site(0, 2), 0}}});
    const StepOutput ablated = runAll(*d, tokens, {.ablate = {site(0, 2)}});
    EXPECT_EQ(zero.logits, ablated.logits);
    EXPECT_EQ(zero.gates, ablated.gates);
    const StepOutput one = runAll(*d, tokens, {.scale = {{site(0, 2), 1}}});
    EXPECT_EQ(one.logits, runAll(*d, tokens).logits);
}

void exchange(const MatrixView& view, int a, int b) {
    const auto swapIn = [&](auto* all, std::size_t count) {
        std::swap_ranges(all + static_cast<std::size_t>(a) * count,
                         all + static_cast<std::size_t>(a + 1) * count,
                         all + static_cast<std::size_t>(b) * count);
    };
    const auto outputs = static_cast<std::size_t>(view.numOut);
    swapIn(const_cast<std::byte*>(view.data),
           storedBytes(view.dtype, static_cast<std::uint64_t>(view.numIn) * outputs));
    if (view.scales != nullptr)
        swapIn(const_cast<std::uint16_t*>(view.scales),
               static_cast<std::size_t>(view.numGroups) * outputs);
}

TEST_P(ExpertChanges, SwappingIsExchangingTheWeights) {
    const auto weights = randomWeights();
    const auto tokens = someTokens(weights->config, kTokens);
    const InterventionSet set{.swap = {{LayerId{0}, ExpertId{6}, ExpertId{1}},
                                       {LayerId{1}, ExpertId{0}, ExpertId{7}},
                                       {LayerId{1}, ExpertId{3}, ExpertId{2}}}};
    const StepOutput plain = runAll(*decoder(weights), tokens);
    const StepOutput swapped = runAll(*decoder(weights), tokens, set);
    for (const ExpertSwap& swap : set.swap) {
        const auto& layer = weights->layers[static_cast<std::size_t>(swap.layer.value)];
        for (const auto* matrices : {&layer.expertGate, &layer.expertUp, &layer.expertDown})
            exchange(*matrices, swap.first.value, swap.second.value);
    }
    const StepOutput exchanged = runAll(*decoder(weights), tokens);
    EXPECT_EQ(swapped.logits, exchanged.logits);
    EXPECT_EQ(swapped.routerProbs, exchanged.routerProbs);
    EXPECT_EQ(swapped.selected, exchanged.selected) << "what the router says, not whose weights";
    EXPECT_EQ(swapped.gates, exchanged.gates);
    EXPECT_NE(swapped.logits, plain.logits);
}

TEST_P(ExpertChanges, PartsOfASwappedExpertAreComputedWithTheOthersWeights) {
    const auto weights = randomWeights();
    const auto tokens = someTokens(weights->config, kTokens);
    const ExpertSwap swap{LayerId{1}, ExpertId{2}, ExpertId{5}};
    const auto tapped = [&](const InterventionSet& set) {
        const auto d = decoder(weights);
        const auto cache = d->makeCache(kTokens);
        StepOutput out;
        d->forward({.tokens = tokens, .logitsFor = LogitsFor::None, .tapParts = true},
                   *cache,
                   set,
                   out,
                   {});
        return out;
    };
    const StepOutput plain = tapped({});
    const StepOutput swapped = tapped({.swap = {swap}});
    const auto& layer = weights->layers[1];
    for (const auto* matrices : {&layer.expertGate, &layer.expertUp, &layer.expertDown})
        exchange(*matrices, 2, 5);
    EXPECT_EQ(swapped.parts, tapped({}).parts);
    EXPECT_NE(swapped.parts, plain.parts);
}

/// All at once, against the decoder that is the definition.
TEST_P(ExpertChanges, TogetherAreWhatTheReferenceComputes) {
    const auto weights = randomWeights();
    const auto tokens = someTokens(weights->config, kTokens);
    const InterventionSet set{.ablate = {site(0, 0)},
                              .exclude = {site(0, 3), site(1, 1), site(1, 2)},
                              .force = {site(1, 6)},
                              .bias = {{site(0, 1), 0.75F}},
                              .scale = {{site(1, 6), 1.5F}, {site(0, 2), 0.25F}},
                              .swap = {{LayerId{1}, ExpertId{6}, ExpertId{1}}},
                              .topK = 3,
                              .renormalise = true};
    const StepOutput expected = runAll(*decoderOf("reference", weights), tokens, set);
    const StepOutput out = runAll(*decoder(weights), tokens, set);
    EXPECT_EQ(out.selected, expected.selected);
    for (std::size_t i = 0; i < out.gates.size(); ++i)
        ASSERT_NEAR(out.gates[i], expected.gates[i], tolerance::kRouterProbs);
    for (std::size_t i = 0; i < out.logits.size(); ++i)
        ASSERT_NEAR(out.logits[i], expected.logits[i], tolerance::kLogits);
}

INSTANTIATE_TEST_SUITE_P(Decoders,
                         ExpertChanges,
                         testing::ValuesIn(decoderKinds()),
                         EveryDecoder::nameOf);

}  // namespace
}  // namespace gatescope::test

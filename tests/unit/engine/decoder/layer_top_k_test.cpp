#include "engine/decoder/layer_top_k.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "engine/error.h"
#include "tests/support/tolerances.h"
#include "tests/unit/engine/decoder/test_decoder.h"

// How many experts single layers select: as text, in a set, and what every decoder makes of it.
namespace gatescope::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

LayerTopK layers(int first, int last, int topK) {
    return {LayerId{first}, LayerId{last}, topK};
}

std::vector<std::string> texts(const std::vector<LayerTopK>& all) {
    std::vector<std::string> out;
    for (const LayerTopK& one : all) out.push_back(toString(one));
    return out;
}

TEST(LayerTopK, IsWrittenAsItIsRead) {
    EXPECT_EQ(parseLayerTopK("3:4"), layers(3, 3, 4));
    EXPECT_EQ(parseLayerTopK("3-7:1"), layers(3, 7, 1));
    EXPECT_EQ(toString(layers(3, 3, 4)), "3:4");
    EXPECT_EQ(toString(layers(3, 7, 1)), "3-7:1");
    for (const auto* text :
         {"", "3", ":4", "3:", "a:4", "7-3:4", "-1:4", "3-:4", "3:-1", "3:4:5"}) {
        try {
            parseLayerTopK(text);
            ADD_FAILURE() << "'" << text << "' was read";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
            EXPECT_THAT(error.what(), HasSubstr("like 3:4 or 3-7:4")) << text;
        }
    }
}

TEST(LayerTopK, TakesThePlaceOfWhatItsLayersHad) {
    std::vector<LayerTopK> all;
    const auto after = [&](const char* text) {
        setLayerTopK(all, parseLayerTopK(text));
        return texts(all);
    };
    EXPECT_THAT(after("3-7:4"), ElementsAre("3-7:4"));
    EXPECT_THAT(after("5:1"), ElementsAre("3-4:4", "5:1", "6-7:4"));
    EXPECT_THAT(after("5:4"), ElementsAre("3-7:4")) << "neighbours are one entry again";
    EXPECT_THAT(after("0-3:2"), ElementsAre("0-3:2", "4-7:4"));
    EXPECT_THAT(after("8:4"), ElementsAre("0-3:2", "4-8:4"));
    EXPECT_THAT(after("2-4:0"), ElementsAre("0-1:2", "5-8:4")) << "0: as all";
    EXPECT_THAT(after("0-9:0"), ElementsAre());
}

TEST(LayerTopK, APersonWritesItWithAndWithoutALayer) {
    InterventionSet set;
    setTopK(set, "3");
    setTopK(set, "1-2:1");
    EXPECT_EQ(set.topK, 3);
    ModelConfig config;
    config.numLayers = 4;
    validate(set, config);
    EXPECT_THAT(describe(set), ElementsAre("top-k 3", "top-k 1-2:1"));
    EXPECT_EQ(set.numSelectedIn(LayerId{0}, config), 3);
    EXPECT_EQ(set.numSelectedIn(LayerId{2}, config), 1);
    EXPECT_EQ(set.numSelected(config), 3);
    setTopK(set, "0");
    EXPECT_EQ(set.numSelectedIn(LayerId{0}, config), config.numSelected);
    EXPECT_FALSE(set.empty());
    EXPECT_THROW(setTopK(set, "x"), Error);
    EXPECT_THROW(setTopK(set, "-1"), Error);
}

std::string refusalOf(const InterventionSet& set, const ModelConfig& config) {
    try {
        validate(set, config);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

TEST(LayerTopK, MustLieInTheModel) {
    ModelConfig config;
    config.numLayers = 4;
    const auto of = [&](std::vector<LayerTopK> all) {
        return refusalOf({.layerTopK = std::move(all)}, config);
    };
    EXPECT_EQ(of({layers(0, 1, 1), layers(3, 3, 8)}), "");
    EXPECT_THAT(of({layers(3, 4, 1)}), HasSubstr("top-k 3-4:1: the model has layers 0 to 3"));
    EXPECT_THAT(of({layers(2, 2, 9)}), HasSubstr("top-k 2:9: expected 1 to 8"));
    EXPECT_THAT(of({layers(2, 2, 0)}), HasSubstr("expected 1 to 8"));
    EXPECT_THAT(of({layers(0, 2, 1), layers(2, 3, 3)}), HasSubstr("layer 2 has a top-k already"));
    EXPECT_THAT(of({layers(2, 2, 1), layers(0, 0, 1)}), HasSubstr("layers that rise"));
    // What is forced or excluded is held against the number of its own layer.
    InterventionSet forced{.force = {{LayerId{1}, ExpertId{0}}, {LayerId{1}, ExpertId{1}}},
                           .layerTopK = {layers(1, 1, 1)}};
    EXPECT_THAT(refusalOf(forced, config), HasSubstr("in layer 1, but only 1 are selected"));
    forced.layerTopK = {layers(0, 0, 1)};
    EXPECT_EQ(refusalOf(forced, config), "");
    const InterventionSet excluded{.exclude = {{LayerId{2}, ExpertId{0}}},
                                   .layerTopK = {layers(2, 2, 8)}};
    EXPECT_THAT(refusalOf(excluded, config), HasSubstr("1 of 8 experts are excluded in layer 2"));
}

TEST(LayerTopK, APinSelectsAsManyInEachLayer) {
    ModelConfig config;
    config.numLayers = 2;
    RoutingRecord record{.numLayers = 2,
                         .numExperts = 8,
                         .numSelected = 2,
                         .selected = {4, -1, 0, 5},
                         .gates = {0.5F, 0, 0.5F, 0.25F}};
    EXPECT_EQ(record.numSelectedIn(0), 1);
    EXPECT_THAT(record.layerSelected(1), ElementsAre(0, 5));
    RoutePin pin{.name = "sky.gscope", .records = {std::make_shared<const RoutingRecord>(record)}};
    InterventionSet set{.pin = std::make_shared<const RoutePin>(std::move(pin))};
    EXPECT_THAT(refusalOf(set, config), HasSubstr("the same top-k in every layer"));
    set.layerTopK = {layers(0, 0, 1)};
    EXPECT_EQ(refusalOf(set, config), "");
}

// ---------------------------------------------------------------- what decoders make of it

class LayerTopKDecoders : public EveryDecoder {};

constexpr int kTokens = 21;  // a chunk and some more on a GPU

/// The experts by falling probability, the lower index first on a tie.
std::vector<std::int32_t> ranked(std::span<const float> probs) {
    std::vector<std::int32_t> order(probs.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](std::int32_t a, std::int32_t b) {
        return probs[static_cast<std::size_t>(a)] > probs[static_cast<std::size_t>(b)];
    });
    return order;
}

TEST_P(LayerTopKDecoders, EachLayerSelectsAsManyAsItIsGiven) {
    const auto weights = randomWeights();
    const auto d = decoder(weights);
    const auto tokens = someTokens(weights->config, kTokens);
    const StepOutput plain = runAll(*d, tokens);
    for (const auto& of : {std::array{1, 3}, std::array{3, 1}, std::array{2, 8}}) {
        const StepOutput out =
            runAll(*d, tokens, {.layerTopK = {layers(0, 0, of[0]), layers(1, 1, of[1])}});
        const int most = std::max(of[0], of[1]);
        ASSERT_EQ(out.numSelected, most);
        for (int layer = 0; layer < 2; ++layer)
            for (int t = 0; t < kTokens; ++t) {
                const auto row = static_cast<std::size_t>(layer * kTokens + t);
                const auto probs = std::span(out.routerProbs).subspan(row * 8, 8);
                const auto order = ranked(probs);
                for (int s = 0; s < most; ++s) {
                    const auto at =
                        row * static_cast<std::size_t>(most) + static_cast<std::size_t>(s);
                    const bool used = s < of[static_cast<std::size_t>(layer)];
                    const std::int32_t expert = order[static_cast<std::size_t>(s)];
                    ASSERT_EQ(out.selected[at], used ? expert : -1) << layer << ", token " << t;
                    ASSERT_EQ(out.gates[at], used ? probs[static_cast<std::size_t>(expert)] : 0);
                }
                const RoutingRecord record = out.record(weights->config, t);
                EXPECT_EQ(record.numSelectedIn(layer), of[static_cast<std::size_t>(layer)]);
            }
        EXPECT_NE(out.logits, plain.logits);
    }
}

/// The same bits as the one number of all layers, step by step and in one go.
TEST_P(LayerTopKDecoders, TheSameNumberInEachLayerIsThatOfAll) {
    const auto weights = randomWeights();
    const auto d = decoder(weights);
    const auto tokens = someTokens(weights->config, kTokens);
    const StepOutput all = runAll(*d, tokens, {.topK = 3});
    const InterventionSet set{.topK = 1, .layerTopK = {layers(0, 1, 3)}};
    const StepOutput each = runAll(*d, tokens, set);
    EXPECT_EQ(each.selected, all.selected);
    EXPECT_EQ(each.gates, all.gates);
    EXPECT_EQ(each.logits, all.logits);
}

/// A number that changes between steps: what a step was recorded with is not used for another.
TEST_P(LayerTopKDecoders, MayChangeFromStepToStep) {
    const auto weights = randomWeights();
    const auto d = decoder(weights);
    const auto reference = decoderOf("reference", weights);
    const auto tokens = someTokens(weights->config, 8);
    const auto cache = d->makeCache(8);
    const auto truth = reference->makeCache(8);
    const std::array<InterventionSet, 4> sets{
        InterventionSet{},
        InterventionSet{.layerTopK = {layers(1, 1, 4)}},
        InterventionSet{.layerTopK = {layers(0, 0, 4), layers(1, 1, 1)}, .renormalise = true},
        InterventionSet{.topK = 1}};
    StepOutput out;
    StepOutput expected;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Batch batch{.tokens = std::span(tokens).subspan(i, 1)};
        const InterventionSet& set = sets[i % sets.size()];
        d->forward(batch, *cache, set, out, {});
        reference->forward(batch, *truth, set, expected, {});
        ASSERT_EQ(out.selected, expected.selected) << "step " << i;
        for (std::size_t g = 0; g < out.gates.size(); ++g)
            ASSERT_NEAR(out.gates[g], expected.gates[g], tolerance::kRouterProbs);
        for (std::size_t l = 0; l < out.logits.size(); ++l)
            ASSERT_NEAR(out.logits[l], expected.logits[l], tolerance::kLogits) << "step " << i;
    }
}

TEST_P(LayerTopKDecoders, GoesTogetherWithEverythingElse) {
    const auto weights = randomWeights();
    const auto tokens = someTokens(weights->config, kTokens);
    const auto at = [](int layer, int expert) {
        return ExpertSite{LayerId{layer}, ExpertId{expert}};
    };
    InterventionSet set{.ablate = {at(0, 0)},
                        .exclude = {at(0, 3), at(1, 1)},
                        .force = {at(1, 6)},
                        .scale = {{at(1, 6), 1.5F}},
                        .swap = {{LayerId{1}, ExpertId{6}, ExpertId{1}}},
                        .layerTopK = {layers(0, 0, 4), layers(1, 1, 1)},
                        .renormalise = true};
    const auto d = decoder(weights);
    const auto reference = decoderOf("reference", weights);
    const auto expectAlike = [&](StepOutput& expected) {
        expected = runAll(*reference, tokens, set);
        const StepOutput out = runAll(*d, tokens, set);
        EXPECT_EQ(out.selected, expected.selected);
        for (std::size_t i = 0; i < out.gates.size(); ++i)
            ASSERT_NEAR(out.gates[i], expected.gates[i], tolerance::kRouterProbs);
        for (std::size_t i = 0; i < out.logits.size(); ++i)
            ASSERT_NEAR(out.logits[i], expected.logits[i], tolerance::kLogits);
    };
    StepOutput changed;
    expectAlike(changed);
    // Held to these routes with their gates, the run comes out again without anything else.
    RoutePin pin{.name = "before", .records = {}, .gates = true};
    for (int t = 0; t < kTokens; ++t)
        pin.records.push_back(
            std::make_shared<const RoutingRecord>(changed.record(weights->config, t)));
    set = {.swap = set.swap,
           .layerTopK = set.layerTopK,
           .pin = std::make_shared<const RoutePin>(std::move(pin))};
    StepOutput again;
    expectAlike(again);
    EXPECT_EQ(again.logits, changed.logits);
}

/// Embedding, attention and the selected experts add up to the residual; behind the last one there
/// is nothing.
TEST_P(LayerTopKDecoders, PartsAddUpToTheResiduals) {
    const auto weights = randomWeights();
    const ModelConfig& config = weights->config;
    const auto tokens = someTokens(config, 5);
    const auto d = decoder(weights);
    const auto cache = d->makeCache(5);
    StepOutput out;
    d->forward(
        {.tokens = tokens, .logitsFor = LogitsFor::None, .tapResiduals = true, .tapParts = true},
        *cache,
        {.layerTopK = {layers(0, 0, 1), layers(1, 1, 3)}},
        out,
        {});
    const auto width = static_cast<std::size_t>(config.dModel);
    for (std::size_t t = 0; t < 5; ++t)
        for (std::size_t i = 0; i < width; ++i) {
            float sum = out.embedded[t * width + i];
            for (std::size_t layer = 0; layer < 2; ++layer)
                for (std::size_t which = 0; which < 4; ++which) {
                    const float part = out.parts[((layer * 5 + t) * 4 + which) * width + i];
                    if (layer == 0 && which > 1) {
                        ASSERT_EQ(part, 0);
                    }
                    sum += part;
                }
            ASSERT_NEAR(sum, out.residuals[(5 + t) * width + i], 2e-4F);
        }
}

INSTANTIATE_TEST_SUITE_P(Decoders,
                         LayerTopKDecoders,
                         testing::ValuesIn(decoderKinds()),
                         EveryDecoder::nameOf);

}  // namespace
}  // namespace gatescope::test

#include "engine/decoder/routing_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatescope {
namespace {

using testing::ElementsAre;

ModelConfig fourExperts() {
    ModelConfig config;
    config.numLayers = 2;
    config.numExperts = 4;
    config.numSelected = 2;
    return config;
}

ExpertSite site(int layer, int expert) {
    return {LayerId{layer}, ExpertId{expert}};
}

struct Routed {
    std::vector<std::int32_t> selected;
    std::vector<float> gates;
};

/// The rules of layer 1 on probabilities whose top-k is `selected`.
Routed apply(const InterventionSet& interventions, std::vector<std::int32_t> selected) {
    const std::vector<float> probs = {0.125F, 0.5F, 0.125F, 0.25F};
    RoutingRules rules;
    rules.set(interventions, fourExperts());
    Routed routed{std::move(selected), {}};
    routed.gates.resize(routed.selected.size());
    applyRules(rules.layer(1), probs, routed.selected, routed.gates);
    return routed;
}

TEST(RoutingRules, LeaveTheModelsOwnChoiceAlone) {
    const auto routed = apply({}, {1, 3});
    EXPECT_THAT(routed.selected, ElementsAre(1, 3));
    EXPECT_THAT(routed.gates, ElementsAre(0.5F, 0.25F));
}

TEST(RoutingRules, ForceTakesTheWeakestPlaceWithItsOwnProbability) {
    const auto routed = apply({.force = {site(1, 2)}}, {1, 3});
    EXPECT_THAT(routed.selected, ElementsAre(1, 2));
    EXPECT_THAT(routed.gates, ElementsAre(0.5F, 0.125F));
}

TEST(RoutingRules, ForceNeverDrivesOutAnotherForcedExpert) {
    const auto routed = apply({.force = {site(1, 3), site(1, 0)}}, {1, 3});
    EXPECT_THAT(routed.selected, ElementsAre(3, 0));
}

TEST(RoutingRules, ForcingASelectedExpertChangesNothing) {
    EXPECT_THAT(apply({.force = {site(1, 1)}}, {1, 3}).selected, ElementsAre(1, 3));
}

TEST(RoutingRules, ForceOfEqualProbabilitiesOrdersByIndex) {
    EXPECT_THAT(apply({.force = {site(1, 2), site(1, 0)}}, {1, 3}).selected, ElementsAre(0, 2));
}

TEST(RoutingRules, AblateZeroesTheGateAndNobodyTakesThePlace) {
    const auto routed = apply({.ablate = {site(1, 1)}}, {1, 3});
    EXPECT_THAT(routed.selected, ElementsAre(1, 3));
    EXPECT_THAT(routed.gates, ElementsAre(0.0F, 0.25F));
}

TEST(RoutingRules, RenormaliseComesBeforeAblate) {
    const auto routed = apply({.ablate = {site(1, 1)}, .renormalise = true}, {1, 3});
    EXPECT_THAT(routed.gates, ElementsAre(0.0F, testing::FloatEq(1.0F / 3)));
}

TEST(RoutingRules, AnExpertThatIsForcedAndAblatedIsSelectedWithGateZero) {
    const auto routed = apply({.ablate = {site(1, 2)}, .force = {site(1, 2)}}, {1, 3});
    EXPECT_THAT(routed.selected, ElementsAre(1, 2));
    EXPECT_THAT(routed.gates, ElementsAre(0.5F, 0.0F));
}

TEST(RoutingRules, ExcludeGivesThePlaceToTheNextBest) {
    const auto routed = apply({.exclude = {site(1, 1)}}, {1, 3});
    EXPECT_THAT(routed.selected, ElementsAre(3, 0)) << "the lower index of two equal ones";
    EXPECT_THAT(routed.gates, ElementsAre(0.25F, 0.125F));
    EXPECT_THAT(apply({.exclude = {site(1, 1), site(1, 3)}}, {1, 3}).selected, ElementsAre(0, 2));
    EXPECT_THAT(apply({.exclude = {site(1, 0)}}, {1, 3}).selected, ElementsAre(1, 3));
}

/// The weakest of what is left has to go, not who took the place of the strongest.
TEST(RoutingRules, ForceComesAfterExclude) {
    const auto routed = apply({.exclude = {site(1, 1)}, .force = {site(1, 2)}}, {1, 3});
    EXPECT_THAT(routed.selected, ElementsAre(3, 2));
}

TEST(RoutingRules, ScaleMultipliesTheGateBehindRenormalise) {
    const InterventionSet set{.scale = {{site(1, 3), 0.5F}, {site(1, 3), 3.0F}, {site(1, 0), 9}},
                              .renormalise = true};
    const auto routed = apply(set, {1, 3});
    EXPECT_THAT(routed.selected, ElementsAre(1, 3));
    EXPECT_THAT(routed.gates, ElementsAre(testing::FloatEq(2.0F / 3), testing::FloatEq(0.5F)));
    EXPECT_THAT(apply({.ablate = {site(1, 3)}, .scale = {{site(1, 3), 2}}}, {1, 3}).gates,
                ElementsAre(0.5F, 0.0F));
}

TEST(RoutingRules, SwapExchangesWeightsNotTheSelection) {
    RoutingRules rules;
    rules.set({.swap = {{LayerId{1}, ExpertId{3}, ExpertId{0}}}}, fourExperts());
    EXPECT_THAT(rules.layer(0).computedBy, ElementsAre(0, 1, 2, 3));
    EXPECT_THAT(rules.layer(1).computedBy, ElementsAre(3, 1, 2, 0));
    std::vector<std::int32_t> computedBy(2);
    findWeights(rules.layer(1), std::vector<std::int32_t>{1, 3}, computedBy);
    EXPECT_THAT(computedBy, ElementsAre(1, 0));
    EXPECT_THAT(apply({.swap = {{LayerId{1}, ExpertId{3}, ExpertId{0}}}}, {1, 3}).selected,
                ElementsAre(1, 3));
}

TEST(RoutingRules, TouchOnlyTheirOwnLayer) {
    const auto routed = apply({.ablate = {site(0, 1)}, .force = {site(0, 2)}}, {1, 3});
    EXPECT_THAT(routed.selected, ElementsAre(1, 3));
    EXPECT_THAT(routed.gates, ElementsAre(0.5F, 0.25F));
}

/// Behind the last expert of a layer that selects fewer there is nothing.
TEST(RoutingRules, ALayerMaySelectFewerThanOthers) {
    const InterventionSet one{.topK = 3, .layerTopK = {{LayerId{1}, LayerId{1}, 1}}};
    const auto routed = apply(one, {1, 3, 0});
    EXPECT_THAT(routed.selected, ElementsAre(1, -1, -1));
    EXPECT_THAT(routed.gates, ElementsAre(0.5F, 0, 0));
    InterventionSet share = one;
    share.layerTopK[0].topK = 2;
    share.renormalise = true;
    EXPECT_THAT(apply(share, {1, 3, 0}).gates,
                ElementsAre(testing::FloatEq(2.0F / 3), testing::FloatEq(1.0F / 3), 0));
    RoutingRules rules;
    rules.set(one, fourExperts());
    EXPECT_EQ(rules.numSelected(), 3);
    EXPECT_THAT(rules.numSelectedOfLayers(), ElementsAre(3, 1));
    std::vector<std::int32_t> computedBy(3);
    findWeights(rules.layer(1), std::vector<std::int32_t>{1, -1, -1}, computedBy);
    EXPECT_THAT(computedBy, ElementsAre(1, -1, -1));
}

TEST(RoutingRules, BiasesOfOneExpertAddUpAndTheNextSetForgetsThem) {
    RoutingRules rules;
    rules.set({.bias = {{site(1, 2), 0.5F}, {site(1, 2), 1.0F}}, .topK = 3}, fourExperts());
    EXPECT_THAT(rules.layer(1).bias, ElementsAre(0, 0, 1.5F, 0));
    EXPECT_THAT(rules.layer(0).bias, ElementsAre(0, 0, 0, 0));
    EXPECT_EQ(rules.numSelected(), 3);
    rules.set({}, fourExperts());
    EXPECT_THAT(rules.layer(1).bias, ElementsAre(0, 0, 0, 0));
    EXPECT_EQ(rules.numSelected(), 2);
}

}  // namespace
}  // namespace gatescope

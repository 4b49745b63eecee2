#include "engine/decoder/intervention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "engine/error.h"

namespace gatescope {
namespace {

ExpertSite site(int layer, int expert) {
    return {LayerId{layer}, ExpertId{expert}};
}

/// The sentence of the Error that `body` throws; fails when there is none.
template <class Body>
std::string refusal(const Body& body) {
    try {
        body();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
        return error.what();
    }
    ADD_FAILURE() << "nothing was refused";
    return {};
}

TEST(Intervention, IsWrittenAsItIsRead) {
    EXPECT_EQ(parseExpertSite("3:5"), site(3, 5));
    EXPECT_EQ(toString(site(3, 5)), "3:5");
    EXPECT_EQ(parseExpertBias("0:7:-1.5"), (ExpertBias{site(0, 7), -1.5F}));
    EXPECT_EQ(toString(ExpertBias{site(0, 7), -1.5F}), "0:7:-1.5");
    EXPECT_EQ(parseExpertScale("0:7:0.25"), (ExpertScale{site(0, 7), 0.25F}));
    EXPECT_EQ(toString(ExpertScale{site(0, 7), 0.25F}), "0:7:0.25");
    EXPECT_EQ(parseExpertSwap("3:5:0"), (ExpertSwap{LayerId{3}, ExpertId{5}, ExpertId{0}}));
    EXPECT_EQ(toString(ExpertSwap{LayerId{3}, ExpertId{5}, ExpertId{0}}), "3:5:0");
}

TEST(Intervention, IsDescribedOneByOne) {
    EXPECT_TRUE(describe(InterventionSet{}).empty());
    const InterventionSet all{.ablate = {site(0, 1)},
                              .exclude = {site(0, 2), site(1, 2)},
                              .force = {site(0, 3)},
                              .bias = {{site(0, 4), 1.5F}},
                              .scale = {{site(0, 5), 2}},
                              .swap = {{LayerId{0}, ExpertId{6}, ExpertId{7}}},
                              .topK = 3,
                              .renormalise = true};
    EXPECT_THAT(describe(all),
                testing::ElementsAre("ablate 0:1",
                                     "exclude 0:2",
                                     "exclude 1:2",
                                     "force 0:3",
                                     "bias 0:4:1.5",
                                     "scale 0:5:2",
                                     "swap 0:6:7",
                                     "top-k 3",
                                     "renormalise"));
}

TEST(Intervention, RefusesWhatIsNoSiteAndSaysWhatIs) {
    for (const auto* text :
         {"", "3", ":", "3:", ":5", "a:b", "-1:2", "1:2:3", "1: 2", "9999999999:1"})
        EXPECT_THAT(refusal([&] { parseExpertSite(text); }), testing::HasSubstr("like 3:5"))
            << text;
    for (const auto* text : {"", "1:2", "1:2:", "1:2:x", "1:2:nan", "1:2:inf", "1:2:3:4"})
        EXPECT_THAT(refusal([&] { parseExpertBias(text); }), testing::HasSubstr("like 3:5:-1.5"))
            << text;
    for (const auto* text : {"", "1:2", "1:2:", "1:2:x", "1:2:nan", "1:2:inf", "1:2:-0.5"})
        EXPECT_THAT(refusal([&] { parseExpertScale(text); }), testing::HasSubstr("like 3:5:0.5"))
            << text;
    for (const auto* text : {"", "1:2", "1:2:", "1:2:x", "1:2:2", "1:2:-3", "1:2:3:4"})
        EXPECT_THAT(refusal([&] { parseExpertSwap(text); }), testing::HasSubstr("like 3:5:6"))
            << text;
}

TEST(Intervention, MustLieInTheModel) {
    ModelConfig config;
    config.numLayers = 4;
    const auto check = [&](const InterventionSet& set) {
        return refusal([&] { validate(set, config); });
    };
    validate({.ablate = {site(3, 7)}, .force = {site(0, 0), site(0, 1)}, .topK = 8}, config);
    EXPECT_THAT(check({.ablate = {site(4, 0)}}), testing::HasSubstr("layers 0 to 3"));
    EXPECT_THAT(check({.force = {site(0, 8)}}), testing::HasSubstr("experts 0 to 7"));
    EXPECT_THAT(check({.bias = {{site(9, 0), 1.0F}}}), testing::HasSubstr("bias 9:0"));
    EXPECT_THAT(check({.topK = 9}), testing::HasSubstr("expected 1 to 8"));
    EXPECT_THAT(check({.force = {site(2, 0), site(2, 1), site(2, 2)}}),
                testing::HasSubstr("3 experts are forced in layer 2"));
    EXPECT_THAT(check({.exclude = {site(4, 0)}}), testing::HasSubstr("exclude 4:0"));
    EXPECT_THAT(check({.exclude = {site(1, 2)}, .force = {site(1, 2)}}),
                testing::HasSubstr("1:2 is both forced and excluded"));
    EXPECT_THAT(check({.scale = {{site(0, 9), 1}}}), testing::HasSubstr("scale 0:9"));
    EXPECT_THAT(check({.scale = {{site(0, 1), -1}}}), testing::HasSubstr("a factor from 0 up"));
    EXPECT_THAT(check({.scale = {{site(0, 1), HUGE_VALF}}}),
                testing::HasSubstr("a factor from 0 up"));
    EXPECT_THAT(check({.swap = {{LayerId{0}, ExpertId{1}, ExpertId{8}}}}),
                testing::HasSubstr("swap 0:8"));
    EXPECT_THAT(check({.swap = {{LayerId{0}, ExpertId{1}, ExpertId{2}},
                                {LayerId{0}, ExpertId{3}, ExpertId{1}}}}),
                testing::HasSubstr("0:1 is swapped already"));
    InterventionSet most;
    for (int e = 0; e < 6; ++e) most.exclude.push_back(site(3, e));
    validate(most, config);
    most.exclude.push_back(site(3, 0));  // once more changes nothing
    validate(most, config);
    most.exclude.push_back(site(3, 6));
    EXPECT_THAT(check(most), testing::HasSubstr("7 of 8 experts are excluded in layer 3"));
    validate({.force = {site(2, 0), site(2, 0), site(2, 0)}}, config);  // the same one, three times
}

TEST(Intervention, APinHasTheModelsShape) {
    ModelConfig config;
    config.numLayers = 4;
    const auto pinned = [](int layers, int experts, int selected) {
        const auto count = static_cast<std::size_t>(layers) * static_cast<std::size_t>(selected);
        RoutingRecord record{.numLayers = layers,
                             .numExperts = experts,
                             .numSelected = selected,
                             .selected = std::vector<std::int32_t>(count, 0),
                             .gates = std::vector<float>(count, 0)};
        RoutePin pin{.name = "sky.gscope",
                     .records = {nullptr, std::make_shared<const RoutingRecord>(record)}};
        return InterventionSet{.pin = std::make_shared<const RoutePin>(std::move(pin))};
    };
    validate(pinned(4, 8, 2), config);
    for (const auto& set : {pinned(3, 8, 2), pinned(4, 16, 2), pinned(4, 8, 3)})
        EXPECT_THAT(refusal([&] { validate(set, config); }),
                    testing::AllOf(testing::HasSubstr("sky.gscope"),
                                   testing::HasSubstr("at token 1"),
                                   testing::HasSubstr("expected 4 layers with 2 of 8")));
    InterventionSet wide = pinned(4, 8, 3);
    wide.topK = 3;
    validate(wide, config);
    EXPECT_THAT(describe(wide), testing::ElementsAre("top-k 3", "pin sky.gscope"));
    EXPECT_FALSE(wide.empty());
    EXPECT_NE(pinned(4, 8, 2), InterventionSet{});
}

TEST(Intervention, AScopeIsInOrderAndInTheVocabulary) {
    const ModelConfig config;
    const auto check = [&](const TokenScope& scope) {
        return refusal([&] { validate({.scope = scope}, config); });
    };
    validate({.scope = {.tokens = {0, 5}, .positions = {{0, 1}, {2, 9}}}}, config);
    EXPECT_THAT(check({.tokens = {5, 5}}), testing::HasSubstr("rising, each once"));
    EXPECT_THAT(check({.tokens = {-1}}), testing::HasSubstr("id -1"));
    EXPECT_THAT(check({.tokens = {config.vocabSize}}), testing::HasSubstr("vocabulary"));
    for (const auto& positions : std::vector<std::vector<PositionRange>>{
             {{-1, 2}}, {{3, 3}}, {{4, 6}, {6, 8}}, {{4, 6}, {1, 2}}})
        EXPECT_THAT(check({.positions = positions}), testing::HasSubstr("positions"));
    EXPECT_THAT(check({.tokens = std::vector<TokenId>(kMostScopeEntries + 1)}),
                testing::HasSubstr("at most 32768"));
    EXPECT_TRUE((InterventionSet{.scope = {.tokens = {1}}}).empty()) << "of nothing";
}

}  // namespace
}  // namespace gatescope

#include "engine/decoder/intervention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
}

TEST(Intervention, RefusesWhatIsNoSiteAndSaysWhatIs) {
    for (const auto* text :
         {"", "3", ":", "3:", ":5", "a:b", "-1:2", "1:2:3", "1: 2", "9999999999:1"})
        EXPECT_THAT(refusal([&] { parseExpertSite(text); }), testing::HasSubstr("like 3:5"))
            << text;
    for (const auto* text : {"", "1:2", "1:2:", "1:2:x", "1:2:nan", "1:2:inf", "1:2:3:4"})
        EXPECT_THAT(refusal([&] { parseExpertBias(text); }), testing::HasSubstr("like 3:5:-1.5"))
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
    validate({.force = {site(2, 0), site(2, 0), site(2, 0)}}, config);  // the same one, three times
}

}  // namespace
}  // namespace gatescope

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/model/open_model.h"
#include "tests/golden/golden_model.h"
#include "tests/support/test_paths.h"

namespace gatescope::test {
namespace {

using testing::HasSubstr;

Forward runModel(const std::string& folder) {
    const auto source = openModel((dataDir() / "huggingface" / folder).string());
    const std::vector<TokenId> tokens{1, 17, 4, 31, 9, 3, 3, 12};
    return runForward(*makeDecoder(source->load({}, {}), {.kind = "reference"}), tokens);
}

// Written by the publishers' names and by the real package, not by our own table and writer.
TEST(HfFixtures, GiveTheSameBitsAsTheCheckpointOfTheSameWeights) {
    const Forward truth = runModel("xai");
    EXPECT_GT(maxAbs(truth.logits, std::vector<float>(truth.logits.size())), 0.1F);
    for (const char* folder : {"hpcai", "keyfan", "sglang-tp8"}) {
        const Forward forward = runModel(folder);
        EXPECT_EQ(maxAbs(truth.logits, forward.logits), 0.0F) << folder;
        EXPECT_EQ(maxAbs(truth.routerProbs, forward.routerProbs), 0.0F) << folder;
        EXPECT_EQ(truth.selected, forward.selected) << folder;
    }
}

TEST(HfFixtures, CorrectKeyfansSettings) {
    const auto source = openModel((dataDir() / "huggingface/keyfan").string());
    EXPECT_EQ(source->config().ropeBase, 10000.0F);
    EXPECT_FALSE(source->config().tiedOutput);
    EXPECT_THAT(source->remarks(),
                testing::ElementsAre(HasSubstr("silu"), HasSubstr("rope_theta")));
}

}  // namespace
}  // namespace gatescope::test

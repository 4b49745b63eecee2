#include "kernels/cpu/router_topk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace gatescope::kernels {
namespace {

std::vector<std::int32_t> topk(const std::vector<float>& probs, int count) {
    std::vector<std::int32_t> selected(static_cast<std::size_t>(count), -7);
    routerTopk(probs.data(), static_cast<int>(probs.size()), count, selected.data());
    return selected;
}

using testing::ElementsAre;

TEST(RouterTopk, OrdersByFallingProbability) {
    EXPECT_THAT(topk({0.1F, 0.5F, 0.05F, 0.35F}, 3), ElementsAre(1, 3, 0));
}

TEST(RouterTopk, TakesTheLowerIndexOnATie) {
    EXPECT_THAT(topk({0.2F, 0.3F, 0.3F, 0.2F}, 3), ElementsAre(1, 2, 0));
    EXPECT_THAT(topk({0.25F, 0.25F, 0.25F, 0.25F}, 4), ElementsAre(0, 1, 2, 3));
}

TEST(RouterTopk, GivesDistinctExpertsEvenForNaN) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_THAT(topk({nan, nan, nan, nan}, 2), ElementsAre(0, 1));
    EXPECT_THAT(topk({1.0F}, 1), ElementsAre(0));
}

}  // namespace
}  // namespace gatescope::kernels

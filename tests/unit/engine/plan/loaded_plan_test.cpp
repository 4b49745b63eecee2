// What a loaded model is predicted to do, by hand; and the memory that it really takes.
#include <gtest/gtest.h>

#include <vector>

#include "engine/plan/loaded_plan.h"
#include "engine/plan/rig_plan.h"

namespace gatescope {
namespace {

LoadedModel loaded(bool onGpu) {
    LoadedModel model{.plan = {}, .numLayers = 10, .onGpu = onGpu, .gpu = 0};
    model.plan.weightBytesPerToken = 2'000'000'000;
    model.plan.devices.push_back({.device = "CPU",
                                  .weightBytes = 5,
                                  .cacheBytes = 6,
                                  .branchBytes = 7,
                                  .reserveBytes = 8,
                                  .availableBytes = 100});
    return model;
}

TEST(LoadedPlan, ATokenTakesItsBytesAndWhatEachLayerWaitsFor) {
    Rig rig{
        .devices = {{.name = "GPU", .freeBytes = 1, .readBytesPerS = 1e12, .copyBytesPerS = 1e9}},
        .links = {},
        .host = {.freeBytes = 1, .cores = 64, .nodes = 1, .readBytesPerS = 100e9}};
    EXPECT_NEAR(predictedTokensPerS(loaded(false), rig),
                1 / (2e9 / (100e9 * kHostReadShare) + 10 * kHostLayerSeconds),
                1e-9);
    rig.host.cores = 2;  // which cannot ask for as much
    EXPECT_NEAR(predictedTokensPerS(loaded(false), rig),
                1 / (2e9 / (50e9 * kHostReadShare) + 10 * kHostLayerSeconds),
                1e-9);
    EXPECT_NEAR(predictedTokensPerS(loaded(true), rig),
                1 / (2e9 / (1e12 * kDeviceReadShare) + 10 * kLaunchesPerLayer * kLaunchSeconds),
                1e-9);
    rig.devices.clear();
    EXPECT_EQ(predictedTokensPerS(loaded(true), rig), 0);
}

TEST(LoadedPlan, TellsWhatThisProcessTakes) {
    const auto before = memoryUse(loaded(false));
    ASSERT_EQ(before.size(), 1U);
    EXPECT_EQ(before[0].device, "CPU");
    EXPECT_EQ(before[0].planned, 26U);
    ASSERT_TRUE(before[0].used);
    constexpr std::uint64_t kMore = 64U << 20U;
    const std::vector<char> more(kMore, 'x');
    const auto after = memoryUse(loaded(false));
    EXPECT_GT(*after[0].used, *before[0].used + kMore / 2);
    EXPECT_EQ(more[kMore / 2], 'x');
}

}  // namespace
}  // namespace gatescope

#include <gtest/gtest.h>

#include <array>

#include "engine/model/open_model.h"
#include "engine/offload/offload_clock.h"
#include "engine/offload/offload_sizes.h"
#include "engine/plan/model_summary.h"

namespace gatescope::test {
namespace {

// An expert takes 1 s on the GPU, 4 s on the CPU, 10 s over the link, 50 s from the disk.
constexpr OffloadMachine kMachine{.gpu = 100, .link = 10, .host = 25, .disk = 2};
constexpr OffloadSizes kSizes{.expertBytes = 100, .layerBytes = 50, .tokenBytes = 200};

double secondsOf(MissPath path, std::initializer_list<LayerLoad> layers) {
    OffloadClock clock(kMachine, kSizes, path);
    for (const LayerLoad& layer : layers) clock.layer(layer);
    clock.endToken();
    return clock.takeSeconds();
}

TEST(OffloadClock, HitsTakeWhatTheGpuReads) {
    for (const MissPath path : kMissPaths) {
        EXPECT_DOUBLE_EQ(secondsOf(path, {{.hits = 2}}), 0.5 + 2 + 2);
        EXPECT_DOUBLE_EQ(secondsOf(path, {{.hits = 2}, {.hits = 1}}), 0.5 + 2 + 0.5 + 1 + 2);
    }
}

TEST(OffloadClock, TheCpuComputesBesideTheGpu) {
    EXPECT_DOUBLE_EQ(secondsOf(MissPath::OnCpu, {{.hits = 1, .misses = 1}}), 0.5 + 4 + 2);
    EXPECT_DOUBLE_EQ(secondsOf(MissPath::OnCpu, {{.hits = 5, .misses = 1}}), 0.5 + 5 + 2);
    EXPECT_DOUBLE_EQ(secondsOf(MissPath::OnCpu, {{.hits = 0, .misses = 2}}), 0.5 + 8 + 2);
}

TEST(OffloadClock, CopiesInTheBackgroundMustKeepUp) {
    // Two taken in: 20 s on the link, longer than all computing; host memory gives 3 x 4 s.
    EXPECT_DOUBLE_EQ(
        secondsOf(MissPath::OnCpu,
                  {{.hits = 1, .misses = 1, .copies = 1}, {.hits = 1, .misses = 1, .copies = 1}}),
        20);
    OffloadClock fastLink(
        {.gpu = 100, .link = 1000, .host = 25, .disk = 2}, kSizes, MissPath::OnCpu);
    fastLink.layer({.hits = 0, .misses = 2, .copies = 2});
    fastLink.endToken();
    EXPECT_DOUBLE_EQ(fastLink.takeSeconds(), 16);  // four reads of host memory
    fastLink.layer({.hits = 1});
    fastLink.endToken();
    EXPECT_DOUBLE_EQ(fastLink.takeSeconds(), 3.5);  // another stretch
}

TEST(OffloadClock, HitsAreComputedWhileTheMissesCome) {
    EXPECT_DOUBLE_EQ(secondsOf(MissPath::FromHost, {{.hits = 1, .misses = 1}}), 0.5 + 10 + 1 + 2);
    EXPECT_DOUBLE_EQ(secondsOf(MissPath::FromHost, {{.hits = 20, .misses = 1}}), 0.5 + 20 + 1 + 2);
    EXPECT_DOUBLE_EQ(secondsOf(MissPath::FromHost, {{.hits = 0, .misses = 2}}), 0.5 + 20 + 1 + 2);
    EXPECT_DOUBLE_EQ(secondsOf(MissPath::FromDisk, {{.hits = 0, .misses = 2}}), 0.5 + 100 + 1 + 2);
}

TEST(OffloadClock, ARightGuessIsOnItsWayALayerEarly) {
    const std::array first{0};
    // Asked for at 0.5, there at 10.5; the next layer knows its experts at 0.5 + 5 + 0.5 = 6.
    EXPECT_DOUBLE_EQ(
        secondsOf(MissPath::FromHost,
                  {{.hits = 5, .guesses = 1}, {.hits = 1, .misses = 1, .guessed = first}}),
        10.5 + 1 + 2);
    // Without it the copy begins at 6.
    EXPECT_DOUBLE_EQ(secondsOf(MissPath::FromHost, {{.hits = 5}, {.hits = 1, .misses = 1}}),
                     16 + 1 + 2);
}

TEST(OffloadClock, AGuessWaitsForTheCopiesOfItsOwnLayer) {
    const std::array first{0};
    // The miss comes from 0.5 to 10.5, the guess from there to 20.5.
    EXPECT_DOUBLE_EQ(secondsOf(MissPath::FromHost,
                               {{.hits = 0, .misses = 1, .guesses = 1},
                                {.hits = 1, .misses = 1, .guessed = first}}),
                     20.5 + 1 + 2);
}

TEST(OffloadClock, AWrongGuessHoldsUpTheLink) {
    EXPECT_DOUBLE_EQ(
        secondsOf(MissPath::FromHost, {{.hits = 5, .guesses = 1}, {.hits = 1, .misses = 1}}),
        20.5 + 1 + 2);
    const std::array second{1};  // behind a wrong one
    EXPECT_DOUBLE_EQ(
        secondsOf(MissPath::FromHost,
                  {{.hits = 5, .guesses = 2}, {.hits = 1, .misses = 1, .guessed = second}}),
        20.5 + 1 + 2);
}

TEST(OffloadSizes, AddUpToWhatATokenReads) {
    const auto source = openModel("synthetic:bench-tiny");
    const ModelConfig& config = source->config();
    const OffloadSizes sizes = offloadSizes(config, source->layouts());
    std::uint64_t token = 0;
    for (const TensorLayout& tensor : source->layouts()) {
        const std::uint64_t bytes = tensor.dataBytes() + tensor.scaleBytes();
        const bool experts = tensor.slot.isMatrix() && tensor.slot.numMatrices() > 1;
        token += experts ? bytes / static_cast<std::uint64_t>(config.numExperts) *
                               static_cast<std::uint64_t>(config.numSelected)
                         : bytes;
    }
    ASSERT_TRUE(config.tiedOutput);
    const auto layers = static_cast<std::uint64_t>(config.numLayers);
    const auto selected = static_cast<std::uint64_t>(config.numSelected);
    EXPECT_EQ(layers * (sizes.layerBytes + selected * sizes.expertBytes) + sizes.tokenBytes, token);
    EXPECT_GT(sizes.expertBytes, 0U);
    EXPECT_GT(sizes.layerBytes, 0U);
}

TEST(OffloadSizes, AGrok1ExpertIsSixHundredMegabytes) {
    const auto source = openModel("synthetic:grok-1,dtype=i8");
    const OffloadSizes sizes = offloadSizes(source->config(), source->layouts());
    EXPECT_NEAR(static_cast<double>(sizes.expertBytes), 3.0 * 6144 * 32768, 0.01 * 604e6);
    EXPECT_NEAR(static_cast<double>(sizes.layerBytes), 88.1e6, 0.02 * 88e6);
}

}  // namespace
}  // namespace gatescope::test

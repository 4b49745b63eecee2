#include "engine/plan/memory_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "engine/decoder/cpu/scratch.h"
#include "engine/error.h"
#include "engine/model/open_model.h"
#include "engine/model/tensor_slots.h"
#include "tests/support/test_paths.h"

namespace gatescope {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr std::uint64_t kGB = 1'000'000'000;
constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
// shared/grok-model.md 7: Grok-1's checkpoint, with the embedding in f32 and in bf16.
constexpr std::uint64_t kInt8Bytes = 314'874'789'888;
constexpr std::uint64_t kScaleBytes = 124'780'544;
constexpr std::uint64_t kF32Bytes = 3'240'124'416;
constexpr std::uint64_t kEmbedding = 805'306'368;    // parameters
constexpr std::uint64_t kCache = 64 * 2 * 1024 * 4;  // bytes of a token, f32

const std::uint64_t kWork = 64 * kMiB + cpu::largestScratchBytes(ModelConfig(), 8192);

std::vector<TensorLayout> checkpointOf(const ModelConfig& config) {
    std::vector<TensorLayout> layouts;
    for (TensorSlot& slot : tensorSlots(config)) {
        const bool rowParallel =
            slot.role == TensorRole::AttentionOutput || slot.role == TensorRole::ExpertDown;
        const bool matrix = slot.isMatrix();
        layouts.push_back({.slot = std::move(slot),
                           .dtype = matrix ? DType::I8 : DType::F32,
                           .numGroups = !matrix       ? 0
                                        : rowParallel ? 8
                                                      : 1});
    }
    return layouts;
}

class MemoryPlanTest : public testing::Test {
  protected:
    MemoryPlan grok1On(std::uint64_t availableBytes,
                       int contextTokens = kDefaultContextTokens,
                       DType cacheType = DType::F32) {
        return planMemory({.config = grok1_,
                           .layouts = layouts_,
                           .embeddingTypes = {DType::F32, DType::BF16, DType::Q8_0},
                           .device = {.name = "CPU", .availableBytes = availableBytes},
                           .cacheType = cacheType,
                           .contextTokens = contextTokens});
    }
    const ModelConfig grok1_{};  // braces for clang, which asks for them of a const member
    const std::vector<TensorLayout> layouts_ = checkpointOf(grok1_);
};

TEST_F(MemoryPlanTest, TakesEverythingExactlyWhereThereIsRoom) {
    const MemoryPlan plan = grok1On(512 * kGB);
    EXPECT_TRUE(plan.fits);
    EXPECT_EQ(plan.embeddingType, DType::F32);
    EXPECT_EQ(plan.contextTokens, 8192);
    ASSERT_EQ(plan.devices.size(), 1U);
    EXPECT_EQ(plan.devices[0].weightBytes, kInt8Bytes + kScaleBytes + kF32Bytes);
    EXPECT_EQ(plan.devices[0].cacheBytes, 8192 * kCache);
    EXPECT_EQ(plan.devices[0].reserveBytes, kWork);
    // 512 tokens, of which each goes through two experts 32768 wide: 256 MiB, and the rest.
    EXPECT_GT(kWork, (64 + 256) * kMiB);
    EXPECT_LT(kWork, 640 * kMiB);
    EXPECT_NEAR(static_cast<double>(plan.weightBytesPerToken), 86.2e9, 0.05e9);
}

TEST_F(MemoryPlanTest, KeepsTheEmbeddingSmallerBeforeItCutsTheContext) {
    const std::uint64_t exact = kInt8Bytes + kScaleBytes + kF32Bytes + 8192 * kCache + kWork;
    EXPECT_EQ(grok1On(exact).embeddingType, DType::F32);
    const MemoryPlan bf16 = grok1On(exact - 1);
    EXPECT_EQ(bf16.embeddingType, DType::BF16);
    EXPECT_EQ(bf16.contextTokens, 8192);
    EXPECT_EQ(memoryBytes(layoutsIn(bf16, layouts_)), bf16.devices[0].weightBytes);
    EXPECT_NE(memoryBytes(layouts_), bf16.devices[0].weightBytes);
    EXPECT_THAT(bf16.reasons, Contains(HasSubstr("bf16 instead of f32")));
    EXPECT_NEAR(static_cast<double>(bf16.weightBytesPerToken), 84.6e9, 0.05e9);
    const MemoryPlan q8 = grok1On(exact - 2 * kEmbedding - 1);
    EXPECT_EQ(q8.embeddingType, DType::Q8_0);
    EXPECT_EQ(q8.contextTokens, 8192);
    const std::uint64_t saved = kEmbedding * 4 - kEmbedding / 32 * 34;
    EXPECT_EQ(grok1On(exact - saved).contextTokens, 8192);
    EXPECT_LT(grok1On(exact - saved - 1).contextTokens, 8192);
}

TEST_F(MemoryPlanTest, CutsTheContextToWhatIsLeft) {
    const std::uint64_t smallest =
        kInt8Bytes + kScaleBytes + kF32Bytes - (kEmbedding * 4 - kEmbedding / 32 * 34) + kWork;
    const MemoryPlan plan = grok1On(smallest + 1000 * kCache);
    EXPECT_TRUE(plan.fits);
    EXPECT_EQ(plan.contextTokens, 768);
    EXPECT_EQ(plan.embeddingType, DType::Q8_0);
    EXPECT_THAT(plan.reasons, Contains(HasSubstr("768 tokens instead of 8192")));
    EXPECT_TRUE(grok1On(smallest + 256 * kCache).fits);
    EXPECT_FALSE(grok1On(smallest + 256 * kCache - 1).fits);
    // A conversation that wants less than the shortest is content with less.
    EXPECT_EQ(grok1On(smallest + 100 * kCache, 100).contextTokens, 100);
}

TEST_F(MemoryPlanTest, SaysWhatWouldFitWhereItDoesNot) {
    const MemoryPlan plan = grok1On(256 * kGB);
    EXPECT_FALSE(plan.fits);
    EXPECT_EQ(plan.embeddingType, DType::F32);
    EXPECT_THAT(plan.reasons.back(), HasSubstr("converted to q4_k it would fit"));
    EXPECT_THAT(grok1On(24 * kGB).reasons.back(), HasSubstr("a machine with more memory"));
    EXPECT_THAT(grok1On(0).reasons.back(), HasSubstr("a machine with more memory"));
}

TEST_F(MemoryPlanTest, GivesBranchesPutAsideAQuarterOfWhatIsLeft) {
    const std::uint64_t needed = kInt8Bytes + kScaleBytes + kF32Bytes + 8192 * kCache + kWork;
    EXPECT_EQ(grok1On(needed).devices[0].branchBytes, 0U);
    EXPECT_EQ(grok1On(needed + 4 * kGB).devices[0].branchBytes, kGB);
    // Four contexts are enough for anybody.
    EXPECT_EQ(grok1On(needed + 900 * kGB).devices[0].branchBytes, 4 * 8192 * kCache);
    EXPECT_EQ(grok1On(needed + 900 * kGB, 100).devices[0].branchBytes, 4 * 100 * kCache);
    EXPECT_THAT(grok1On(needed + 4 * kGB).reasons.front(), HasSubstr("for branches put aside"));
    // Contexts of what the cache keeps.
    for (const auto& [type, bytes] :
         std::map<DType, std::uint64_t>{{DType::F16, 8192 * kCache / 2},
                                        {DType::BF16, 8192 * kCache / 2},
                                        {DType::I8, 8192 * kCache / 128 * 33}}) {
        const auto share = grok1On(needed + 900 * kGB, 8192, type).devices[0];
        EXPECT_EQ(share.cacheBytes, bytes) << name(type);
        EXPECT_EQ(share.branchBytes, 4 * bytes) << name(type);
    }
    // It costs no token of context, and what does not fit has none.
    EXPECT_EQ(grok1On(needed - 1).contextTokens, 8192);
    EXPECT_EQ(grok1On(24 * kGB).devices[0].branchBytes, 0U);
}

TEST_F(MemoryPlanTest, OnAGpuBranchesAreInTheMachinesOwnMemory) {
    const DeviceInfo gpu{.name = "a GPU", .availableBytes = 512 * kGB};
    const DeviceInfo host{.name = "CPU", .availableBytes = 64 * kGB};
    const PlanRequest request{.config = grok1_,
                              .layouts = layouts_,
                              .embeddingTypes = {DType::F32},
                              .device = gpu,
                              .host = host};
    const MemoryPlan plan = planMemory(request);
    EXPECT_TRUE(plan.fits);
    ASSERT_EQ(plan.devices.size(), 2U);
    EXPECT_EQ(plan.devices[0].device, "a GPU");
    EXPECT_EQ(plan.devices[0].branchBytes, 0U);
    EXPECT_EQ(plan.devices[1].device, "CPU");
    EXPECT_EQ(plan.devices[1].weightBytes, 0U);
    // A layer of Grok-1 in int8, with its scales and the matrices that are f32.
    const std::uint64_t loading = plan.devices[1].reserveBytes;
    EXPECT_GT(loading, 3 * 4 * kGB);
    EXPECT_LT(loading, 4 * 5 * kGB);
    EXPECT_EQ(plan.devices[1].branchBytes, (64 * kGB - loading) / 4);
    EXPECT_THAT(plan.reasons, testing::Not(Contains(HasSubstr("no GPU"))));
    EXPECT_THAT(plan.reasons.front(), testing::Not(HasSubstr("branches")));
    EXPECT_THAT(plan.reasons, Contains(HasSubstr("while it loads, up to")));
    EXPECT_THAT(plan.reasons, Contains(HasSubstr("branches put aside there")));
    // The way to the GPU leads through the machine's memory.
    PlanRequest narrow = request;
    narrow.host = DeviceInfo{.name = "CPU", .availableBytes = loading - 1};
    EXPECT_FALSE(planMemory(narrow).fits);
    EXPECT_EQ(planMemory(narrow).devices[1].branchBytes, 0U);
    narrow.host->availableBytes = loading;
    EXPECT_TRUE(planMemory(narrow).fits);
}

TEST_F(MemoryPlanTest, NeverPlansMoreThanThereIs) {
    for (std::uint64_t gb = 300; gb < 340; ++gb)
        for (const int context : {1, 100, 4096, 8192, 1'000'000}) {
            const MemoryPlan plan = grok1On(gb * kGB, context);
            if (!plan.fits) continue;
            EXPECT_LE(plan.devices[0].neededBytes(), gb * kGB);
            EXPECT_LE(plan.contextTokens, std::min(context, 8192));
            EXPECT_GE(plan.contextTokens, std::min(context, 256));
        }
}

TEST(PlanAndPrepareTest, AppliesThePlanOrSaysWhatIsMissing) {
    const auto tiny = openModel((test::dataDir() / "tiny-a").string());
    const MemoryPlan plan = planAndPrepare(*tiny);
    EXPECT_TRUE(plan.fits);
    EXPECT_EQ(plan.contextTokens, 256);  // the model's own
    EXPECT_EQ(tiny->layouts().front().dtype, plan.embeddingType);
    const auto grok1 = openModel("synthetic:grok-1,layers=4096,dtype=f32");  // 80 TB
    try {
        (void)planAndPrepare(*grok1);
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::NoMemory);
        EXPECT_THAT(error.what(), HasSubstr("does not fit"));
        EXPECT_THAT(error.what(), HasSubstr("bytes) are free"));
    }
}

}  // namespace
}  // namespace gatescope

#include "engine/plan/rig_plan.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "engine/error.h"
#include "engine/model/open_model.h"
#include "engine/plan/placement_search.h"
#include "engine/plan/rig_plan_text.h"
#include "tests/support/test_paths.h"
#include "tests/unit/engine/plan/rig_table.h"

namespace gatescope {
namespace {

using test::DescribedRig;
using test::describedRigs;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

/// A model that plans are made for.
struct Sizes {
    std::string name;
    ModelConfig config;
    std::vector<TensorLayout> layouts;
    std::vector<DType> embeddingTypes;
};

Sizes grok1As(DType type) {
    const auto source = openModel("synthetic:grok-1");
    return {std::string("grok-1 ") + std::string(name(type)),
            source->config(),
            storedAs(type, source->layouts()).value(),
            {}};
}

/// xAI's own checkpoint, whose embedding may be kept smaller.
Sizes grok1Int8() {
    const auto source = openModel("synthetic:grok-1");
    return {
        "grok-1 int8", source->config(), source->layouts(), {DType::F32, DType::BF16, DType::Q8_0}};
}

Sizes demo() {
    const auto source =
        openModel(test::dataDir().parent_path().parent_path() / "resources" / "demo" / "model");
    return {"demo", source->config(), source->layouts(), source->embeddingTypes()};
}

std::vector<Sizes> allSizes() {
    return {grok1As(DType::BF16), grok1Int8(), grok1As(DType::Q4_0), demo()};
}

const Rig& rigNamed(const std::string& name) {
    static const std::vector<DescribedRig> rigs = describedRigs();
    const auto found = std::ranges::find(rigs, name, &DescribedRig::name);
    if (found == rigs.end()) throw std::runtime_error("no rig " + name);
    return found->rig;
}

RigPlanRequest requestFor(const Sizes& sizes, const Rig& rig) {
    return {.config = sizes.config,
            .layouts = sizes.layouts,
            .embeddingTypes = sizes.embeddingTypes,
            .rig = rig};
}

RigPlan planFor(const Sizes& sizes, const Rig& rig) {
    return planRig(requestFor(sizes, rig));
}

// ---------------------------------------------------------------- the pictures

class RigPictureTest : public testing::TestWithParam<DescribedRig> {};

/// GATESCOPE_WRITE_PLANS=1 writes the pictures anew: read the difference before it is committed.
TEST_P(RigPictureTest, IsThePlanThatWasReviewed) {
    const auto file = test::dataDir() / "rig-plans" / (GetParam().name + ".txt");
    std::string pictures;
    for (const Sizes& sizes : allSizes())
        pictures += fmt::format(
            "---- {}\n{}\n", sizes.name, planPicture(planFor(sizes, GetParam().rig), sizes.config));
    if (std::getenv("GATESCOPE_WRITE_PLANS") != nullptr) std::ofstream(file) << pictures;
    std::ifstream in(file);
    std::stringstream reviewed;
    reviewed << in.rdbuf();
    EXPECT_EQ(pictures, reviewed.str()) << file;
    for (std::string line; std::getline(reviewed, line);) EXPECT_LE(line.size(), 100U) << line;
}

INSTANTIATE_TEST_SUITE_P(Rigs,
                         RigPictureTest,
                         testing::ValuesIn(describedRigs()),
                         [](const auto& rig) {
                             std::string name = rig.param.name;
                             for (char& c : name)
                                 if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
                             return name;
                         });

// ---------------------------------------------------------------- by hand

// Grok-1's bytes, from the parameters in shared/grok-model.md 7. Of q8_0 (34 bytes for 32) and q4_0
// (18 for 32), with routers (49152) and four norms (24576) a layer in f32:
//   attention 88080384, an expert 603979776, embedding 805306368 parameters
constexpr double kQ8 = 34.0 / 32;
constexpr double kQ4 = 18.0 / 32;
constexpr double kAttention = 64 * 88080384.0;
constexpr double kExpert = 603979776.0;
constexpr double kEmbedding = 805306368.0;
constexpr double kSmall = (64 * (49152 + 24576) + 6144) * 4.0;

double readByToken(double bytesPerParameter) {
    return (kAttention + 64 * 2 * kExpert + kEmbedding) * bytesPerParameter + kSmall;
}

TEST(RigPlanArithmeticTest, IsTheTableOfEightGpus) {
    // W / (0.85 BW) + 128 t_ar + 512 x 1.3 us, t_ar 5 us.
    EXPECT_NEAR(readByToken(kQ8) / 1e9, 89.0, 0.1);
    EXPECT_NEAR(readByToken(kQ4) / 1e9, 47.1, 0.1);
    const auto rate = [](DType type, const char* rig) {
        return planFor(grok1As(type), rigNamed(rig)).tokensPerS();
    };
    EXPECT_NEAR(rate(DType::BF16, "8xH100"), 116, 0.02 * 116);
    EXPECT_NEAR(rate(DType::Q8_0, "8xH100"), 192, 0.02 * 192);
    EXPECT_NEAR(rate(DType::Q4_0, "8xH100"), 297, 0.02 * 297);
    EXPECT_NEAR(rate(DType::BF16, "8xH200"), 155, 0.02 * 155);
    EXPECT_NEAR(rate(DType::Q8_0, "8xH200"), 248, 0.02 * 248);
    EXPECT_NEAR(rate(DType::Q4_0, "8xH200"), 364, 0.02 * 364);
    // 89.0 GB / (0.85 x 26.8 TB/s) = 3.91 ms, 128 x 5 us = 0.64 ms, 512 x 1.3 us = 0.67 ms.
    const RigPlan plan = planFor(grok1As(DType::Q8_0), rigNamed("8xH100"));
    EXPECT_NEAR(plan.time.read, readByToken(kQ8) / (0.85 * 8 * 3350e9), 0.01e-3);
    EXPECT_NEAR(plan.time.allReduce, 0.64e-3, 1e-9);
    EXPECT_NEAR(plan.time.launches, 0.6656e-3, 1e-9);
    EXPECT_EQ(plan.time.host + plan.time.copies + plan.time.disk, 0);
    // With 8192 tokens behind it, 256 KiB of keys and values a token: 2.15 GB more.
    EXPECT_NEAR(plan.timeWhenFull.read - plan.time.read, 8192 * 262144.0 / (0.85 * 26.8e12), 1e-6);
}

TEST(RigPlanArithmeticTest, FillsFourCardsOfEightyGigabytes) {
    // 318.24 GB (f32 embedding) / 4 = 79.6, keys and values 2.15 / 4 = 0.54: it fits into 85.
    // 86.22 GB a token / (0.85 x 4 x 2039 GB/s) = 12.44 ms, and 0.64 + 0.67.
    const RigPlan plan = planFor(grok1Int8(), rigNamed("4xA100-80"));
    EXPECT_EQ(plan.embeddingType, DType::F32);
    EXPECT_NEAR(static_cast<double>(plan.shares[0].weightBytes), 79.57e9, 0.02e9);
    EXPECT_NEAR(plan.tokensPerS(), 1e3 / (12.44 + 0.64 + 0.67), 0.1);
    EXPECT_EQ(plan.shape, "tensor parallel over 4 devices");
}

TEST(RigPlanArithmeticTest, ReadsFromTwelveChannels) {
    // 89.0 GB / (0.8 x 400 GB/s) = 278 ms, 64 x 15 us = 1 ms.
    EXPECT_NEAR(planFor(grok1As(DType::Q8_0), rigNamed("cpu-64-cores+512GB")).tokensPerS(),
                1e3 / (278.2 + 0.96),
                0.01);
    // Four cores stream 100 of 300 GB/s: 89.0 / (0.8 x 100) = 1113 ms.
    EXPECT_NEAR(planFor(grok1As(DType::Q8_0), rigNamed("cpu-4-cores+1TB")).tokensPerS(),
                1e3 / (1112.6 + 0.96),
                0.001);
}

TEST(RigPlanArithmeticTest, KeepsExpertsInHostMemoryBesideOneCard) {
    // 85 GB - 0.92 (context 0.54, program 0.07, work) = 84.1. Attention 3.17, embedding 0.45, norms
    // and routers 0.02, keys and values 2.15: 78.3 for experts of 339.7 MB, 230 of them: 38 layers
    // have 4, 26 layers 3. One takes 0.119 ms on the card (0.85 x 3350 GB/s), 1.062 ms on the CPU
    // (0.8 x 400 GB/s), and 0.03 ms to hand over. With 4 of 8 there, two, one, none of a token's
    // are with chances 6, 16, 6 of 28: 6 x 0.239 + 16 x 1.092 + 6 x 2.153 = 31.82, / 28 = 1.136 ms.
    // With 3: 3, 15, 10: (3 x 0.239 + 15 x 1.092 + 10 x 2.153) / 28 = 1.380 ms.
    // 38 x 1.136 + 26 x 1.380 = 79.05; the rest reads 3.64 GB: 1.28 ms; launches 0.67.
    const RigPlan plan = planFor(grok1As(DType::Q4_0), rigNamed("1xH100+512GB"));
    EXPECT_EQ(plan.shares[0].numExperts, 230);
    EXPECT_EQ(plan.shares[1].numExperts, 512 - 230);
    EXPECT_NEAR(plan.time.total() * 1e3, 79.05 + 1.28 + 0.67, 0.05);
    EXPECT_THAT(plan.reasons, Contains(HasSubstr("the CPU computes where they lie")));
}

TEST(RigPlanArithmeticTest, CopiesExpertsWhereOneCoreWouldComputeThem) {
    // One core streams 25 GB/s, of which 0.8: 31 ms for 620 MB; PCIe carries 53 GB/s: 11.6 ms.
    const RigPlan plan = planFor(grok1Int8(), rigNamed("1xH100+1core+512GB"));
    EXPECT_THAT(plan.reasons, Contains(HasSubstr("are copied to the device")));
    EXPECT_GT(plan.time.copies, 0.9 * plan.time.total());
    EXPECT_EQ(plan.time.host, 0);
}

TEST(RigPlanArithmeticTest, PutsTwoQuadsInARow) {
    // No eight reach each other by NVLink: four share a layer, one quad after the other.
    // 47.1 GB / (0.85 x 4 x 1008 GB/s) = 13.75 ms, 128 x 35 us = 4.48, 0.67, one hop of 35 us.
    const RigPlan plan = planFor(grok1As(DType::Q4_0), rigNamed("8x4090-no-p2p"));
    EXPECT_NEAR(plan.time.total() * 1e3, 13.75 + 4.48 + 0.67 + 0.035, 0.02);
    EXPECT_THAT(plan.reasons, Contains(HasSubstr("no eight of these devices")));
}

TEST(RigPlanArithmeticTest, ReadsFromDiskWhatNoMemoryHolds) {
    // 58 GB - 0.64 (work) - 3.64 (attention, embedding, norms) - 2.15 (keys and values) = 51.6: 151
    // experts of 339.7 MB. Of 128 that a token wants, 361 of 512 are on disk: 90.2 x 0.3397 GB at
    // 6 GB/s = 5.11 s; 47.1 GB at 0.8 x 100 GB/s = 0.59 s.
    const RigPlan plan = planFor(grok1As(DType::Q4_0), rigNamed("laptop-64GB"));
    EXPECT_EQ(plan.diskExperts, 361);
    EXPECT_NEAR(plan.time.disk, 5.11, 0.01);
    EXPECT_NEAR(plan.time.host, 0.59, 0.01);
    EXPECT_THAT(plan.reasons, Contains(HasSubstr("not for a conversation")));
}

TEST(RigPlanArithmeticTest, FillsUnequalCardsByTheirMemory) {
    // bf16: an expert is 1.208 GB. 84.1 - its part of attention: whatever the split, no card is
    // over, and all of 512 experts are somewhere.
    const RigPlan plan = planFor(grok1As(DType::BF16), rigNamed("3-unequal"));
    int experts = plan.diskExperts;
    for (const RigShare& share : plan.shares) experts += share.numExperts;
    EXPECT_EQ(experts, 512);
    // 84.08 / 1.208 + 41.08 / 1.208 + 24.28 / 1.208 = 123 at most; attention 11.3, embedding 1.6,
    // keys and values 2.1 GB take 12 to 15 of them.
    EXPECT_NEAR(plan.shares[0].numExperts + plan.shares[1].numExperts + plan.shares[2].numExperts,
                123 - 13,
                3);
}

TEST(RigPlanArithmeticTest, TakesOneDeviceForAModelOfAFewMegabytes) {
    // The demo model: launches alone, 8 x 1.3 us a layer, are less than the CPU's 15 us a layer,
    // and one card is enough: all-reduces would cost more than they bring.
    const RigPlan plan = planFor(demo(), rigNamed("8xH100"));
    EXPECT_EQ(plan.shape, "one device");
    EXPECT_EQ(plan.time.allReduce, 0);
    EXPECT_THAT(plan.reasons, Contains(HasSubstr("7 of 8 devices are not used")));
}

// ---------------------------------------------------------------- what always holds

std::uint64_t sum(const RigPlan& plan, std::uint64_t RigShare::*part) {
    std::uint64_t bytes = 0;
    for (const RigShare& share : plan.shares) bytes += share.*part;
    return bytes;
}

TEST(RigPlanPropertyTest, PlacesEveryByteOnceAndFillsNoDeviceBeyondItsMemory) {
    for (const Sizes& sizes : allSizes())
        for (const auto& [name, rig] : describedRigs()) {
            SCOPED_TRACE(name + ", " + sizes.name);
            const RigPlan plan = planFor(sizes, rig);
            if (!plan.fits) {
                EXPECT_EQ(plan.tokensPerS(), 0);
                EXPECT_FALSE(plan.reasons.empty());
                continue;
            }
            auto layouts = sizes.layouts;
            for (TensorLayout& tensor : layouts)
                if (tensor.slot.role == TensorRole::Embedding) tensor.dtype = plan.embeddingType;
            EXPECT_EQ(sum(plan, &RigShare::weightBytes) + plan.diskBytes, memoryBytes(layouts));
            EXPECT_EQ(plan.modelBytes, memoryBytes(layouts));
            int experts = plan.diskExperts;
            int vocabularies = 0;
            int nextLayer = 0;
            for (const RigShare& share : plan.shares) {
                EXPECT_LE(share.neededBytes(), share.freeBytes) << share.name;
                if (share.rank != 0) continue;
                experts += share.numExperts;
                vocabularies += share.vocabulary ? 1 : 0;
                if (share.numLayers == 0) continue;
                EXPECT_EQ(share.firstLayer, nextLayer);
                nextLayer += share.numLayers;
            }
            EXPECT_EQ(nextLayer, sizes.config.numLayers);
            EXPECT_EQ(experts, sizes.config.numLayers * sizes.config.numExperts);
            EXPECT_EQ(vocabularies, 1);
            EXPECT_GT(plan.tokensPerS(), 0);
            EXPECT_GE(plan.tokensPerS(), plan.tokensPerSWhenFull());
        }
}

double fastest(const ModelBytes& model, const Rig& rig) {
    const std::uint64_t reserve = 1'000'000'000;
    const auto found = searchPlacements(
        {.model = model,
         .rig = rig,
         .ranks = {1, 2, 4, 8},
         .numDevices = static_cast<int>(rig.devices.size()),
         .deviceReserve = reserve,
         .hostCapacity = rig.host.freeBytes - std::min(rig.host.freeBytes, reserve)});
    return found.empty() ? 0 : 1 / found.front().time.total();
}

TEST(RigPlanPropertyTest, IsNeverSlowerWithMoreMemoryOrBandwidth) {
    const auto more = [](double factor) {
        return std::vector<std::function<void(Rig&)>>{
            [=](Rig& r) {
                for (RigDevice& d : r.devices)
                    d.freeBytes =
                        static_cast<std::uint64_t>(static_cast<double>(d.freeBytes) * factor);
            },
            [=](Rig& r) {
                if (!r.devices.empty())
                    r.devices[0].freeBytes = static_cast<std::uint64_t>(
                        static_cast<double>(r.devices[0].freeBytes) * factor);
            },
            [=](Rig& r) {
                if (!r.devices.empty()) r.devices.back().readBytesPerS *= factor;
            },
            [=](Rig& r) {
                for (RigDevice& d : r.devices) d.readBytesPerS *= factor;
            },
            [=](Rig& r) {
                for (RigDevice& d : r.devices) d.copyBytesPerS *= factor;
            },
            [=](Rig& r) {
                for (RigLink& link : r.links) link.allReduceSeconds /= factor;
            },
            [=](Rig& r) {
                r.host.freeBytes =
                    static_cast<std::uint64_t>(static_cast<double>(r.host.freeBytes) * factor);
            },
            [=](Rig& r) { r.host.readBytesPerS *= factor; },
            [=](Rig& r) { r.diskBytesPerS *= factor; }};
    };
    for (const DType type : {DType::Q8_0, DType::Q4_0}) {
        const Sizes sizes = grok1As(type);
        const ModelBytes model = modelBytesOf(sizes.config, sizes.layouts, DType::BF16, 8192);
        for (const auto& [name, rig] : describedRigs()) {
            if (rig.devices.size() > 8) continue;  // half a second each
            const double before = fastest(model, rig);
            for (const double factor : {1.03, 1.7}) {
                int which = 0;
                for (const auto& improve : more(factor)) {
                    Rig better = rig;
                    improve(better);
                    EXPECT_GE(fastest(model, better), before * (1 - 1e-9))
                        << name << ", " << sizes.name << ", change " << which << ", x " << factor;
                    ++which;
                }
            }
        }
    }
}

/// The same machine, its devices counted from the other end.
Rig reversed(Rig rig) {
    const int last = static_cast<int>(rig.devices.size()) - 1;
    std::ranges::reverse(rig.devices);
    for (RigLink& link : rig.links) {
        for (int& device : link.devices) device = last - device;
        std::ranges::sort(link.devices);
    }
    std::ranges::reverse(rig.links);
    return rig;
}

TEST(RigPlanPropertyTest, IsTheSameEveryTimeAndInWhateverOrderDevicesStand) {
    const Sizes sizes = grok1As(DType::Q4_0);
    for (const auto& [name, rig] : describedRigs()) {
        const std::string picture = planPicture(planFor(sizes, rig), sizes.config);
        EXPECT_EQ(planPicture(planFor(sizes, rig), sizes.config), picture) << name;
        EXPECT_EQ(planPicture(planFor(sizes, reversed(rig)), sizes.config), picture) << name;
    }
}

// ---------------------------------------------------------------- what can be asked for

TEST(RigPlanRequestTest, PinsTheRanks) {
    const Sizes sizes = grok1As(DType::Q4_0);
    const Rig& rig = rigNamed("8xH100");
    auto request = requestFor(sizes, rig);
    request.ranks = 4;
    EXPECT_EQ(planRig(request).shape, "tensor parallel over 4 devices");
    request.ranks = 1;
    const RigPlan single = planRig(request);
    EXPECT_EQ(single.shape, "layers split over 3 x 1 devices");  // 178 GB in cards of 85
    EXPECT_EQ(single.time.allReduce, 0);
    request.ranks = 3;
    EXPECT_THROW((void)planRig(request), Error);
    const Rig& two = rigNamed("2xB200");
    auto tooMany = requestFor(sizes, two);
    tooMany.ranks = 4;
    EXPECT_THROW((void)planRig(tooMany), Error);
}

TEST(RigPlanRequestTest, UsesNoMoreDevicesAndHostMemoryThanAsked) {
    const Sizes sizes = grok1As(DType::Q4_0);
    const Rig& rig = rigNamed("8xH100");
    auto request = requestFor(sizes, rig);
    request.numDevices = 4;
    EXPECT_EQ(planRig(request).shape, "tensor parallel over 4 devices");
    request.numDevices = 0;
    EXPECT_EQ(planRig(request).shape, "the CPU alone");
    request.hostBytes = 100'000'000'000;
    const RigPlan little = planRig(request);
    EXPECT_EQ(little.shape, "the CPU alone, experts on disk");
    EXPECT_LE(little.shares.back().neededBytes(), 100'000'000'000U);
}

TEST(RigPlanRequestTest, ShortensTheContextWhereItMust) {
    const Sizes sizes = grok1As(DType::Q4_0);
    // 3.64 GB of weights that must be in memory, 0.63 for work, and 256 KiB a token.
    const Rig rig{.host = test::host(5.0, 8, 1, 50), .diskBytesPerS = 1e9};
    const RigPlan plan = planFor(sizes, rig);
    EXPECT_TRUE(plan.fits);
    EXPECT_EQ(plan.contextTokens, 2048);
    EXPECT_THAT(plan.reasons, Contains(HasSubstr("2048 tokens instead of 8192")));
    auto request = requestFor(sizes, rig);
    request.contextTokens = 0;
    EXPECT_THROW((void)planRig(request), Error);
}

TEST(RigPlanRequestTest, KeepsTheEmbeddingSmallerOnlyWhereThatPutsEverythingInPlace) {
    const Sizes sizes = grok1Int8();
    Rig rig = rigNamed("4xA100-80");
    EXPECT_EQ(planFor(sizes, rig).embeddingType, DType::F32);
    // 79.57 + 0.54 + 0.92 GB are needed with f32; bf16 saves 0.40 of them on each.
    for (RigDevice& device : rig.devices) device.freeBytes = 80'900'000'000;
    const RigPlan plan = planFor(sizes, rig);
    EXPECT_EQ(plan.embeddingType, DType::BF16);
    EXPECT_EQ(plan.shape, "tensor parallel over 4 devices");
    EXPECT_THAT(plan.reasons, Contains(HasSubstr("kept as bf16 instead of f32")));
}

TEST(RigPlanRequestTest, CutsOnlyWhereHeadsBlocksAndScaleGroupsDivide) {
    const Sizes grok1 = grok1Int8();
    EXPECT_THAT(possibleRanks(grok1.config, grok1.layouts), ElementsAre(1, 2, 4, 8));
    auto layouts = grok1.layouts;
    for (TensorLayout& tensor : layouts)
        if (tensor.slot.role == TensorRole::ExpertDown) tensor.numGroups = 4;
    EXPECT_THAT(possibleRanks(grok1.config, layouts), ElementsAre(1, 2, 4));
    ModelConfig twoHeads = grok1.config;
    twoHeads.numKvHeads = 2;
    EXPECT_THAT(possibleRanks(twoHeads, grok1.layouts), ElementsAre(1, 2));
    // 768 rows of attention output a rank are three blocks of 256; 6144 / 16 would be one and a
    // half.
    EXPECT_THAT(possibleRanks(grok1.config, storedAs(DType::Q4_K, grok1.layouts).value()),
                ElementsAre(1, 2, 4, 8));
    layouts = storedAs(DType::Q4_K, grok1.layouts).value();
    for (TensorLayout& tensor : layouts)
        if (tensor.slot.role == TensorRole::ExpertDown) tensor.slot.shape[1] = 256 * 3;
    EXPECT_THAT(possibleRanks(grok1.config, layouts), ElementsAre(1));
}

TEST(RigPlanRequestTest, SaysWhatOtherTypesWouldBring) {
    const RigPlan plan = planFor(grok1As(DType::Q8_0), rigNamed("4xH100"));
    ASSERT_EQ(plan.otherTypes.size(), 2U);
    EXPECT_EQ(plan.otherTypes[0].type, DType::BF16);
    EXPECT_EQ(plan.otherTypes[0].weightBytes, memoryBytes(grok1As(DType::BF16).layouts));
    EXPECT_EQ(plan.otherTypes[1].type, DType::Q4_0);
    EXPECT_DOUBLE_EQ(plan.otherTypes[1].tokensPerS,
                     planFor(grok1As(DType::Q4_0), rigNamed("4xH100")).tokensPerS());
}

TEST(RigPlanRequestTest, PlansLayersOfDifferentTypes) {
    // As mixes of K-quants are: every other layer's experts in q6_k.
    Sizes sizes = grok1As(DType::Q4_K);
    for (TensorLayout& tensor : sizes.layouts)
        if (tensor.slot.layer % 2 == 1 && tensor.slot.role == TensorRole::ExpertDown)
            tensor.dtype = DType::Q6_K;
    for (const char* rig : {"8xH100", "1xH100+512GB", "3-unequal", "2x4090+256GB"}) {
        const RigPlan plan = planFor(sizes, rigNamed(rig));
        EXPECT_TRUE(plan.fits) << rig;
        EXPECT_EQ(sum(plan, &RigShare::weightBytes) + plan.diskBytes, memoryBytes(sizes.layouts))
            << rig;
        for (const RigShare& share : plan.shares)
            EXPECT_LE(share.neededBytes(), share.freeBytes) << rig;
    }
}

}  // namespace
}  // namespace gatescope

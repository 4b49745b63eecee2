#include "engine/plan/nvml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "engine/plan/this_machine.h"

namespace gatescope {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kH100 = "NVIDIA H100 80GB HBM3|84000|5120|2619|5|16|18|4\n";
constexpr const char* k4090 = "NVIDIA GeForce RTX 4090|25000|384|10501|4|16|0|0\n";

/// Describes what GATESCOPE_DESCRIBED_NVML, the double, then tells.
class NvmlTest : public testing::Test {
  protected:
    static void describe(const std::string& cards, const char* p2p) {
        setenv("GATESCOPE_DESCRIBED_CARDS", cards.c_str(), 1);
        setenv("GATESCOPE_DESCRIBED_P2P", p2p, 1);
    }
    static DescribedGpus gpus(const std::string& cards, const char* p2p) {
        describe(cards, p2p);
        const auto library = NvmlLibrary::load(GATESCOPE_DESCRIBED_NVML);
        if (!library) throw std::runtime_error("the double cannot be loaded");
        return describeGpus(library->functions());
    }
    static std::string times(int count, const std::string& card) {
        std::string cards;
        for (int i = 0; i < count; ++i) cards += card;
        return cards;
    }
};

TEST_F(NvmlTest, DescribesEightCardsBehindASwitchAsOneLink) {
    const DescribedGpus found = gpus(times(8, kH100), "nvlink");
    ASSERT_EQ(found.devices.size(), 8U);
    EXPECT_EQ(found.devices[0].name, "NVIDIA H100 80GB HBM3");
    EXPECT_EQ(found.devices[0].freeBytes, 84'000'000'000U);
    // 5120 bits are 640 bytes, twice a clock of 2619 MHz.
    EXPECT_DOUBLE_EQ(found.devices[0].readBytesPerS, 2 * 640 * 2619e6);
    // 16 lanes of 3.938 GB/s, of which copies reach 85 %.
    EXPECT_NEAR(found.devices[0].copyBytesPerS, 53.56e9, 0.01e9);
    ASSERT_EQ(found.links.size(), 1U);
    EXPECT_THAT(found.links[0].devices, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
    EXPECT_EQ(found.links[0].kind, LinkKind::NvLink);
    EXPECT_DOUBLE_EQ(found.links[0].bytesPerS, 450e9);  // 18 links of 25 GB/s
    EXPECT_DOUBLE_EQ(found.links[0].allReduceSeconds, 5e-6);
    EXPECT_THAT(found.remarks, Contains(HasSubstr("not measured")));
}

TEST_F(NvmlTest, KnowsCardsThatReachEachOtherOverPcieOrNotAtAll) {
    const DescribedGpus pcie = gpus(times(2, k4090), "pcie");
    ASSERT_EQ(pcie.links.size(), 1U);
    EXPECT_EQ(pcie.links[0].kind, LinkKind::Pcie);
    EXPECT_DOUBLE_EQ(pcie.links[0].bytesPerS, pcie.devices[0].copyBytesPerS);
    EXPECT_NEAR(pcie.devices[0].readBytesPerS, 1008e9, 1e9);
    const DescribedGpus none = gpus(times(2, k4090), "none");
    EXPECT_EQ(none.devices.size(), 2U);
    EXPECT_THAT(none.links, IsEmpty());
}

TEST_F(NvmlTest, TellsQuadsApart) {
    Rig rig;
    DescribedGpus found = gpus(times(8, kH100), "quads");
    rig.devices = found.devices;
    rig.links = found.links;
    EXPECT_EQ(linkBetween(rig, 0, 3).kind, LinkKind::NvLink);
    EXPECT_EQ(linkBetween(rig, 4, 7).kind, LinkKind::NvLink);
    EXPECT_EQ(linkBetween(rig, 3, 4).kind, LinkKind::None);
    EXPECT_EQ(rigFromText(rigText({.devices = rig.devices,
                                   .links = rig.links,
                                   .host = {.freeBytes = 1, .readBytesPerS = 1e9}}),
                          "rig")
                  .links,
              rig.links);
}

TEST_F(NvmlTest, LeavesOutWhatItCannotDescribeAndSaysSo) {
    const DescribedGpus found =
        gpus(std::string(kH100) + "Old|16000|0|900|3|16|0|0\n" + "Silent|0|4096|900|3|16|0|0\n" +
                 "Lanes|8000|256|7000|0|0|0|0\n",
             "none");
    ASSERT_EQ(found.devices.size(), 2U);
    EXPECT_EQ(found.devices[1].name, "Lanes");
    // Sixteen lanes of generation 3 are assumed.
    EXPECT_NEAR(found.devices[1].copyBytesPerS, 0.985e9 * 16 * 0.85, 1);
    EXPECT_THAT(found.remarks, Contains(HasSubstr("GPU 1 is left out")));
    EXPECT_THAT(found.remarks, Contains(HasSubstr("memory clock of Old")));
    EXPECT_THAT(found.remarks, Contains(HasSubstr("memory of Silent")));
    EXPECT_THAT(found.remarks, Contains(HasSubstr("PCIe link of Lanes is not known")));
}

TEST_F(NvmlTest, TakesAMachineWithoutDriverForOneWithoutGpus) {
    EXPECT_THAT(gpus(kH100, "no driver").devices, IsEmpty());
    EXPECT_EQ(NvmlLibrary::load("/nowhere/libnvidia-ml.so.1"), nullptr);
    // A library, but not this one.
    EXPECT_EQ(NvmlLibrary::load("libc.so.6"), nullptr);
    const DescribedMachine machine = describeMachine("/nowhere/libnvidia-ml.so.1", 20e9);
    EXPECT_THAT(machine.rig.devices, IsEmpty());
    EXPECT_GT(machine.rig.host.freeBytes, 0U);
    EXPECT_GE(machine.rig.host.cores, 1);
    EXPECT_DOUBLE_EQ(machine.rig.host.readBytesPerS, 20e9);
    EXPECT_EQ(rigFromText(rigText(machine.rig), "rig"), machine.rig);
}

TEST_F(NvmlTest, DescribesThisMachineWithItsCards) {
    describe(times(2, kH100), "nvlink");
    const DescribedMachine machine = describeMachine(GATESCOPE_DESCRIBED_NVML, std::nullopt);
    EXPECT_EQ(machine.rig.devices.size(), 2U);
    EXPECT_GT(machine.rig.host.readBytesPerS, 1e8);
    EXPECT_THAT(machine.remarks, Contains(HasSubstr("measured now")));
    EXPECT_EQ(rigFromText(rigText(machine.rig), "rig"), machine.rig);
}

TEST(PcieTest, CountsLanesOfEachGeneration) {
    EXPECT_NEAR(pcieBytesPerS(3, 16), 13.4e9, 0.1e9);
    EXPECT_NEAR(pcieBytesPerS(4, 8), 13.4e9, 0.1e9);
    EXPECT_EQ(pcieBytesPerS(0, 16), 0);
    EXPECT_GT(pcieBytesPerS(9, 16), pcieBytesPerS(5, 16));  // a generation to come
}

}  // namespace
}  // namespace gatescope

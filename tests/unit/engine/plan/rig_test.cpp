#include "engine/plan/rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/error.h"
#include "tests/unit/engine/plan/rig_table.h"

namespace gatescope {
namespace {

using testing::HasSubstr;

constexpr const char* kGood = R"({
  "devices": [
    {"name": "H100", "count": 2, "free_gb": 85, "read_gb_per_s": 3350, "copy_gb_per_s": 53},
    {"name": "RTX 4090", "free_gb": 25.2, "read_gb_per_s": 1008, "copy_gb_per_s": 26}
  ],
  "links": [{"kind": "nvlink", "devices": [1, 0], "gb_per_s": 450}],
  "host": {"free_gb": 500, "cores": 64, "read_gb_per_s": 400}
})";

std::string refusalOf(const std::string& text) {
    try {
        (void)rigFromText(text, "rig.json");
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        return error.what();
    }
    return "taken";
}

std::string with(const std::string& part, const std::string& instead) {
    std::string text = kGood;
    const auto at = text.find(part);
    if (at == std::string::npos) throw std::runtime_error(part + " is not there");
    return text.replace(at, part.size(), instead);
}

TEST(RigTest, ReadsWhatPeopleWrite) {
    const Rig rig = rigFromText(kGood, "rig.json");
    ASSERT_EQ(rig.devices.size(), 3U);
    EXPECT_EQ(rig.devices[0], rig.devices[1]);
    EXPECT_EQ(rig.devices[1].freeBytes, 85'000'000'000U);
    EXPECT_EQ(rig.devices[2].name, "RTX 4090");
    EXPECT_DOUBLE_EQ(rig.devices[2].readBytesPerS, 1008e9);
    EXPECT_EQ(rig.host.nodes, 1);
    EXPECT_EQ(rig.diskBytesPerS, 0);
    EXPECT_EQ(linkBetween(rig, 0, 1).kind, LinkKind::NvLink);
    EXPECT_DOUBLE_EQ(linkBetween(rig, 1, 0).allReduceSeconds, 5e-6);
    EXPECT_EQ(linkBetween(rig, 1, 2).kind, LinkKind::None);
}

TEST(RigTest, ReadsBackWhatItWrites) {
    for (const auto& [name, rig] : test::describedRigs())
        EXPECT_EQ(rigFromText(rigText(rig), name), rig) << name;
    Rig odd = rigFromText(kGood, "rig.json");
    odd.devices[0].freeBytes = 85'899'345'921;
    odd.host.freeBytes = 1;
    odd.host.readBytesPerS = 31'234'567'891;
    odd.links[0].allReduceSeconds = 7.123 / 1e6;
    EXPECT_EQ(rigFromText(rigText(odd), "odd"), odd);
}

TEST(RigTest, TakesTheFasterOfTwoLinks) {
    Rig rig{.devices = test::times(2, test::h100())};
    rig.links = {test::among(0, 2, LinkKind::Pcie, 53), test::among(0, 2, LinkKind::NvLink, 450)};
    EXPECT_EQ(linkBetween(rig, 0, 1).kind, LinkKind::NvLink);
}

TEST(RigTest, RefusesWithTheLineOrTheKey) {
    EXPECT_EQ(refusalOf(kGood), "taken");
    for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
             {"", "rig.json: line 1, column 1: not JSON"},
             {"{\n \"devices\": [,]}", "line 2, column 14: not JSON"},
             {"[]", "the document is [], expected an object"},
             {"{}", "\"devices\" is missing"},
             {"1e999", "not JSON"},
             {with("\"free_gb\": 85,", ""), "\"devices[0].free_gb\" is missing"},
             {with("85", "-1"), "\"devices[0].free_gb\" is -1, expected a number from 0"},
             {with("85", "\"a lot\""), "\"devices[0].free_gb\" is \"a lot\""},
             {with("3350", "0"), "\"devices[0].read_gb_per_s\" is 0"},
             {with("\"H100\"", "7"), "\"devices[0].name\" is 7, expected a text"},
             {with("\"count\": 2", "\"count\": 0"), "\"devices[0].count\" is 0, expected a whole"},
             {with("\"count\": 2", "\"count\": 1.5"), "\"devices[0].count\" is 1.5"},
             {with("\"count\": 2", "\"count\": 64"), "makes more than 64 devices"},
             {with("\"count\"", "\"number\""), "unknown key \"devices[0].number\"; there are name"},
             {with("[1, 0]", "[0, 3]"), "\"links[0].devices\" names device 3, there are 3"},
             {with("[1, 0]", "[0, 0]"), "expected two different devices"},
             {with("[1, 0]", "[0]"), "expected two different devices"},
             {with("[1, 0]", "[0, -1]"), "\"links[0].devices\" is -1"},
             {with("[1, 0]", "3"), "\"links[0].devices\" is 3, expected a list"},
             {with("\"nvlink\"", "\"string\""), "is \"string\", expected nvlink, pcie or host"},
             {with("64", "0"), "\"host.cores\" is 0, expected a whole number from 1"},
             {with("{\"free_gb\": 500", "{\"x\": 1, \"free_gb\": 500"), "unknown key \"host.x\""},
             {with("\"host\": {", "\"host\": [{"), "not JSON"},
             {std::string(kLargestRigFile + 1, ' '), "expected at most 262144"}})
        EXPECT_THAT(refusalOf(text), HasSubstr(part));
    EXPECT_THROW((void)readRig("/nowhere/rig.json"), Error);
}

}  // namespace
}  // namespace gatescope

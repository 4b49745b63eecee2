#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "engine/plan/rig.h"
#include "tests/support/test_paths.h"
#include "tests/unit/app/program.h"

namespace gatescope {
namespace {

using test::expectRefusal;
using test::Outcome;
using test::runCli;

constexpr const char* kEightCards = R"({
  "devices": [
    {"name": "H100", "count": 8, "free_gb": 85, "read_gb_per_s": 3350, "copy_gb_per_s": 53}
  ],
  "links": [{"kind": "nvlink", "devices": [0, 1, 2, 3, 4, 5, 6, 7], "gb_per_s": 450}],
  "host": {"free_gb": 1000, "cores": 96, "nodes": 2, "read_gb_per_s": 500},
  "disk_gb_per_s": 5
})";

class CliPlanTest : public testing::Test {
  protected:
    std::string write(const std::string& text) const {
        const auto file = dir_.path() / "rig.json";
        std::ofstream(file) << text;
        return file.string();
    }

  private:
    test::ScratchDir dir_;
};

TEST_F(CliPlanTest, PredictsGrok1OnEightCards) {
    const std::string rig = write(kEightCards);
    const auto json =
        runCli({"plan", "synthetic:grok-1", "--as", "q8_0", "--rig", rig, "--json"}).json();
    EXPECT_TRUE(json["fits"].get<bool>());
    EXPECT_EQ(json["provenance"], "predicted");
    EXPECT_EQ(json["shape"], "tensor parallel over 8 devices");
    EXPECT_NEAR(json["tokens_per_s"].get<double>(), 192, 0.02 * 192);
    ASSERT_EQ(json["shares"].size(), 9U);
    std::uint64_t bytes = json["disk_bytes"].get<std::uint64_t>();
    for (const auto& share : json["shares"]) bytes += share["weight_bytes"].get<std::uint64_t>();
    EXPECT_EQ(bytes, json["weight_bytes"].get<std::uint64_t>());
    EXPECT_EQ(json["rig"]["devices"].size(), 8U);
    const Outcome text = runCli({"plan", "synthetic:grok-1", "--as", "q8_0", "--rig", rig});
    EXPECT_EQ(text.status, 0);
    EXPECT_NE(text.out.find("SYNTHETIC synthetic:grok-1"), std::string::npos);
    EXPECT_NE(text.out.find("192 tokens/s predicted"), std::string::npos) << text.out;
}

TEST_F(CliPlanTest, TakesWhatIsPinned) {
    const std::string rig = write(kEightCards);
    const auto json = runCli({"plan",
                              "synthetic:grok-1",
                              "--rig",
                              rig,
                              "--tp",
                              "4",
                              "--devices",
                              "4",
                              "--host-gb",
                              "100",
                              "--context",
                              "1024",
                              "--kv",
                              "int8",
                              "--json"})
                          .json();
    EXPECT_EQ(json["shape"], "tensor parallel over 4 devices");
    EXPECT_EQ(json["context_tokens"], 1024);
    EXPECT_EQ(json["kv_cache_type"], "i8");
    EXPECT_EQ(json["shares"].back()["free_bytes"], 100'000'000'000U);
}

TEST_F(CliPlanTest, DescribesTheMachineAsAFileThatItReads) {
    const Outcome shown = runCli({"plan", "--show-rig"});
    EXPECT_EQ(shown.status, 0);
    EXPECT_GT(rigFromText(shown.out, "shown").host.freeBytes, 0U);
    const auto json =
        runCli({"plan", test::demoModel(), "--rig", write(shown.out), "--json"}).json();
    EXPECT_TRUE(json["fits"].get<bool>());
    EXPECT_GT(json["tokens_per_s"].get<double>(), 0);
}

TEST_F(CliPlanTest, RefusesWhatItCannotPlan) {
    const std::string rig = write(kEightCards);
    expectRefusal(runCli({"plan"}), 2, {"MODEL"});
    expectRefusal(runCli({"plan", "synthetic:grok-1", "--rig", rig, "--tp", "3"}),
                  2,
                  {"over 3 devices", "1, 2, 4, 8"});
    expectRefusal(
        runCli({"plan", "synthetic:grok-1", "--rig", rig, "--host-gb", "-1"}), 2, {"--host-gb -1"});
    expectRefusal(runCli({"plan", "synthetic:grok-1", "--rig", rig, "--context", "0"}),
                  2,
                  {"context of 0 tokens"});
    expectRefusal(runCli({"plan", "synthetic:grok-1", "--rig", "/nowhere.json"}),
                  3,
                  {"/nowhere.json", "cannot be read"});
    expectRefusal(runCli({"plan", "synthetic:grok-1", "--rig", write("{")}),
                  3,
                  {"rig.json", "line 1", "not JSON"});
}

}  // namespace
}  // namespace gatescope

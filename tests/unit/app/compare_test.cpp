#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/test_paths.h"
#include "tests/unit/app/program.h"
#include "tests/unit/app/routed_recording.h"

namespace gatescope {
namespace {

using test::expectRefusal;
using test::runCli;

class CompareCliTest : public testing::Test {
  protected:
    std::string recording(const char* name,
                          unsigned seed,
                          const std::function<void(int, TokenRecord&)>& change = {}) {
        const auto file = dir_.path() / (std::string(name) + ".gscope");
        test::writeRoutedRecording(file, {.tokens = 120}, seed, change);
        return file.string();
    }
    test::ScratchDir dir_;
};

TEST_F(CompareCliTest, ARecordingEqualsItself) {
    const auto file = recording("a", 1);
    const auto json = runCli({"compare", file, file, "--json"}).json();
    EXPECT_EQ(json["same"], 120);
    EXPECT_EQ(json["substituted"], 0);
    EXPECT_EQ(json["routing_over"], "aligned");
    for (const auto& cell : json["routing"]["cells"]) {
        EXPECT_EQ(cell["probability"], 0);
        EXPECT_FALSE(cell["stands"]);
    }
    for (const auto& layer : json["routing"]["saturation"]) EXPECT_EQ(layer["value"], 1);
    for (const auto& noise : json["routing"]["noise"]) EXPECT_GT(noise, 0);
}

TEST_F(CompareCliTest, FindsTheTokensThatChanged) {
    const auto a = recording("a", 1);
    const auto b = recording("b", 1, [](int token, TokenRecord& record) {
        if (token == 50 || token == 90) record.token = 400 + token;
    });
    const auto json = runCli({"compare", a, b, "--json"}).json();
    EXPECT_EQ(json["same"], 118);
    EXPECT_EQ(json["substituted"], 2);
}

TEST_F(CompareCliTest, OtherRoutingStandsOut) {
    const auto a = recording("a", 1);
    const auto b = recording("b", 2);
    const auto outcome = runCli({"compare", a, b});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("differ by more than noise"), std::string::npos) << outcome.out;
}

TEST_F(CompareCliTest, RefusesWhatIsNoRecording) {
    const auto a = recording("a", 1);
    expectRefusal(
        runCli({"compare", a, (dir_.path() / "none.gscope").string()}), 3, {"none.gscope"});
    expectRefusal(runCli({"compare", a}), 2, {"B"});
    expectRefusal(
        runCli({"score", test::tinyA(), "--tokens", "x.npy", "--out", "out"}), 2, {"--ablate"});
}

}  // namespace
}  // namespace gatescope

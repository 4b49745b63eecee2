#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/test_paths.h"
#include "tests/unit/app/program.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using test::expectRefusal;
using test::Outcome;
using test::runCli;
using test::tinyA;

class ConvertCliTest : public testing::Test {
  protected:
    test::ScratchDir scratch_;
    fs::path out_ = scratch_.path() / "model.gguf";
};

TEST_F(ConvertCliTest, WritesTheFileAndReportsTheErrorOfEachKind) {
    const Outcome outcome = runCli({"convert", tinyA(), out_.string(), "--type", "bf16", "--json"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    const auto report = outcome.json();
    EXPECT_EQ(report["bytes"], fs::file_size(out_));
    EXPECT_EQ(report["tensors"], 2 + 4 * 12);
    EXPECT_EQ(report["tensors_kept"], 0);
    ASSERT_EQ(report["errors"].size(), 14U);
    for (const auto& row : report["errors"]) {
        const bool exact = row["type"] == "f32";
        EXPECT_EQ(row["relative_error"] == 0, exact) << row;
        EXPECT_LT(row["relative_error"], 0.002) << row;
    }
    const Outcome text = runCli({"convert", tinyA(), out_.string(), "--type", "q4_k"});
    EXPECT_EQ(text.status, 0);
    EXPECT_NE(text.out.find("expert down"), std::string::npos);
    EXPECT_NE(text.out.find("note: q8_0 in place of q4_k"), std::string::npos);
}

TEST_F(ConvertCliTest, RefusesWhatItCannotDo) {
    const std::string folder = scratch_.path().string();
    expectRefusal(
        runCli({"convert", tinyA(), out_.string(), "--type", "q6_k"}), 2, {"q6_k", "q4_k"});
    expectRefusal(runCli({"convert", tinyA(), folder, "--type", "f32"}), 2, {"directory"});
    expectRefusal(
        runCli({"convert", tinyA(), out_.string(), "--type", "f32", "-t", "-1"}), 2, {"-1"});
    expectRefusal(runCli({"convert", folder, out_.string(), "--type", "f32"}), 3, {folder});
    expectRefusal(runCli({"convert", tinyA(), folder + "/no/model.gguf", "--type", "f32"}),
                  4,
                  {"no/model.gguf"});
    EXPECT_FALSE(fs::exists(out_));
}

TEST_F(ConvertCliTest, GoesOnWhereItWasInterrupted) {
    const std::vector<std::string> words{
        "convert", "synthetic:bench-1b,layers=1", out_.string(), "--type", "q4_k"};
    const fs::path journal = out_.string() + ".partial.log";
    test::RunningCli running(words);
    // The title and a line for each finished tensor: the embedding is the first.
    std::error_code notYet;
    ASSERT_TRUE(running.waitUntil(
        [&] { return fs::exists(journal) && fs::file_size(journal, notYet) >= 60; }));
    const Outcome outcome = running.interrupt();
    EXPECT_EQ(outcome.status, 130) << outcome.err;
    EXPECT_NE(outcome.err.find("goes on where"), std::string::npos);
    EXPECT_FALSE(fs::exists(out_));
    std::vector<std::string> again = words;
    again.push_back("--json");
    const auto report = runCli(again).json();
    EXPECT_GE(report["tensors_kept"], 1);
    EXPECT_EQ(fs::file_size(out_), report["bytes"]);
}

}  // namespace
}  // namespace gatescope

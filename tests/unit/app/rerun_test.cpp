// A recording and its manifest bring back the exact state: the same tokens come again, and what
// stands in the way is said.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "tests/support/test_paths.h"
#include "tests/unit/app/program.h"

namespace gatescope {
namespace {

using nlohmann::json;
using test::runCli;
using test::tinyA;

class RerunTest : public ::testing::Test {
  protected:
    RerunTest() {
        const auto outcome =
            runCli({"generate", tinyA(),   "-p",           "The answer is", "-n",
                    "24",       "--temp",  "1.1",          "--top-p",       "0.9",
                    "--seed",   "11",      "--ignore-eos", "--ablate",      "1:2",
                    "--bias",   "2:3:0.5", "--record",     recording(),     "--json"});
        ids_ = outcome.json()["ids"];
        runCli({"record", "export", recording(), "--out", dir_.path().string(), "--format", "csv"});
    }

    std::string recording() const { return (dir_.path() / "a.gscope").string(); }
    std::string manifestFile() const { return (dir_.path() / "a-manifest.json").string(); }
    json manifest() const {
        std::ifstream in(manifestFile());
        return json::parse(in);
    }
    std::string changed(const std::function<void(json&)>& change) const {
        json document = manifest();
        change(document);
        const auto file = dir_.path() / "changed.json";
        std::ofstream(file) << document;
        return file.string();
    }

    test::ScratchDir dir_;
    json ids_;
};

TEST_F(RerunTest, GivesTheSameTokensFromTheRecordingAndFromItsManifest) {
    for (const auto& file : {recording(), manifestFile()}) {
        const auto again = runCli({"record", "rerun", file, "--json"}).json();
        EXPECT_TRUE(again["same"]) << file;
        ASSERT_EQ(again["replies"].size(), 1U);
        EXPECT_EQ(again["replies"][0]["ids"], ids_);
        EXPECT_EQ(again["replies"][0]["recorded_ids"], ids_);
        EXPECT_TRUE(again["replies"][0]["differs_at"].is_null());
    }
    const auto text = runCli({"record", "rerun", recording()});
    EXPECT_EQ(text.status, 0);
    EXPECT_EQ(text.out, "message 1: the same 24 tokens\n");
}

TEST_F(RerunTest, ComputesOnTheRanksOfTheRecording) {
    const auto ranked = (dir_.path() / "ranked.gscope").string();
    runCli({"generate",
            tinyA(),
            "-p",
            "The answer is",
            "-n",
            "8",
            "--ranks",
            "2",
            "--ignore-eos",
            "--record",
            ranked,
            "--json"});
    EXPECT_TRUE(runCli({"record", "rerun", ranked, "--json"}).json()["same"]);
    runCli({"record", "export", ranked, "--out", dir_.path().string(), "--format", "csv"});
    std::ifstream in(dir_.path() / "ranked-manifest.json");
    EXPECT_EQ(json::parse(in)["model_facts"]["ranks"], 2);
    // More than the model's columns divide by: whoever obeys the recording must refuse.
    const auto seven = changed([](json& m) { m["model_facts"]["ranks"] = 7; });
    const auto refused = runCli({"record", "rerun", seven});
    EXPECT_NE(refused.status, 0);
    EXPECT_NE(refused.err.find("--ranks 7"), std::string::npos) << refused.err;
    EXPECT_EQ(runCli({"record", "rerun", seven, "--ranks", "1"}).status, 0);
}

TEST_F(RerunTest, GoesOnBehindTokensThatWereGivenWithTheDrawsTheyTook) {
    const auto split = [this](int draws) {
        return changed([draws](json& m) {
            m["messages"][1]["given"] = 9;
            m["messages"][1]["generated"] = 15;
            m["messages"][1]["draws_before"] = draws;
        });
    };
    const auto again = runCli({"record", "rerun", split(9), "--json"}).json();
    EXPECT_TRUE(again["same"]);
    EXPECT_EQ(again["replies"][0]["ids"], json(json::array_t(ids_.begin() + 9, ids_.end())));
    EXPECT_EQ(runCli({"record", "rerun", split(0)}).status, 1) << "other numbers of the seed";
    const auto refused = runCli({"record", "rerun", split(-1)});
    EXPECT_EQ(refused.status, 3);
    EXPECT_NE(refused.err.find("draws_before"), std::string::npos);
}

TEST_F(RerunTest, SaysWhereOtherSettingsLeadElsewhere) {
    const auto other = changed([](json& m) {
        m["messages"][1]["sampler"]["seed"] = 12;
        m["messages"][1]["interventions"]["ablate"] = json::array();
    });
    const auto outcome = runCli({"record", "rerun", other, "--json"});
    EXPECT_EQ(outcome.status, 1);
    const auto reply = json::parse(outcome.out)["replies"][0];
    const auto at = reply["differs_at"].get<std::size_t>();
    ASSERT_LT(at, 24U);
    EXPECT_NE(reply["ids"][at], ids_[at]);
    for (std::size_t i = 0; i < at; ++i) EXPECT_EQ(reply["ids"][i], ids_[i]);
}

TEST_F(RerunTest, HoldsEverythingThatTheStateConsistsOf) {
    const auto m = manifest();
    EXPECT_EQ(m["model"], tinyA());
    EXPECT_EQ(m["model_facts"]["fingerprint"].get<std::string>().size(), 16U);
    EXPECT_EQ(m["model_facts"]["decoder"], "cpu");
    EXPECT_EQ(m["model_facts"]["precision"], "f32");
    EXPECT_EQ(m["model_facts"]["ranks"], 1);
    EXPECT_EQ(m["seed"], 11);
    EXPECT_EQ(m["messages"][1]["interventions"]["ablate"], json::array({"1:2"}));
    EXPECT_EQ(m["messages"][1]["given"], 0);
    EXPECT_EQ(m["messages"][1]["generated"], 24);
    EXPECT_NE(m["application"].get<std::string>().find("Gatescope"), std::string::npos);
}

TEST_F(RerunTest, HoldsARunToTheRoutesItWasHeldToOrRefuses) {
    const auto pinned = (dir_.path() / "pinned.gscope").string();
    const auto written = [](const std::vector<std::string>& more) {
        std::vector<std::string> words{"generate", tinyA(), "-p", "The answer is", "-n", "24"};
        for (const char* word : {"--temp", "1.1", "--seed", "5", "--ignore-eos", "--json"})
            words.emplace_back(word);
        words.insert(words.end(), more.begin(), more.end());
        return runCli(words);
    };
    const auto outcome = written({"--pin", recording(), "--where", "index>3", "--record", pinned});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const auto plain = written({});
    ASSERT_NE(outcome.json()["ids"], plain.json()["ids"]) << "the pin does nothing";
    EXPECT_EQ(runCli({"record", "rerun", pinned}).out, "message 1: the same 24 tokens\n");
    const auto info = runCli({"record", "info", pinned}).out;
    EXPECT_NE(info.find("pin a.gscope where index>3"), std::string::npos) << info;
    std::filesystem::rename(recording(), dir_.path() / "moved.gscope");
    test::expectRefusal(runCli({"record", "rerun", pinned}),
                        3,
                        {"pinned.gscope", "the routes of a.gscope", "not to be found"});
    std::filesystem::copy_file(pinned, recording());  // another run under the name
    test::expectRefusal(
        runCli({"record", "rerun", pinned}), 3, {"the routes of a.gscope", "another run"});
}

TEST_F(RerunTest, RefusesOtherWeightsUnlessAsked) {
    const auto other =
        changed([](json& m) { m["model_facts"]["fingerprint"] = "0123456789abcdef"; });
    test::expectRefusal(runCli({"record", "rerun", other}),
                        3,
                        {"0123456789abcdef", manifest()["model_facts"]["fingerprint"], "--model"});
    const auto anyway = runCli({"record", "rerun", other, "--other-weights"});
    EXPECT_EQ(anyway.status, 0);
    EXPECT_NE(anyway.err.find("0123456789abcdef"), std::string::npos);
    const auto unknown = changed([](json& m) { m["model_facts"].erase("fingerprint"); });
    const auto old = runCli({"record", "rerun", unknown});
    EXPECT_EQ(old.status, 0);
    EXPECT_NE(old.err.find("does not say which weights"), std::string::npos);
}

TEST_F(RerunTest, RefusesManifestsThatAreNotWhole) {
    const auto refused = [&](const std::function<void(json&)>& change,
                             const std::vector<std::string>& parts) {
        const auto file = changed(change);
        test::expectRefusal(runCli({"record", "rerun", file}), 3, parts);
    };
    refused([](json& m) { m["format"] = "else"; }, {"changed.json", "gatescope-export-1"});
    refused([](json& m) { m["messages"][1]["ids"] = "1 x 3"; }, {"message 1", "x 3"});
    refused([](json& m) { m["messages"][1]["generated"] = 25; }, {"message 1", "25"});
    refused(
        [](json& m) {
            m["messages"][0]["ids"] = "1 70000 3";
            m["messages"][0]["given"] = 3;
        },
        {"70000", "changed.json"});
    refused([](json& m) { m["messages"][1].erase("ids"); }, {"not a whole manifest", "ids"});
    refused([](json& m) { m["messages"][1]["generated"] = 0; }, {"nothing was generated"});
    refused([](json& m) { m["model"] = "/nowhere"; }, {"/nowhere"});
    test::expectRefusal(runCli({"record", "rerun", (dir_.path() / "no.json").string()}),
                        3,
                        {"no.json", "cannot be read"});
}

}  // namespace
}  // namespace gatescope

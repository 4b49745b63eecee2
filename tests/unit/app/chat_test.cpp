// gatescope-cli chat: a conversation over a pipe, its commands, presets and templates from files.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/test_paths.h"
#include "tests/unit/app/program.h"

namespace gatescope {
namespace {

using test::Outcome;
using test::runCli;
using test::RunningCli;
using test::tinyA;

TEST(ChatTest, TalksOverAPipeAndEndsWithIt) {
    const Outcome outcome =
        runCli({"chat", tinyA(), "-n", "6", "--seed", "3"}, "Hello\nand you?\n");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    std::size_t lines = 0;
    for (auto at = outcome.out.find("[routing: "); at != std::string::npos;
         at = outcome.out.find("[routing: ", at + 1))
        ++lines;
    EXPECT_EQ(lines, 2U) << outcome.out;
    EXPECT_EQ(outcome.err, "");
}

TEST(ChatTest, ObeysItsCommandsAndGoesOnAfterAWrongOne) {
    test::ScratchDir dir;
    const auto file = (dir.path() / "chat.gscope").string();
    const Outcome outcome = runCli({"chat", tinyA(), "-n", "4"},
                                   "/help\n/nonsense\n/ablate 9:9\n/ablate 0:1\n"
                                   "/template continuation\nHello\n/regenerate\n/save " +
                                       file + "\n/quit\nnever sent\n");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("/template NAME"), std::string::npos);
    EXPECT_NE(outcome.err.find("/nonsense"), std::string::npos);
    const auto info = runCli({"record", "info", file, "--json"}).json();
    EXPECT_EQ(info["messages"], 3);  // one question, two replies
    EXPECT_EQ(info["interventions"], (std::vector<std::string>{"ablate 0:1"}));
    EXPECT_EQ(info["template"], "continuation");
}

std::string contentOf(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The one heat of a profile, as text; empty: there is none.
std::string heatIn(const std::filesystem::path& profile) {
    if (!std::filesystem::exists(profile / "heat")) return "";
    std::string text;
    for (const auto& entry : std::filesystem::directory_iterator(profile / "heat"))
        text += contentOf(entry.path());
    return text;
}

TEST(ChatTest, LearnsTheHeatThatItsRecordingTeaches) {
    const test::ScratchDir dir;
    const auto profile = dir.path() / "profile";
    const auto recording = (dir.path() / "chat.gscope").string();
    const auto learnt = dir.path() / "learnt.json";
    const Outcome chat =
        runCli({"chat", tinyA(), "-n", "9", "--profile-dir", profile.string()},
               "Hello\nand you?\n/ablate 0:1\nand now?\n/clear\nagain\n/save " + recording + "\n");
    ASSERT_EQ(chat.status, 0) << chat.err;
    EXPECT_EQ(chat.err, "");
    ASSERT_EQ(runCli({"heat", "learn", recording, "--file", learnt.string()}).status, 0);
    EXPECT_EQ(heatIn(profile), contentOf(learnt));
    const auto before = runCli({"heat", "show", learnt.string(), "--json"}).json()[0];
    EXPECT_GT(before["tokens"], 40);
    const auto info = runCli({"record", "info", recording, "--json"}).json();
    EXPECT_LT(before["tokens"], info["tokens"]) << "not those under the intervention";

    // Goes on where the last chat ended, and is off when told.
    for (const bool off : {true, false}) {
        std::vector<std::string> words{
            "chat", tinyA(), "-n", "3", "--profile-dir", profile.string()};
        if (off) words.emplace_back("--no-heat");
        ASSERT_EQ(runCli(words, "Hello\n").status, 0);
        if (off) {
            EXPECT_EQ(heatIn(profile), contentOf(learnt));
        }
    }
    const auto after =
        runCli({"heat", "show", "--profile-dir", profile.string(), "--json"}).json()[0];
    EXPECT_GT(after["tokens"], before["tokens"]);
}

TEST(ChatTest, ARegeneratedReplyCountsButItsPromptOnlyOnce) {
    const auto tokensOf = [](const std::string& lines) {
        const test::ScratchDir profile;
        const auto folder = profile.path().string();
        EXPECT_EQ(
            runCli({"chat", tinyA(), "-n", "5", "--temp", "0", "--profile-dir", folder}, lines)
                .status,
            0);
        return runCli({"heat", "show", "--profile-dir", folder, "--json"})
            .json()[0]["tokens"]
            .get<int>();
    };
    const int once = tokensOf("Hello\n");
    // The version is its text and what the template writes before it, without the question.
    const int again = tokensOf("Hello\n/regenerate\n") - once;
    EXPECT_GE(again, 5);
    EXPECT_LT(again, once);
}

TEST(ChatTest, WhatWasLearntOutlivesAKill) {
    const test::ScratchDir profile;
    const auto folder = profile.path().string();
    {
        RunningCli program({"chat", tinyA(), "-n", "5", "--profile-dir", folder});
        program.write("Hello\n");
        ASSERT_TRUE(program.waitForOutput("[routing: "));
        for (int i = 0; i < 200 && heatIn(profile.path()).empty(); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }  // which kills it
    const auto heats = runCli({"heat", "show", "--profile-dir", folder, "--json"}).json();
    ASSERT_EQ(heats.size(), 1U);
    EXPECT_GT(heats[0]["tokens"], 5);
}

TEST(ChatTest, TalksOnWhereNoHeatCanBeKept) {
    const test::ScratchDir dir;
    std::ofstream(dir.path() / "heat") << "a file in the folder's place";
    const Outcome outcome =
        runCli({"chat", tinyA(), "-n", "3", "--profile-dir", dir.path().string()}, "Hello\nmore\n");
    EXPECT_EQ(outcome.status, 0);
    EXPECT_NE(outcome.err.find("heat"), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.err.find("heat: "), outcome.err.rfind("heat: ")) << "once: " << outcome.err;
    EXPECT_NE(outcome.out.find("[routing: "), outcome.out.rfind("[routing: "));
}

TEST(ChatTest, EndsWith130OnCtrlC) {
    RunningCli program({"chat", tinyA()});
    ASSERT_TRUE(program.waitForOutput("/help"));
    EXPECT_EQ(program.interrupt().status, 130);
}

std::string withFile(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file, std::ios::binary) << text;
    return file.string();
}

TEST(ChatTest, WritesRepliesAsAPresetSaysAndOptionsComeBeforeIt) {
    test::ScratchDir dir;
    const std::string preset =
        withFile(dir.path() / "short.json", R"({"temperature": 0, "max_tokens": 3, "seed": 5})");
    const auto saved = [&](std::vector<std::string> options) {
        const auto file = (dir.path() / "chat.gscope").string();
        std::vector<std::string> all{"chat", tinyA(), "--preset", preset};
        all.insert(all.end(), options.begin(), options.end());
        const Outcome outcome = runCli(all, "Hello\n/save " + file + "\n");
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        return runCli({"record", "info", file, "--json"}).json();
    };
    const auto first = saved({});
    const auto second = saved({"-n", "5"});
    EXPECT_EQ(second["tokens"].get<int>() - first["tokens"].get<int>(), 2) << first << second;
    const Outcome unknown = runCli({"chat", tinyA(), "--preset", "Bold"}, "");
    EXPECT_EQ(unknown.status, 2);
    EXPECT_NE(unknown.err.find("Balanced, Greedy, Varied"), std::string::npos) << unknown.err;
    const Outcome bad =
        runCli({"chat", tinyA(), "--preset", withFile(dir.path() / "bad.json", "{\"t\": 1}")}, "");
    EXPECT_EQ(bad.status, 3);
    EXPECT_NE(bad.err.find("unknown setting \"t\""), std::string::npos) << bad.err;
}

TEST(ChatTest, TakesATemplateFromAFile) {
    test::ScratchDir dir;
    const std::string own = withFile(dir.path() / "letters.json",
                                     R"({"user_prefix": "\nDear: ", "stop": ["\nDear:"]})");
    const auto file = (dir.path() / "chat.gscope").string();
    const Outcome outcome =
        runCli({"chat", tinyA(), "-n", "2", "--template", own}, "Hello\n/save " + file + "\n");
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(runCli({"record", "info", file, "--json"}).json()["template"], "letters");
}

}  // namespace
}  // namespace gatescope

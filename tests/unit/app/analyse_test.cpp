#include <gtest/gtest.h>

#include <filesystem>

#include "engine/io/npy.h"
#include "tests/support/test_paths.h"
#include "tests/unit/app/program.h"
#include "tests/unit/app/routed_recording.h"

namespace gatescope {
namespace {

using test::expectRefusal;
using test::RoutedShape;
using test::runCli;
using ::testing::HasSubstr;
using ::testing::Not;

class AnalyseTest : public ::testing::Test {
  protected:
    std::string path(const std::string& name) const { return (dir_.path() / name).string(); }
    std::string recording(const std::string& name,
                          const RoutedShape& shape = {},
                          const std::function<void(int, TokenRecord&)>& change = {}) const {
        test::writeRoutedRecording(path(name), shape, 1, change);
        return path(name);
    }

    test::ScratchDir dir_;
};

TEST_F(AnalyseTest, PrintsALineALayerWithItsChance) {
    const auto outcome = runCli({"analyse", recording("talk.gscope")});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("3 layers of 8 experts, 2 selected"));
    // 40 generated ones, of which 20, 33, 46 and 59 were not computed.
    EXPECT_THAT(outcome.out, HasSubstr("tokens 0:60 of 60, generated: 36 counted"));
    EXPECT_THAT(outcome.out, HasSubstr("entropy"));
    EXPECT_THAT(outcome.out, HasSubstr("chance       3.00       0.000       0.000       0.250"));
    EXPECT_THAT(outcome.out, HasSubstr("load: share of selections in %, by chance 12.5"));
    EXPECT_EQ(outcome.err, "");
}

TEST_F(AnalyseTest, KeepsPopulationsApartAndTakesARange) {
    const auto file = recording("talk.gscope");
    const auto tokens = [&](std::vector<std::string> more) {
        std::vector<std::string> words{"analyse", file, "--json"};
        words.insert(words.end(), more.begin(), more.end());
        return runCli(words).json()["tokens"].get<int>();
    };
    EXPECT_EQ(tokens({}), 36);
    EXPECT_EQ(tokens({"--population", "prompt"}), 19);
    EXPECT_EQ(tokens({"--population", "all"}), 55);
    EXPECT_EQ(tokens({"--range", "20:33"}), 12);
    EXPECT_EQ(tokens({"--range", "18:22", "--population", "prompt"}), 2);
}

TEST_F(AnalyseTest, ShowsEveryNumberOfOneLayer) {
    const auto file = recording("talk.gscope");
    const auto outcome = runCli({"analyse", file, "--layer", "2"});
    for (const char* part : {"layer 2",
                             "balance_q",
                             "expert 7",
                             "applied_importance",
                             "z_value",
                             "co-activation",
                             "by chance"})
        EXPECT_THAT(outcome.out, HasSubstr(part));
    EXPECT_THAT(outcome.out, Not(HasSubstr("transitions"))) << "it is the last layer";
    EXPECT_THAT(runCli({"analyse", file, "--layer", "0"}).out,
                HasSubstr("first choice in layer 1"));
    const auto json = runCli({"analyse", file, "--layer", "2", "--json"}).json();
    for (const auto& row : json["tables"]["layers"]) EXPECT_EQ(row["layer"], 2);
    EXPECT_TRUE(json["tables"]["transitions"].empty());
}

TEST_F(AnalyseTest, ComparesTwoRecordings) {
    const auto file = recording("talk.gscope");
    const auto same = runCli({"analyse", file, "--against", file, "--json"}).json();
    EXPECT_EQ(same["against"]["same_ids"], 60);
    for (const auto& row : same["tables"]["saturation"]) EXPECT_EQ(row["value"], 1.0);
    for (const auto& row : same["tables"]["contrasts"]) EXPECT_EQ(row["value"], 0.0);
    const auto other = recording("other.gscope", {}, [](int t, TokenRecord& token) {
        if (t == 25) token.token = 1000;
    });
    const auto parted = runCli({"analyse", file, "--against", other, "--json"}).json();
    EXPECT_EQ(parted["against"]["same_ids"], 25);
    EXPECT_EQ(parted["tables"]["saturation"][0]["count"], 4) << "21 to 24";
    EXPECT_THAT(runCli({"analyse", file, "--against", other}).out,
                HasSubstr("the first 25 ids are the same, 4 of those counted"));
    expectRefusal(runCli({"analyse", file, "--against", recording("small.gscope", {60, 2, 8, 2})}),
                  3,
                  {"small.gscope", "3 layers of 8 experts", "2 of 8"});
}

TEST_F(AnalyseTest, WritesATableAFileForEachKindOfPlace) {
    const auto file = recording("talk.gscope");
    const auto outcome = runCli({"analyse", file, "--csv", path("tables")});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    for (const char* name : {"analysis.json",
                             "layers.csv",
                             "experts.csv",
                             "pairs.csv",
                             "layer_pairs.csv",
                             "transitions.csv"}) {
        EXPECT_TRUE(std::filesystem::exists(dir_.path() / "tables" / name)) << name;
        EXPECT_THAT(outcome.out, HasSubstr(name));
    }
    EXPECT_FALSE(std::filesystem::exists(dir_.path() / "tables" / "contrasts.csv"));
    // With --json as well, the document is alone on standard output.
    EXPECT_EQ(runCli({"analyse", file, "--csv", path("tables"), "--json"}).json()["layers"], 3);
    expectRefusal(runCli({"analyse", file, "--csv", file + "/x"}), 4, {"talk.gscope/x"});
}

TEST_F(AnalyseTest, ShowsTheBusiestOfManyExperts) {
    const auto outcome = runCli({"analyse", recording("many.gscope", {60, 2, 64, 8})});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("the busiest experts, expert:share"));
}

TEST_F(AnalyseTest, LeavesOutMorePairsThanATableHolds) {
    const auto file = recording("wide.gscope", {12, 2, 400, 2});
    const auto json = runCli({"analyse", file, "--json"}).json();
    EXPECT_THAT(json["left_out"].get<std::string>(), HasSubstr("--layer"));
    EXPECT_TRUE(json["tables"]["pairs"].empty());
    EXPECT_TRUE(json["tables"]["transitions"].empty());
    EXPECT_FALSE(json["tables"]["experts"].empty());
    EXPECT_THAT(runCli({"analyse", file}).out, HasSubstr("give --layer"));
    EXPECT_EQ(runCli({"analyse", file, "--layer", "0", "--csv", path("one")}).status, 0);
    EXPECT_GT(std::filesystem::file_size(dir_.path() / "one" / "pairs.csv"), 1'000'000U);
}

TEST_F(AnalyseTest, RefusesWhatTheRecordingDoesNotHave) {
    const auto file = recording("talk.gscope");
    const std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>> cases{
        {{"--layer", "3"}, {"--layer 3", "0 to 2"}},
        {{"--layer", "-1"}, {"--layer -1"}},
        {{"--range", "0:61"}, {"--range 0:61", "60"}},
        {{"--range", "5:5"}, {"BEGIN:END"}},
        {{"--range", "-1:5"}, {"BEGIN:END"}},
        {{"--range", "5"}, {"BEGIN:END"}},
        {{"--range", "5:x"}, {"BEGIN:END"}},
        {{"--range", "5:6:7"}, {"BEGIN:END"}},
        {{"--range", "99999999999:2"}, {"BEGIN:END"}},
        {{"--range", ":"}, {"BEGIN:END"}},
        {{"--population", "some"}, {"some"}},
        {{"--range", "0:10"}, {"generated", "36 generated", "19 of the prompt"}}};
    for (const auto& [words, parts] : cases) {
        SCOPED_TRACE(::testing::PrintToString(words));
        std::vector<std::string> all{"analyse", file};
        all.insert(all.end(), words.begin(), words.end());
        expectRefusal(runCli(all), 2, parts);
    }
}

TEST_F(AnalyseTest, RefusesFilesThatCannotBeCounted) {
    expectRefusal(runCli({"analyse", path("absent.gscope")}), 3, {"absent.gscope"});
    const auto none =
        recording("none.gscope", {}, [](int, TokenRecord& t) { t.routing = nullptr; });
    expectRefusal(runCli({"analyse", none}), 3, {"none.gscope", "routing", "generate --record"});
    const auto twice = recording("twice.gscope", {}, [](int t, TokenRecord& token) {
        if (t != 30) return;
        auto damaged = std::make_shared<RoutingRecord>(*token.routing);
        damaged->selected[3] = damaged->selected[2];
        token.routing = damaged;
    });
    for (const auto& words :
         std::vector<std::vector<std::string>>{{"analyse", twice}, {"record", "verify", twice}})
        expectRefusal(runCli(words), 3, {"twice.gscope", "token 10", "twice in layer 1"});
}

TEST_F(AnalyseTest, RefusesTagsThatDoNotFit) {
    const auto file = recording("talk.gscope");
    const auto withTags = [&](std::vector<std::int32_t> tags) {
        writeNpy<std::int32_t>(dir_.path() / "tags.npy",
                               std::vector<std::int64_t>{static_cast<std::int64_t>(tags.size())},
                               tags);
        return runCli({"analyse", file, "--tags", path("tags.npy"), "--json"});
    };
    std::vector<std::int32_t> tags(60, 4);
    EXPECT_FALSE(withTags(tags).json()["tables"]["domains"].empty());
    tags[7] = -2;
    expectRefusal(withTags(tags), 3, {"tags.npy", "token 7", "-2"});
    tags.pop_back();
    expectRefusal(withTags(tags), 3, {"tags.npy", "[60]", "[59]"});
    expectRefusal(runCli({"analyse", file, "--tags", path("absent.npy")}), 3, {"absent.npy"});
}

TEST_F(AnalyseTest, LeavesOutTokensOfAnotherModel) {
    const auto file = recording("two.gscope", {}, [](int t, TokenRecord& token) {
        if (t < 50 || !token.routing) return;
        auto smaller = std::make_shared<RoutingRecord>(*token.routing);
        smaller->numLayers = 1;
        smaller->probs.resize(8);
        smaller->selected.resize(2);
        smaller->gates.resize(2);
        smaller->logSumExps.resize(1);
        token.routing = smaller;
    });
    const auto json = runCli({"analyse", file, "--json"}).json();
    EXPECT_EQ(json["tokens"], 27);
    EXPECT_EQ(json["tokens_of_another_shape"], 9);
    EXPECT_THAT(runCli({"analyse", file}).out,
                HasSubstr("9 with routing of another shape left out"));
}

}  // namespace
}  // namespace gatescope

#include <gtest/gtest.h>

#include "engine/io/npy.h"
#include "tests/support/test_paths.h"
#include "tests/unit/app/program.h"
#include "tests/unit/app/routed_recording.h"

namespace gatescope {
namespace {

using test::expectRefusal;
using test::runCli;
using ::testing::HasSubstr;

class RecordFilterTest : public ::testing::Test {
  protected:
    RecordFilterTest() : file_((dir_.path() / "talk.gscope").string()) {
        test::writeRoutedRecording(file_, {}, 1, [](int index, TokenRecord& token) {
            token.text = index % 2 == 0 ? " it" : "self";
        });
    }
    std::vector<int> indices(const std::string& filter) const {
        const auto json = runCli({"record", "filter", file_, filter, "--json"}).json();
        std::vector<int> found;
        for (const auto& row : json["matches"]) found.push_back(row["index"].get<int>());
        EXPECT_EQ(json["count"], found.size());
        EXPECT_EQ(json["tokens"], 60);
        EXPECT_EQ(json["filter"], filter);
        return found;
    }

    test::ScratchDir dir_;
    std::string file_;
};

TEST_F(RecordFilterTest, PrintsAMatchALine) {
    const auto outcome = runCli({"record", "filter", file_, "index=0..1 & text~self"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("1 of 60 tokens, 55 with routing\n"));
    EXPECT_THAT(outcome.out, HasSubstr("       1  user       \"self\"\n"));
}

// The arrays that `record export` writes, filtered here by hand.
TEST_F(RecordFilterTest, AgreesWithTheExportedArrays) {
    const auto out = (dir_.path() / "arrays").string();
    ASSERT_EQ(runCli({"record", "export", file_, "--out", out}).status, 0);
    const auto selected = readNpy<std::int32_t>(out + "/selected.npy");
    const auto probs = readNpy<float>(out + "/router_probs.npy");
    ASSERT_EQ(selected.shape, (std::vector<std::int64_t>{3, 60, 2}));
    std::vector<int> expected;
    for (std::size_t t = 0; t < 60; ++t) {
        const auto at = (1 * 60 + t) * 2;
        if ((selected.data[at] == 4 || selected.data[at + 1] == 4) &&
            probs.data[(1 * 60 + t) * 8 + 4] < 0.3F)
            expected.push_back(static_cast<int>(t));
    }
    ASSERT_FALSE(expected.empty());
    EXPECT_EQ(indices("layer=1 & expert=4 & p<0.3"), expected);
}

TEST_F(RecordFilterTest, SaysWhatIsWrongWithAFilter) {
    expectRefusal(runCli({"record", "filter", file_, "lyer=3"}),
                  2,
                  {"filter \"lyer=3\": column 1: there is no field \"lyer\""});
    expectRefusal(runCli({"record", "filter", "/absent.gscope", "routed"}), 3, {"absent.gscope"});
}

TEST_F(RecordFilterTest, HelpShowsAFilter) {
    const auto outcome = runCli({"record", "filter", "--help"});
    EXPECT_THAT(outcome.out, HasSubstr("layer=17 & expert=3 & margin<0.05 & text~\"self\""));
    EXPECT_THAT(outcome.out, HasSubstr("docs/filter.md"));
}

}  // namespace
}  // namespace gatescope

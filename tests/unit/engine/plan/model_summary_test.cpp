#include "engine/plan/model_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/model/open_model.h"
#include "tests/support/test_paths.h"

namespace gatescope {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

TEST(ModelSummaryTest, SaysWhatACheckpointIs) {
    const auto source = openModel((test::dataDir() / "tiny-a").string());
    const ModelSummary summary = summarize(*source);
    EXPECT_EQ(summary.name, "tiny-a");
    EXPECT_EQ(summary.format, "xai-checkpoint");
    EXPECT_FALSE(summary.synthetic);
    EXPECT_EQ(summary.numTensors, 2U + 4 * 12);
    std::uint64_t bytes = 0;
    for (const auto& [type, count] : summary.bytesByType) bytes += count;
    EXPECT_EQ(bytes, summary.storedBytes);
    EXPECT_THAT(summary.bytesByType, Contains(Pair("bf16 scales", testing::Gt(0U))));
    ASSERT_TRUE(summary.tokenizer.has_value());
    EXPECT_EQ(summary.tokenizer->origin, "tokenizer.model");
    EXPECT_EQ(summary.tokenizer->algorithm, "BPE");
    EXPECT_EQ(summary.tokenizer->numPieces, 512);
    EXPECT_EQ(summary.tokenizer->piecesByKind.at("byte"), 256);
    EXPECT_EQ(summary.tokenizer->specialTokens.at("eos"), 2);
    EXPECT_TRUE(summary.remarks.empty());
}

TEST(ModelSummaryTest, CountsGrok1AsItIsPublished) {
    const ModelSummary summary = summarize(*openModel("synthetic:grok-1"));
    EXPECT_TRUE(summary.synthetic);
    EXPECT_FALSE(summary.tokenizer.has_value());
    // shared/grok-model.md 7.
    EXPECT_EQ(summary.parameters.total, 315'684'820'992U);
    EXPECT_EQ(summary.parameters.active, 83'756'587'008U);
    EXPECT_EQ(summary.bytesByType.at("i8"), 314'874'789'888U);
    EXPECT_EQ(summary.bytesByType.at("bf16 scales"), 124'780'544U);
}

TEST(ModelSummaryTest, ReadsAsRowsForPeople) {
    const auto rows = rowsOf(summarize(*openModel("synthetic:grok-1")));
    EXPECT_THAT(rows, Contains(Pair("parameters", HasSubstr("315,684,820,992 in all"))));
    EXPECT_THAT(rows, Contains(Pair("format", HasSubstr("SYNTHETIC"))));
    EXPECT_THAT(rows, Contains(Pair("tokenizer", HasSubstr("none"))));
    EXPECT_THAT(rows, Contains(Pair("", HasSubstr("no GPU is used"))));
}

}  // namespace
}  // namespace gatescope

#include "engine/model/safetensors/safetensors_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <set>

#include "engine/error.h"
#include "tests/support/malformed_safetensors.h"
#include "tests/support/safetensors_writer.h"

namespace gatescope {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<SafetensorsEntry> read(const std::string& bytes) {
    return readSafetensorsHeader(test::sourceOf(bytes), "model.safetensors");
}

struct Refusal {
    std::string code = "none";
    std::string text;
};

Refusal refusal(const std::string& bytes) {
    try {
        (void)read(bytes);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput) << error.what();
        EXPECT_THAT(error.what(),
                    AllOf(HasSubstr("model.safetensors"), HasSubstr("[" + error.code() + "]")));
        return {error.code(), error.what()};
    }
    return {};
}

TEST(SafetensorsHeaderTest, ReadsTensorsInTheOrderOfTheirBytes) {
    const std::string bytes =
        test::safetensorsOf(R"({"__metadata__":{"format":"pt"},)"
                            R"("late":{"dtype":"BF16","shape":[2,3],"data_offsets":[4,16]},)"
                            R"("early":{"data_offsets":[0,4],"shape":[],"dtype":"F32"}})",
                            std::string(16, 'x'));
    const auto tensors = read(bytes);
    ASSERT_EQ(tensors.size(), 2U);
    EXPECT_EQ(tensors[0].name, "early");
    EXPECT_EQ(tensors[0].type->dtype, DType::F32);
    EXPECT_TRUE(tensors[0].shape.empty());
    EXPECT_EQ(tensors[0].offset, bytes.size() - 16);
    EXPECT_EQ(tensors[0].bytes, 4U);
    EXPECT_EQ(tensors[1].name, "late");
    EXPECT_EQ(tensors[1].type->dtype, DType::BF16);
    EXPECT_THAT(tensors[1].shape, ElementsAre(2, 3));
    EXPECT_EQ(tensors[1].offset, bytes.size() - 12);
}

TEST(SafetensorsHeaderTest, TakesWhatIsUnusualButRight) {
    const std::pair<const char*, std::string> files[] = {
        {"no tensor", test::safetensorsOf("{}", "")},
        {"spaces behind", test::safetensorsOf("{}" + std::string(4096, ' '), "")},
        {"spaces within", test::safetensorsOf("{ \t\r\n }", "")},
        {"empty metadata", test::safetensorsOf(R"({"__metadata__":{}})", "")},
        {"metadata last", test::safetensorsOf(R"({"__metadata__":{"a":"b","c":"d"}})", "")},
        {"empty tensors",
         test::safetensorsOf(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},)"
                             R"("b":{"dtype":"F64","shape":[3,0,2],"data_offsets":[0,0]}})",
                             "")},
        {"half bytes",
         test::safetensorsOf(R"({"a":{"dtype":"F4","shape":[3,2],"data_offsets":[0,3]}})", "xxx")},
        {"a name in other letters",
         test::safetensorsOf("{\"\xe6\x97\xa5.w\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":"
                             "[0,1]}}",
                             "x")},
        {"eight dimensions",
         test::safetensorsOf(
             R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", "x")},
        {"an unaligned tensor",
         test::safetensorsOf({{"a", "U8", {1}, "x"}, {"b", "F32", {1}, "xxxx"}})},
    };
    for (const auto& [what, bytes] : files) EXPECT_EQ(refusal(bytes).text, "") << what;
}

TEST(SafetensorsHeaderTest, EachFaultHasItsCode) {
    const auto files = test::malformedSafetensors();
    EXPECT_GE(files.size(), 190U);
    std::set<std::string> codes;
    for (const auto& [what, bytes, code] : files) {
        const Refusal found = refusal(bytes);
        EXPECT_EQ(found.code, code) << what << ": " << found.text;
        codes.insert(found.code);
    }
    for (const char* code : {"SAFETENSORS-601",
                             "SAFETENSORS-602",
                             "SAFETENSORS-603",
                             "SAFETENSORS-604",
                             "SAFETENSORS-605",
                             "SAFETENSORS-606",
                             "SAFETENSORS-607",
                             "SAFETENSORS-608",
                             "SAFETENSORS-609"})
        EXPECT_TRUE(codes.contains(code)) << code;
    EXPECT_EQ(refusal(test::GoodHeader{}.bytes()).text, "");  // what they were made from
}

TEST(SafetensorsHeaderTest, SaysWhereAndHowMuch) {
    const std::string good = test::GoodHeader{}.bytes();
    EXPECT_THAT(refusal(good.substr(0, good.size() - 5)).text, HasSubstr("(5 bytes are missing)"));
    test::GoodHeader shape;
    shape.shape = "[3,7]";
    EXPECT_THAT(refusal(shape.bytes()).text,
                AllOf(HasSubstr("tensor a"), HasSubstr("[3, 7] in 8 bytes, expected 84")));
    test::GoodHeader hostile;
    hostile.name = R"("\u001b[31mred")";
    EXPECT_THAT(refusal(hostile.bytes()).text, HasSubstr("\\x1b[31mred"));
}

TEST(SafetensorsHeaderTest, RefusesEveryTruncation) {
    const std::string good = test::GoodHeader{}.bytes();
    for (std::size_t length = 0; length < good.size(); ++length)
        EXPECT_NE(refusal(good.substr(0, length)).code, "none") << length;
}

/// Processor time of refusing a header of so many tensors, the least of some runs.
double secondsToRefuse(int numTensors, int runs) {
    std::string header = "{";
    for (int i = 0; i < numTensors; ++i)
        header += fmt::format(
            R"({}"model.layers.{}.moe_block.experts.0.linear.weight":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})",
            i == 0 ? "" : ",",
            i);
    const std::string bytes = test::safetensorsOf(header + "}", "tail");
    std::clock_t least = std::numeric_limits<std::clock_t>::max();
    for (int run = 0; run < runs; ++run) {
        const std::clock_t begin = std::clock();
        EXPECT_EQ(refusal(bytes).code, "SAFETENSORS-608");
        least = std::min(least, std::clock() - begin);
    }
    return static_cast<double>(least) / CLOCKS_PER_SEC;
}

/// Ten times the tensors take ten times as long, not a hundred: 20,000 are ten times those of
/// Grok-1.
TEST(SafetensorsHeaderTest, TakesNoLongerThanItsHeaderIsLong) {
    const double few = secondsToRefuse(2'000, 5);
    const double many = secondsToRefuse(20'000, 2);
    EXPECT_LT(many, 40 * few);
    std::printf("%.1f and %.1f ms\n", 1e3 * few, 1e3 * many);
}

}  // namespace
}  // namespace gatescope

#include <gtest/gtest.h>

#include <random>

#include "engine/routing/filter/filter_lexer.h"
#include "tests/unit/engine/routing/filter/filter_samples.h"

namespace gatescope {
namespace {

using test::problemOf;

std::string times(const std::string& part, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += part;
    return text;
}

struct Mistake {
    const char* filter;
    const char* sentence;
};

class FilterMistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(FilterMistakes, GetASentenceWithTheirColumn) {
    EXPECT_EQ(problemOf(GetParam().filter), GetParam().sentence);
}

constexpr const char* kFieldNames =
    "the fields are layer, expert, first, p, gate, margin, decisive, entropy, mass, repeat, "
    "logprob, surprise, text, token, index, message, role, generated, drafted, routed";

INSTANTIATE_TEST_SUITE_P(
    All,
    FilterMistakes,
    ::testing::Values(
        Mistake{"", "column 1: expected a field, !, any:, all:, none: or (, found the end"},
        Mistake{"layer",
                "column 6: expected =, !=, <, <=, >, >= or in behind layer, found the end"},
        Mistake{"layer =", "column 8: expected a number, found the end"},
        Mistake{"layer=x", "column 7: expected a number, found \"x\""},
        Mistake{"layer=-1", "column 7: expected a whole number from 0, found \"-1\""},
        Mistake{"layer=3.5", "column 7: expected a whole number from 0, found \"3.5\""},
        Mistake{"layer=1e3", "column 7: expected a whole number from 0, found \"1e3\""},
        Mistake{"layer=9..3", "column 7: the range 9..3 ends before it begins"},
        Mistake{"layer=3..", "column 10: expected the end of the range, found the end"},
        Mistake{"layer~3",
                "column 6: expected =, !=, <, <=, >, >= or in behind layer, found \"~\""},
        Mistake{"expert in 3", "column 11: expected a set like {1, 3}, found \"3\""},
        Mistake{"expert in {}", "column 12: expected a number, found \"}\""},
        Mistake{"expert={1 3}", "column 11: expected a comma or }, found \"3\""},
        Mistake{"expert={1,", "column 11: expected a number, found the end"},
        Mistake{"margin<1e999", "column 8: 1e999 is out of range"},
        Mistake{"(layer=3", "column 9: expected &, | or ), found the end"},
        Mistake{"layer=3)", "column 8: expected &, | or the end, found \")\""},
        Mistake{"layer=3 expert=2", "column 9: expected &, | or the end, found \"expert\""},
        Mistake{"layer=3 &",
                "column 10: expected a field, !, any:, all:, none: or (, found the end"},
        Mistake{"& layer=3", "column 1: expected a field, !, any:, all:, none: or (, found \"&\""},
        Mistake{"some: layer=3", "column 1: expected any:, all: or none:, found \"some\""},
        Mistake{"text~", "column 6: expected a text like \"self\", found the end"},
        Mistake{"text~3", "column 6: expected a text like \"self\", found \"3\""},
        Mistake{"text~\"self", "column 6: this text has no closing quotation mark"},
        Mistake{"text~\"\"", "column 6: the text to look for is empty"},
        Mistake{"text=\" \"", "column 6: the text to look for is empty"},
        Mistake{"text<\"a\"", "column 5: expected ~, = or != behind text, found \"<\""},
        Mistake{"role=model", "column 6: expected user or assistant, found \"model\""},
        Mistake{"generated=1", "column 10: generated is yes or no: write generated or !generated"},
        Mistake{"p>0.3",
                "column 1: of which expert? none is named here: write p(3), or expert=3 & p with "
                "a comparison"},
        Mistake{"expert=1 & expert=3 & gate>0.3",
                "column 23: of which expert? several are named here: write gate(3), or expert=3 "
                "& gate with a comparison"},
        Mistake{"expert=1 & any: gate>0.3",
                "column 17: of which expert? none is named here: write gate(3), or expert=3 & "
                "gate with a comparison"},
        Mistake{"p(x)>1", "column 3: expected an expert's number, found \"x\""},
        Mistake{"p(3>1", "column 4: expected ), found \">\""},
        Mistake{"layer=3 # note",
                "column 9: \"#\" means nothing here; texts stand in quotation marks"},
        // Columns count characters, not bytes; what would break the sentence is shown as a code.
        Mistake{"text~\"Größe\" & läyer=1",
                "column 17: \"ä\" means nothing here; texts stand in quotation marks"},
        Mistake{"layer=3 \x1b",
                "column 9: \"\\x1b\" means nothing here; texts stand in quotation marks"}));

TEST(FilterSyntaxTest, AnUnknownFieldIsToldTheFields) {
    EXPECT_EQ(problemOf("layer=3 & lyer=2"),
              std::string("column 11: there is no field \"lyer\"; ") + kFieldNames);
}

TEST(FilterSyntaxTest, TakesEveryWayToWrite) {
    for (const char* filter : {"layer=17 & expert=3 & margin<0.05 & text~\"self\"",
                               "layer = 3..9 && expert in {1, 3, 5..7} || !first==2",
                               "not (layer=1 and expert=2) or generated",
                               "all: entropy > 2.5 & none: expert=3",
                               "any:(layer=3&expert=1)&any:(layer=5&expert=2)",
                               "p(3)>.5 & gate(0)<=1e-3 & logprob < -2.5 & surprise>=3",
                               "LAYER=3 & Text~self",
                               "text=\"a \\\"b\\\" \\\\\"",
                               "decisive<0.001 | mass>0.5 | repeat | routed | drafted",
                               "role=user | role!=assistant | token=5 | index<10 | message=1",
                               "expert=3 & (p>0.4 | !gate<0.2)",
                               "first=3 & p>0.4",
                               "margin=0.01..0.05",
                               "layer!=3..9"})
        EXPECT_EQ(problemOf(filter), "none") << filter;
}

TEST(FilterSyntaxTest, RefusesWhatIsTooLongOrTooDeep) {
    EXPECT_EQ(problemOf(times("(", 31) + "layer=1" + times(")", 31)), "none");
    EXPECT_EQ(problemOf(times("(", 40) + "layer=1" + times(")", 40)),
              "column 33: parentheses, ! and any: stand at most 32 deep in one another");
    EXPECT_EQ(problemOf(times("!", 4000) + "routed"),
              "column 33: parentheses, ! and any: stand at most 32 deep in one another");
    EXPECT_EQ(problemOf(times("any:", 1000) + "routed"),
              "column 129: parentheses, ! and any: stand at most 32 deep in one another");
    EXPECT_EQ(problemOf("routed" + times("|routed", 127)), "none");
    EXPECT_EQ(problemOf("routed" + times("|routed", 128)),
              "column 897: a filter has at most 128 comparisons");
    EXPECT_EQ(problemOf("layer={1" + times(",1", 127) + "}"), "none");
    EXPECT_EQ(problemOf("layer={1" + times(",1", 128) + "}"),
              "column 264: a set has at most 128 numbers");
    EXPECT_EQ(problemOf("text~\"" + times("a", 257) + "\""),
              "column 6: a text to look for has at most 256 bytes, this one has 257");
    EXPECT_EQ(problemOf(times(" ", 4097)),
              "column 1: a filter has at most 4096 bytes, this one has 4097");
}

// Whatever is typed is answered: by a filter that can be run, or by a sentence.
TEST(FilterSyntaxTest, AnswersAnyRowOfWords) {
    const std::vector<std::string> words{"layer",  "expert",
                                         "first",  "p",
                                         "gate",   "margin",
                                         "text",   "role",
                                         "user",   "generated",
                                         "repeat", "in",
                                         "any",    "all",
                                         "none",   ":",
                                         "=",      "!=",
                                         "<",      "<=",
                                         ">",      "~",
                                         "&",      "|",
                                         "!",      "(",
                                         ")",      "{",
                                         "}",      ",",
                                         "..",     "3",
                                         "0.25",   "-1",
                                         "1e9",    "\"a\"",
                                         "\"",     "\xC3",
                                         "\xff",   std::string(1, '\0'),
                                         "é",      "99999999999999999999"};
    std::mt19937 random(7);
    test::SampleTokens tokens;
    for (int i = 0; i < 4; ++i)
        tokens.add(i % 2 == 0 ? "a\xC3" : "",
                   i == 2 ? nullptr : test::randomRecord(random, {2, 4, 2}));
    int good = 0;
    for (int round = 0; round < 30000; ++round) {
        std::string filter;
        const auto length = random() % 12;
        for (std::size_t i = 0; i < length; ++i)
            filter += words[random() % words.size()] + (random() % 3 == 0 ? " " : "");
        const auto parsed = RoutingFilter::parse(filter);
        if (parsed.filter) {
            ++good;
            matchesOf(*parsed.filter, tokens);
        } else {
            ASSERT_EQ(parsed.problem.sentence.rfind("column ", 0), 0U) << filter;
            ASSERT_GE(parsed.problem.column, 1);
            ASSERT_LE(parsed.problem.column, static_cast<int>(filter.size()) + 1);
        }
    }
    EXPECT_GT(good, 100) << "the words never make a filter: nothing was run";
}

}  // namespace
}  // namespace gatescope

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include "engine/error_codes.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;

/// Every test of tests/, "Suite.Name", with the text of its file.
std::map<std::string, std::string> testsBySource() {
    static const std::regex kTest(R"(TEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\))");
    std::map<std::string, std::string> tests;
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path(GATESCOPE_SOURCE_DIR) / "tests")) {
        if (entry.path().extension() != ".cpp") continue;
        std::ifstream in(entry.path());
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        for (std::sregex_iterator match(text.begin(), text.end(), kTest), end; match != end;
             ++match)
            tests[fmt::format("{}.{}", (*match)[1].str(), (*match)[2].str())] = text;
    }
    return tests;
}

TEST(ErrorCodes, EachHasATestThatNamesIt) {
    const auto tests = testsBySource();
    ASSERT_GT(tests.size(), 200U) << "the tests were not found";
    for (const ErrorCodeRow& row : errorCodes()) {
        const auto test = tests.find(std::string(row.test));
        if (test == tests.end()) {
            ADD_FAILURE() << row.text << ": there is no test " << row.test;
            continue;
        }
        EXPECT_THAT(test->second, testing::HasSubstr(std::string(row.text)))
            << row.test << " does not expect the code it is named for";
    }
}

TEST(ErrorCodes, TheTableIsWhole) {
    static const std::regex kCode("[A-Z]+-[0-9]{3}");
    std::set<std::string_view> texts;
    for (const ErrorCodeRow& row : errorCodes()) {
        EXPECT_EQ(&rowOf(row.code), &row) << row.text << " stands in another order than the enum";
        EXPECT_TRUE(texts.insert(row.text).second) << row.text << " is there twice";
        EXPECT_TRUE(std::regex_match(row.text.begin(), row.text.end(), kCode)) << row.text;
        EXPECT_FALSE(row.meaning.empty() || row.action.empty()) << row.text;
    }
}

TEST(ErrorCodes, AreListedForReaders) {
    std::ifstream in(fs::path(GATESCOPE_SOURCE_DIR) / "docs/errors.md");
    const std::string page{std::istreambuf_iterator<char>(in), {}};
    for (const ErrorCodeRow& row : errorCodes())
        EXPECT_THAT(
            page,
            testing::HasSubstr(fmt::format("| {} | {} | {} |", row.text, row.meaning, row.action)));
}

TEST(ErrorCodes, MakeOneSentence) {
    try {
        refuse(ErrorCode::FileIsEmpty, "a.gguf", "has no bytes, expected a model");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        EXPECT_EQ(error.code(), "FILE-006");
        EXPECT_STREQ(error.what(),
                     "a.gguf has no bytes, expected a model; download it again or compare its "
                     "SHA-256 [FILE-006]");
    }
}

}  // namespace
}  // namespace gatescope

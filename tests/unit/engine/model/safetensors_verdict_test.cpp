// The verdicts of the reference implementation on good and damaged files, against ours. They were
// collected once (tests/data/huggingface/make_huggingface.py), so that no build needs the package.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "engine/error.h"
#include "engine/model/safetensors/safetensors_header.h"
#include "tests/support/safetensors_writer.h"
#include "tests/support/test_paths.h"

namespace gatescope {
namespace {

/// Where we are stricter than the reference, by the codes this may show as.
const std::map<std::string, const char*>& stricter() {
    static const std::map<std::string, const char*> kReasons{
        {"FILE-007", "the format wants { as the first byte, the reference skips space"},
        {"SAFETENSORS-603", "more than eight dimensions, or deeper than eight"},
        {"SAFETENSORS-604", "keys that the format does not have, arrays or null for objects"},
        {"SAFETENSORS-605", "names that are there twice, of which the reference keeps the last"},
        {"SAFETENSORS-609", "names that are empty or hold controls"},
    };
    return kReasons;
}

std::string bytesOf(const std::string& hexadecimal) {
    std::string out;
    for (std::size_t i = 0; i + 1 < hexadecimal.size(); i += 2)
        out += static_cast<char>(std::stoi(hexadecimal.substr(i, 2), nullptr, 16));
    return out;
}

std::string codeOf(const std::string& bytes) {
    try {
        (void)readSafetensorsHeader(test::sourceOf(bytes), "case.safetensors");
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadInput);
        return error.code();
    }
    return "accepts";
}

TEST(SafetensorsVerdictTest, NeverAcceptsWhatTheReferenceRefuses) {
    std::ifstream file(test::dataDir() / "huggingface/verdicts.txt");
    ASSERT_TRUE(file);
    std::map<std::string, int> counts;
    std::set<std::string> used;
    for (std::string line; std::getline(file, line);) {
        const auto space = line.find(' ');
        const std::string verdict = line.substr(0, space);
        const std::string hexadecimal = line.substr(space + 1);  // empty for an empty file
        const std::string code = codeOf(bytesOf(hexadecimal));
        ++counts[verdict];
        if (verdict == "good") {
            EXPECT_EQ(code, "accepts") << hexadecimal;
        } else if (verdict == "refuses") {
            EXPECT_NE(code, "accepts") << hexadecimal;
        } else if (code != "accepts") {
            EXPECT_TRUE(stricter().contains(code)) << code << " " << hexadecimal;
            used.insert(code);
        }
    }
    EXPECT_GE(counts["good"], 200);
    EXPECT_GE(counts["refuses"], 1000);
    EXPECT_GE(counts["accepts"], 50);
    for (const auto& [code, reason] : stricter())
        EXPECT_TRUE(used.contains(code)) << code << " is excused but never needed: " << reason;
    std::printf("%d good, %d refused, %d accepted by the reference\n",
                counts["good"],
                counts["refuses"],
                counts["accepts"]);
}

}  // namespace
}  // namespace gatescope

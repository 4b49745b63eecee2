#include "engine/io/json_stream.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/error.h"
#include "tests/support/safetensors_writer.h"

namespace gatescope {
namespace {

/// The events as text: "{ a: 1 ]" and so on.
class Written final : public JsonEvents {
  public:
    void beginObject() override { out += "{"; }
    void endObject() override { out += "}"; }
    void beginArray() override { out += "["; }
    void endArray() override { out += "]"; }
    void key(std::string& text) override { out += fmt::format("{}:", text); }
    void text(std::string& text) override { out += fmt::format("'{}' ", text); }
    void integer(std::uint64_t value) override { out += fmt::format("{} ", value); }
    void otherValue(const std::string& kind) override { out += fmt::format("<{}> ", kind); }

    std::string out;
};

/// What a text says, or "offset: fault" for one that is refused.
std::string read(const std::string& text, std::uint64_t before = 0, std::uint64_t behind = 0) {
    const std::string file = std::string(before, 'x') + text + std::string(behind, 'x');
    const ByteSource source = test::sourceOf(file);
    JsonStream stream(
        source,
        before,
        text.size(),
        [](JsonFault fault, std::uint64_t offset, const std::string& /*problem*/) {
            throw Error(
                ErrorKind::BadInput,
                fmt::format("{}: {}", offset, fault == JsonFault::Limit ? "limit" : "syntax"));
        });
    Written written;
    try {
        stream.read(written);
    } catch (const Error& error) {
        return error.what();
    }
    return written.out;
}

TEST(JsonStreamTest, TellsTheTextInOrder) {
    EXPECT_EQ(read(R"({"a": [1, "two", {"b": null}], "c": {}})"), "{a:[1 'two' {b:<null> }]c:{}}");
    EXPECT_EQ(read("{}"), "{}");
    EXPECT_EQ(read("{ } \n\t "), "{}");
    EXPECT_EQ(read(R"({"a":"\u0061\n\ud83d\ude00"})"), "{a:'a\n\xf0\x9f\x98\x80' }");
}

TEST(JsonStreamTest, ReadsAPartOfAFile) {
    EXPECT_EQ(read(R"({"a": 1})", 17, 9), "{a:1 }");
    EXPECT_EQ(read(R"({"a": 1)", 17, 9), "24: syntax");  // what lies behind is not looked at
}

TEST(JsonStreamTest, TakesOnlyPlainIntegersForIntegers) {
    EXPECT_EQ(read(R"({"a": [0, 18446744073709551615]})"), "{a:[0 18446744073709551615 ]}");
    for (const char* number : {"-1", "-0", "1.0", "1e0", "1E2", "18446744073709551616", "1e300"})
        EXPECT_EQ(read(fmt::format(R"({{"a": {}}})", number)).substr(0, 4), "{a:<") << number;
    for (const char* number : {"01", "+1", "0x1", ".5", "1.", "--1", "NaN", "Infinity", "1e400"})
        EXPECT_NE(read(fmt::format(R"({{"a": {}}})", number)).find("syntax"), std::string::npos)
            << number;
}

TEST(JsonStreamTest, RefusesWhatOnlySomeReadersTake) {
    const std::string zero("{\"a\":1}\0", 8);
    EXPECT_EQ(read(zero), "7: syntax");
    EXPECT_EQ(read(std::string("{\0}", 3)), "1: syntax");
    EXPECT_EQ(read("\xef\xbb\xbf{}"), "0: syntax");
    for (const char* text : {"",
                             " {}",
                             "[]",
                             "1",
                             "{}{}",
                             "{},",
                             "{'a':1}",
                             "{\"a\":1,}",
                             "{/**/}",
                             "{\"a\":\"\xff\"}",
                             "{\"a\":\"\xed\xa0\x80\"}",
                             R"({"a":"\ud800"})"})
        EXPECT_NE(read(text).find("syntax"), std::string::npos) << text;
}

TEST(JsonStreamTest, HasABottomAndAnEndToItsPatience) {
    const auto nested = [](int depth) {
        std::string out = "{\"a\":";
        for (int i = 1; i < depth; ++i) out += '[';
        for (int i = 1; i < depth; ++i) out += ']';
        return out + "}";
    };
    EXPECT_EQ(read(nested(kDeepestJson)).find("limit"), std::string::npos);
    EXPECT_NE(read(nested(kDeepestJson + 1)).find("limit"), std::string::npos);
    const auto filled = [](std::uint64_t bytes) {
        return fmt::format(R"({{"a":"{}"}})", std::string(bytes, 's'));
    };
    EXPECT_EQ(read(filled(kLongestJsonRun - 1)).find("limit"), std::string::npos);
    EXPECT_NE(read(filled(kLongestJsonRun + 1)).find("limit"), std::string::npos);
    EXPECT_NE(read("{}" + std::string(2 << 20, ' ')).find("limit"), std::string::npos);
    EXPECT_NE(read("{\"a\":" + std::string(2 << 20, '1') + "}").find("limit"), std::string::npos);
}

TEST(JsonStreamTest, CrossesTheEdgeOfItsWindow) {
    constexpr std::size_t kWindow = 64 * 1024;
    for (std::size_t padding = kWindow - 12; padding < kWindow + 3; ++padding) {
        const std::string spaces(padding, ' ');
        EXPECT_EQ(read("{" + spaces + R"("key":"\u00e9","b":12})"), "{key:'\xc3\xa9' b:12 }")
            << padding;
    }
}

}  // namespace
}  // namespace gatescope

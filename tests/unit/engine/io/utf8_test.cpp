#include "engine/io/utf8.h"

#include <gtest/gtest.h>

#include "tests/unit/engine/tokenizer/random_text.h"

namespace gatescope {
namespace {

TEST(Utf8Test, TakesEveryValidCharacterAndNoOtherPoint) {
    int characters = 0;
    for (std::uint32_t point = 0; point < 0x200000; ++point) {
        const std::string bytes = test::utf8Of(point);
        const bool valid = point < 0xD800 || (point > 0xDFFF && point <= 0x10FFFF);
        ASSERT_EQ(isUtf8(bytes), valid) << point;
        characters += valid ? 1 : 0;
        if (!valid) continue;
        for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
            const auto head = readUtf8(std::string_view(bytes).substr(0, cut));
            ASSERT_EQ(head.kind, Utf8Head::Kind::Incomplete) << point;
            ASSERT_EQ(head.size, cut) << point;
        }
    }
    EXPECT_EQ(characters, 0x110000 - 0x800);
}

TEST(Utf8Test, RefusesOverlongForms) {
    for (const char* bytes : {"\xC0\xAF",
                              "\xC1\xBF",
                              "\xE0\x80\xAF",
                              "\xE0\x9F\xBF",
                              "\xF0\x80\x80\xAF",
                              "\xF0\x8F\xBF\xBF",
                              "\xF4\x90\x80\x80",
                              "\xF5"})
        EXPECT_EQ(readUtf8(bytes).kind, Utf8Head::Kind::Invalid) << bytes;
}

TEST(Utf8Test, ReplacesEachBrokenByteByOneCharacter) {
    EXPECT_EQ(replaceInvalidUtf8("a\xE2\x96z"), "a\xEF\xBF\xBD\xEF\xBF\xBDz");
    EXPECT_EQ(replaceInvalidUtf8("\xF0\x9F\x98"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(replaceInvalidUtf8("\xF0\x9F\x98\x80!"), "\xF0\x9F\x98\x80!");
    EXPECT_EQ(replaceInvalidUtf8(std::string("\0", 1)), std::string("\0", 1));
}

}  // namespace
}  // namespace gatescope

#include "engine/io/shown_text.h"

#include <gtest/gtest.h>

namespace gatescope {
namespace {

TEST(ShownTextTest, LeavesEveryScriptAsItIs) {
    EXPECT_EQ(shownText("Müller/モデル/модель.gguf 😀"), "Müller/モデル/модель.gguf 😀");
}

TEST(ShownTextTest, LetsNoTextRearrangeTheMessage) {
    EXPECT_EQ(shownText("a\nb\x1B[31m\x7F"), "a\\x0ab\\x1b[31m\\x7f");
    EXPECT_EQ(shownText("a\xC2\x85z"), "a\\x85z");  // a control of two bytes: next line
    EXPECT_EQ(shownText("x\xE2\x80\xAEy"), "x\\u202ey");
}

TEST(ShownTextTest, ShowsBytesThatAreNoTextOneByOne) {
    EXPECT_EQ(shownText("\xFF\xE2\x96z\xC3"), "\\xff\\xe2\\x96z\\xc3");
}

TEST(ShownTextTest, CutsBetweenCharacters) {
    EXPECT_EQ(shownText(std::string(200, 'z')).size(), 83U);
    EXPECT_EQ(shownText(std::string(200, 'z'), kWholeText).size(), 200U);
    EXPECT_EQ(shownText("éé", 2), "éé");
    EXPECT_EQ(shownText("ééé", 2), "éé...");
    EXPECT_EQ(quotedText(std::string(200, 'z')).size(), 85U);
}

}  // namespace
}  // namespace gatescope

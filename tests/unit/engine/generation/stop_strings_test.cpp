#include "engine/generation/stop_strings.h"

#include <gtest/gtest.h>

#include <vector>

#include "engine/generation/reply_buffer.h"

namespace gatescope {
namespace {

StopLook look(const std::string& text, const std::vector<std::string>& stops) {
    return lookForStop(text, stops);
}

TEST(StopStringsTest, FindsTheFirstOfSeveral) {
    EXPECT_EQ(look("one two three", {"three", "two"}).match, 4U);
    EXPECT_FALSE(look("one two three", {"four"}).match);
    EXPECT_FALSE(look("one", {}).match);
}

TEST(StopStringsTest, HoldsTheLongestEndThatMayBecomeAStopString) {
    EXPECT_EQ(look("text\nUs", {"\nUser:"}).heldFrom, 4U);
    EXPECT_EQ(look("text\nUx", {"\nUser:"}).heldFrom, 7U);
    EXPECT_EQ(look("aab", {"b!", "ab?"}).heldFrom, 1U);
    EXPECT_EQ(look("", {"x"}).heldFrom, 0U);
    EXPECT_EQ(look("abc", {}).heldFrom, 3U);
}

TEST(StopStringsTest, SeesARepeatedBeginning) {
    EXPECT_EQ(look("\n\n", {"\n\n\n"}).heldFrom, 0U);
    EXPECT_EQ(look("aaaa", {"aab"}).heldFrom, 2U);
}

class ReplyBufferTest : public testing::Test {
  protected:
    /// Feeds one token and returns the texts that come out.
    std::vector<std::string> feed(ReplyBuffer& buffer, const std::string& text) {
        const auto look = buffer.look(text);
        EXPECT_FALSE(look.match);
        TokenGenerated token;
        token.text = text;
        buffer.hold(std::move(token), look.heldFrom);
        std::vector<std::string> out;
        while (auto ready = buffer.release()) out.push_back(ready->text);
        return out;
    }
    std::vector<std::string> rest(ReplyBuffer& buffer) {
        std::vector<std::string> out;
        while (auto ready = buffer.releaseAny()) out.push_back(ready->text);
        return out;
    }
    using Texts = std::vector<std::string>;
};

TEST_F(ReplyBufferTest, GivesEveryTokenAtOnceWithoutStopStrings) {
    ReplyBuffer buffer({});
    EXPECT_EQ(feed(buffer, "a"), Texts{"a"});
    EXPECT_EQ(feed(buffer, ""), Texts{""});
    EXPECT_EQ(feed(buffer, "b"), Texts{"b"});
}

TEST_F(ReplyBufferTest, HoldsAWholeTokenWhoseEndMayBeginAStopString) {
    ReplyBuffer buffer({"END"});
    EXPECT_EQ(feed(buffer, "fine"), Texts{"fine"});
    EXPECT_EQ(feed(buffer, "thisE"), Texts{});
    EXPECT_EQ(feed(buffer, "N"), Texts{});
    EXPECT_EQ(feed(buffer, "X"), (Texts{"thisE", "N", "X"}));
}

TEST_F(ReplyBufferTest, KeepsSilentTokensWithTheCharacterTheyBelongTo) {
    ReplyBuffer buffer({"é!"});
    EXPECT_EQ(feed(buffer, ""), Texts{});  // first byte of a character
    EXPECT_EQ(feed(buffer, "é"), Texts{});
    EXPECT_EQ(feed(buffer, "?"), (Texts{"", "é", "?"}));
    EXPECT_EQ(feed(buffer, ""), Texts{});
    EXPECT_EQ(feed(buffer, "x"), (Texts{"", "x"}));
}

TEST_F(ReplyBufferTest, DoesNotCollectSilentTokensForEver) {
    ReplyBuffer buffer({"x"});
    std::size_t shown = 0;
    for (int i = 0; i < 100; ++i) shown += feed(buffer, "").size();
    EXPECT_EQ(shown, 97U);
}

TEST_F(ReplyBufferTest, CutsTheTokenThatReachesAcrossAndDropsTheRest) {
    ReplyBuffer buffer({"END of it"});
    EXPECT_EQ(feed(buffer, "fineEN"), Texts{});
    EXPECT_EQ(feed(buffer, "D o"), Texts{});
    EXPECT_EQ(buffer.look("f it!").match, 4U);
    EXPECT_EQ(buffer.cutAt(4), 1);
    EXPECT_EQ(rest(buffer), Texts{"fine"});
}

TEST_F(ReplyBufferTest, DropsTheSilentBytesOfAStopString) {
    ReplyBuffer buffer({"é!"});
    EXPECT_EQ(feed(buffer, ""), Texts{});
    EXPECT_EQ(feed(buffer, "é"), Texts{});
    EXPECT_EQ(buffer.look("!").match, 0U);
    EXPECT_EQ(buffer.cutAt(0), 2);
    EXPECT_EQ(rest(buffer), Texts{});
}

}  // namespace
}  // namespace gatescope

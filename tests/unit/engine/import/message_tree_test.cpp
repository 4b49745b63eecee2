#include "engine/import/message_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatescope {
namespace {

using ::testing::ElementsAre;

ForeignMessage node(const std::string& id, const std::string& parent, int order = 0) {
    ForeignMessage out;
    out.id = id;
    out.parent = parent;
    out.order = order;
    out.message.text = id;
    return out;
}

ForeignMessage hidden(const std::string& id, const std::string& parent) {
    ForeignMessage out = node(id, parent);
    out.shown = false;
    return out;
}

/// "text<parent's text" of each message, in order.
std::vector<std::string> shape(const std::vector<Message>& tree) {
    std::vector<std::string> out;
    for (const Message& message : tree) {
        EXPECT_EQ(message.id, static_cast<MessageId>(out.size()) + 1);
        EXPECT_LT(message.parent, message.id);
        const auto parent = static_cast<std::size_t>(message.parent);
        out.push_back(message.text + "<" + (parent == 0 ? "" : tree[parent - 1].text));
    }
    return out;
}

TEST(MessageTreeTest, KeepsTheOrderOfAFileInWhichParentsComeFirst) {
    LeftOut leftOut;
    const auto tree = messageTree(
        {node("a", ""), node("b", "a"), node("c", "a", 1), node("d", "b")}, "", leftOut);
    EXPECT_THAT(shape(tree), ElementsAre("a<", "b<a", "c<a", "d<b"));
}

TEST(MessageTreeTest, PutsParentsFirstAndSiblingsInTheirOrder) {
    LeftOut leftOut;
    const auto tree = messageTree(
        {node("d", "c"), node("c", "a", 1), node("b", "a", 0), node("a", "")}, "", leftOut);
    EXPECT_THAT(shape(tree), ElementsAre("a<", "b<a", "c<a", "d<c"));
}

TEST(MessageTreeTest, MakesTheBranchThatWasShownTheNewest) {
    LeftOut leftOut;
    const auto tree = messageTree(
        {node("a", ""), node("b", "a"), node("x", "b"), node("c", "a", 1), node("d", "c")},
        "b",
        leftOut);
    EXPECT_THAT(shape(tree), ElementsAre("a<", "b<a", "c<a", "d<c", "x<b"));
    EXPECT_EQ(branchOf(tree), (std::vector<std::size_t>{0, 1, 4}));
}

TEST(MessageTreeTest, WhatFollowsAHiddenMessageFollowsTheOneBefore) {
    LeftOut leftOut;
    const auto tree = messageTree({hidden("root", ""),
                                   node("a", "root"),
                                   hidden("tool", "a"),
                                   node("b", "tool"),
                                   node("c", "a", 1)},
                                  "tool",
                                  leftOut);
    EXPECT_THAT(shape(tree), ElementsAre("a<", "b<a", "c<a"));
}

TEST(MessageTreeTest, MessagesThatFollowThemselvesAreLeftOut) {
    LeftOut leftOut;
    const auto tree = messageTree(
        {node("a", "b"), node("b", "c"), node("c", "a"), node("self", "self"), node("ok", "")},
        "a",
        leftOut);
    EXPECT_THAT(shape(tree), ElementsAre("ok<"));
    EXPECT_EQ(leftOut.circle, 4);
}

TEST(MessageTreeTest, AMissingParentMakesAFirstMessageAndIsCounted) {
    LeftOut leftOut;
    const auto tree = messageTree({node("a", "gone"), node("b", "a")}, "", leftOut);
    EXPECT_THAT(shape(tree), ElementsAre("a<", "b<a"));
    EXPECT_EQ(leftOut.orphans, 1);
}

TEST(MessageTreeTest, OfTwoMessagesWithOneIdTheFirstStays) {
    LeftOut leftOut;
    auto second = node("a", "");
    second.message.text = "second";
    const auto tree = messageTree({node("a", ""), second, node("b", "a")}, "", leftOut);
    EXPECT_THAT(shape(tree), ElementsAre("a<", "b<a"));
    EXPECT_EQ(leftOut.twice, 1);
}

TEST(MessageTreeTest, AChatOfAHundredThousandMessagesIsNoStackOfCalls) {
    std::vector<ForeignMessage> nodes;
    for (int i = 100'000; i > 0; --i)
        nodes.push_back(node(std::to_string(i), i == 1 ? "" : std::to_string(i - 1)));
    LeftOut leftOut;
    const auto tree = messageTree(std::move(nodes), "100000", leftOut);
    ASSERT_EQ(tree.size(), 100'000U);
    EXPECT_EQ(tree.back().text, "100000");
    EXPECT_EQ(branchOf(tree).size(), 100'000U);
}

}  // namespace
}  // namespace gatescope

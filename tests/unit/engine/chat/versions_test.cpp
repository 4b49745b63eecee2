#include "engine/chat/versions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/chat/branch.h"

namespace gatescope {
namespace {

using ::testing::ElementsAre;

Message message(MessageId id, MessageId parent, Role role) {
    Message m;
    m.id = id;
    m.parent = parent;
    m.role = role;
    return m;
}

// 1 question, 2 and 3 two replies; below reply 2 goes on 4 with 5; the question was edited to 6.
std::vector<Message> tree() {
    return {message(1, 0, Role::User),
            message(2, 1, Role::Assistant),
            message(3, 1, Role::Assistant),
            message(4, 2, Role::User),
            message(5, 4, Role::Assistant),
            message(6, 0, Role::User)};
}

std::vector<MessageId> idsOf(const std::optional<std::vector<std::size_t>>& branch) {
    std::vector<MessageId> ids;
    for (const std::size_t i : branch.value_or(std::vector<std::size_t>{}))
        ids.push_back(tree()[i].id);
    return ids;
}

TEST(Versions, AreCountedAmongMessagesBelowTheSameParent) {
    EXPECT_THAT(versionsOf(tree(), branchOf(tree(), 5)),
                ElementsAre(Version{0, 2}, Version{0, 2}, Version{0, 1}, Version{0, 1}));
    EXPECT_THAT(versionsOf(tree(), branchOf(tree(), 3)), ElementsAre(Version{0, 2}, Version{1, 2}));
    EXPECT_THAT(versionsOf(tree(), branchOf(tree(), 6)), ElementsAre(Version{1, 2}));
}

TEST(Versions, AnotherOneIsShownDownToTheNewestMessageBelowIt) {
    EXPECT_THAT(idsOf(branchOfVersion(tree(), 3, -1)), ElementsAre(1, 2, 4, 5));
    EXPECT_THAT(idsOf(branchOfVersion(tree(), 2, 1)), ElementsAre(1, 3));
    EXPECT_THAT(idsOf(branchOfVersion(tree(), 1, 1)), ElementsAre(6));
    EXPECT_THAT(idsOf(branchOfVersion(tree(), 6, -1)), ElementsAre(1, 2, 4, 5));
}

TEST(Versions, EndWhereThereAreNoMore) {
    EXPECT_EQ(branchOfVersion(tree(), 2, -1), std::nullopt);
    EXPECT_EQ(branchOfVersion(tree(), 3, 1), std::nullopt);
    EXPECT_EQ(branchOfVersion(tree(), 99, 1), std::nullopt);
}

TEST(Versions, AMessageInTheDroppedOnesPlaceIsItsNewestVersion) {
    Branch branch;
    branch.append(message(1, 0, Role::User));
    branch.append(message(2, 1, Role::Assistant));
    branch.truncate(1);
    branch.append(message(3, 1, Role::Assistant));
    EXPECT_EQ(branch.version(1), (Version{1, 2}));
    branch.append(message(4, 3, Role::User));
    EXPECT_EQ(branch.version(2), (Version{0, 1}));
    branch.truncate(0);  // the question is edited: what was below it is of another branch
    branch.append(message(5, 0, Role::User));
    branch.append(message(6, 5, Role::Assistant));
    EXPECT_EQ(branch.version(0), (Version{1, 2}));
    EXPECT_EQ(branch.version(1), (Version{0, 1}));
    branch.assign({message(7, 0, Role::User)}, {{2, 3}});
    EXPECT_EQ(branch.version(0), (Version{2, 3}));
}

}  // namespace
}  // namespace gatescope

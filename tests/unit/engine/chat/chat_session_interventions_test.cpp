// Which experts a session's replies are written with, and what is kept of that.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/engine/chat/chat_session_fixture.h"

namespace gatescope {
namespace {

using test::ChatSessionTest;

TEST_F(ChatSessionTest, RegeneratingKeepsTheOldReplyAndTheSeedWhenOnlyExpertsChange) {
    start(says({ids(" one"), ids(" two")}));
    ASSERT_TRUE(talk("hi"));
    const auto seed = session_->messages()[1].sampler.seed;
    EXPECT_NE(seed, 0U);
    InterventionSet off;
    off.ablate.push_back({LayerId{1}, ExpertId{3}});
    session_->setInterventions(off);
    session_->regenerate();
    ASSERT_TRUE(idle());
    ASSERT_EQ(session_->messages().size(), 2U);
    EXPECT_EQ(session_->messages()[1].text, " two");
    EXPECT_EQ(session_->messages()[1].sampler.seed, seed);
    EXPECT_EQ(session_->messages()[1].interventions, off);
    EXPECT_TRUE(session_->messages()[0].interventions.empty())
        << "the question was not computed again";

    const auto kept = stored();
    ASSERT_EQ(kept.size(), 3U);
    EXPECT_EQ(kept[1].text, " one");
    EXPECT_EQ(kept[2].text, " two");
    EXPECT_EQ(kept[2].parent, kept[1].parent);
}

TEST_F(ChatSessionTest, InterventionsOfAReplyEndWithIt) {
    start(says({ids(" one"), ids(" two"), ids(" three")}));
    InterventionSet off;
    off.exclude.push_back({LayerId{1}, ExpertId{3}});
    session_->setInterventionReach(InterventionReach::Reply);
    session_->setInterventions(off);
    ASSERT_TRUE(talk("hi"));
    EXPECT_TRUE(session_->messages()[0].interventions.empty()) << "not what was written";
    EXPECT_EQ(session_->messages()[1].interventions, off);
    EXPECT_TRUE(session_->interventions().empty());
    EXPECT_EQ(session_->interventionReach(), InterventionReach::Reply);
    session_->continueReply();  // as it was written
    ASSERT_TRUE(idle());
    EXPECT_EQ(session_->messages()[1].interventions, off);
    ASSERT_TRUE(talk("and?"));
    EXPECT_TRUE(session_->messages()[3].interventions.empty());
    for (const auto& token : session_->messages()[1].tokens) {
        const auto selected = token.routing->layerSelected(1);
        EXPECT_EQ(std::ranges::find(selected, 3), selected.end());
    }
}

/// What the branch shown was routed by, for what comes next to be pinned to.
RoutePin routesShown(const ChatSession& session) {
    RoutePin pin{.name = "before", .records = {}, .gates = true};
    for (int i = 0; i < session.traceSize(); ++i)
        pin.records.push_back(session.traceToken(i).routing);
    return pin;
}

TEST_F(ChatSessionTest, APinIsFoundAgainInTheConversationItIsFrom) {
    start(says({ids(" one two three"), ids(" four five six")}));
    ASSERT_TRUE(talk("hi"));
    const RoutePin pin = routesShown(*session_);
    session_->setInterventions({.pin = std::make_shared<const RoutePin>(pin)});
    session_->regenerate();
    ASSERT_TRUE(idle());
    const auto id = session_->currentConversation();
    ASSERT_TRUE(id);
    restart(says({ids(" seven")}));
    session_->openConversation(*id);
    ASSERT_TRUE(pumpUntil([&] { return session_->messages().size() == 2; }));
    const auto& found = session_->interventions().pin;
    ASSERT_NE(found, nullptr);
    EXPECT_THAT(listener_.errors, testing::IsEmpty());
    EXPECT_EQ(found->name, "before");
    EXPECT_TRUE(found->gates);
    ASSERT_EQ(found->records.size(), pin.records.size());
    for (std::size_t i = 0; i < pin.records.size(); ++i)
        EXPECT_EQ(found->records[i]->selected, pin.records[i]->selected) << i;
    EXPECT_EQ(session_->messages()[1].interventions, session_->interventions())
        << "the reply can be continued under what it was written with";
}

TEST_F(ChatSessionTest, APinThatIsNotToBeFoundIsTold) {
    start(says({ids(" one two three"), ids(" four five six")}));
    ASSERT_TRUE(talk("hi"));
    RoutePin pin = routesShown(*session_);
    pin.records.pop_back();  // of no branch that is kept
    pin.file = (dir_.path() / "gone.gscope").string();
    session_->setInterventions(
        {.ablate = {{LayerId{0}, ExpertId{1}}}, .pin = std::make_shared<const RoutePin>(pin)});
    session_->regenerate();
    ASSERT_TRUE(idle());
    const int first = session_->firstTokenOfMessage(1);
    const auto replyRouting = session_->traceToken(first).routing;
    const auto id = session_->currentConversation();
    restart(says({ids(" seven")}));
    session_->openConversation(*id);
    ASSERT_TRUE(pumpUntil([&] { return session_->messages().size() == 2; }));
    EXPECT_EQ(session_->interventions().pin, nullptr);
    EXPECT_EQ(session_->interventions().ablate.size(), 1U) << "the rest is kept";
    ASSERT_EQ(listener_.errors.size(), 1U);
    EXPECT_THAT(listener_.errors[0],
                testing::AllOf(testing::HasSubstr("the routes of before"),
                               testing::HasSubstr("gone.gscope"),
                               testing::HasSubstr("what comes next is routed by the model")));
    const auto& opened = session_->messages()[1].interventions.pin;
    ASSERT_NE(opened, nullptr) << "what was written stays as it was routed";
    EXPECT_EQ(opened->at(first)->selected, replyRouting->selected);
}

}  // namespace
}  // namespace gatescope

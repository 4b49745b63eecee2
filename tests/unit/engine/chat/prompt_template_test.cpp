#include "engine/chat/prompt_template.h"

#include <gtest/gtest.h>

#include "engine/error.h"

namespace gatescope {
namespace {

TEST(PromptTemplateTest, WritesATranscriptTheWayTheModelReadsIt) {
    const auto& t = promptTemplate("transcript");
    EXPECT_EQ(userTurn(t, "hi", "", true) + replyPrefix(t, false), "User: hi\nAssistant:");
    EXPECT_EQ(userTurn(t, "again", "", false), "\nUser: again");
    EXPECT_EQ(t.stopStrings, (std::vector<std::string>{"\nUser:"}));
}

TEST(PromptTemplateTest, PutsSystemTextBeforeTheFirstTurnOnly) {
    const auto& t = promptTemplate("transcript");
    EXPECT_EQ(userTurn(t, "hi", "Be kind.", true), "Be kind.\nUser: hi");
    EXPECT_EQ(userTurn(t, "hi", "Be kind.", false), "\nUser: hi");
}

TEST(PromptTemplateTest, LeavesAContinuationAsItIs) {
    const auto& t = promptTemplate("continuation");
    EXPECT_EQ(userTurn(t, "Once upon", "", true), "Once upon");
    EXPECT_EQ(replyPrefix(t, false), "");
}

TEST(PromptTemplateTest, EachHasWhatAPersonNeedsToChoose) {
    for (const auto& t : promptTemplates()) {
        EXPECT_FALSE(t.title.empty());
        EXPECT_FALSE(t.description.empty());
        EXPECT_EQ(&promptTemplate(t.name), &t);
    }
}

TEST(PromptTemplateTest, NamesWhatExistsWhenAskedForSomethingElse) {
    try {
        promptTemplate("chatml");
        FAIL() << "an unknown template was found";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
        EXPECT_NE(std::string(error.what()).find("transcript, continuation, few-shot"),
                  std::string::npos);
    }
}

}  // namespace
}  // namespace gatescope

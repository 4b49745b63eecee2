#include "engine/settings/prompt_template.h"

#include <gtest/gtest.h>

#include "engine/error.h"

namespace gatescope {
namespace {

TEST(PromptTemplateTest, WritesATranscriptTheWayTheModelReadsIt) {
    const PromptTemplates templates;
    const auto& t = templates.at("transcript");
    EXPECT_EQ(userTurn(t, "hi", "", true) + replyPrefix(t, false), "User: hi\nAssistant:");
    EXPECT_EQ(userTurn(t, "again", "", false), "\nUser: again");
    EXPECT_EQ(t.stopStrings, (std::vector<std::string>{"\nUser:"}));
}

TEST(PromptTemplateTest, PutsSystemTextBeforeTheFirstTurnOnly) {
    const PromptTemplates templates;
    const auto& t = templates.at("transcript");
    EXPECT_EQ(userTurn(t, "hi", "Be kind.", true), "Be kind.\nUser: hi");
    EXPECT_EQ(userTurn(t, "hi", "Be kind.", false), "\nUser: hi");
}

TEST(PromptTemplateTest, LeavesAContinuationAsItIs) {
    const PromptTemplates templates;
    const auto& t = templates.at("continuation");
    EXPECT_EQ(userTurn(t, "Once upon", "", true), "Once upon");
    EXPECT_EQ(replyPrefix(t, false), "");
}

TEST(PromptTemplateTest, EachHasWhatAPersonNeedsToChoose) {
    const PromptTemplates templates;
    for (const auto& t : templates.all()) {
        EXPECT_FALSE(t.title.empty());
        EXPECT_FALSE(t.description.empty());
        EXPECT_EQ(&templates.at(t.name), &t);
        EXPECT_TRUE(PromptTemplates::isBuiltIn(t.name));
    }
}

TEST(PromptTemplateTest, NamesWhatExistsWhenAskedForSomethingElse) {
    try {
        PromptTemplates().at("chatml");
        FAIL() << "an unknown template was found";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::BadUsage);
        EXPECT_NE(std::string(error.what()).find("transcript, continuation, few-shot"),
                  std::string::npos);
    }
}

TEST(PromptTemplateTest, APersonsOwnStandBehindThoseOfTheProgram) {
    PromptTemplates templates;
    templates.setOwn({{.name = "chatml", .title = "ChatML", .userPrefix = "<|user|>"}});
    EXPECT_EQ(templates.all().size(), 4U);
    EXPECT_EQ(templates.all().front().name, "transcript");
    EXPECT_EQ(templates.at("chatml").userPrefix, "<|user|>");
    EXPECT_FALSE(PromptTemplates::isBuiltIn("chatml"));
    EXPECT_THROW(templates.setOwn({{.name = "few-shot"}}), Error);
    EXPECT_NE(templates.find("chatml"), nullptr) << "what was refused changed something";
    templates.setOwn({});
    EXPECT_EQ(templates.find("chatml"), nullptr);
}

TEST(PromptTemplateTest, SaysOfEachStretchWhoseItIs) {
    using enum PromptPiece::Source;
    const PromptTemplates templates;
    EXPECT_EQ(userPieces(templates.at("transcript"), "hi", "Be kind.", true),
              (PromptPieces{{System, "Be kind."}, {Template, "\nUser: "}, {User, "hi"}}));
    EXPECT_EQ(userPieces(templates.at("continuation"), "hi", "", true),
              (PromptPieces{{User, "hi"}}));
    const auto fewShot = userPieces(templates.at("few-shot"), "hi", "", true);
    EXPECT_EQ(textOf(fewShot), userTurn(templates.at("few-shot"), "hi", "", true));
    EXPECT_EQ(fewShot.back(), (PromptPiece{User, "hi"}));
}

}  // namespace
}  // namespace gatescope

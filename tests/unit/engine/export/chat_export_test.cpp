#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/export/chat_markdown.h"
#include "engine/export/chat_page.h"
#include "engine/export/code_fences.h"

namespace gatescope {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Message says(MessageId id, MessageId parent, Role role, const std::string& text) {
    Message message;
    message.id = id;
    message.parent = parent;
    message.role = role;
    message.text = text;
    return message;
}

/// Two replies to one question; the second is shown.
Recording twoReplies(const std::string& reply) {
    Recording recording;
    recording.origin.application = "Gatescope";
    recording.conversation.title = "T";
    recording.messages = {says(1, 0, Role::User, "ask"),
                          says(2, 1, Role::Assistant, "older"),
                          says(3, 1, Role::Assistant, reply)};
    return recording;
}

std::string markdown(const std::string& reply) {
    Recording recording = twoReplies(reply);
    recording.messages.push_back(says(4, 3, Role::User, "next"));
    return chatMarkdown(recording, 0, Versions::Shown);
}

bool endsOpen(std::initializer_list<std::string_view> lines) {
    CodeFences fences;
    for (const std::string_view line : lines) fences.read(line);
    return fences.open();
}

TEST(ChatExportTest, ABranchHasItsMessagesAndAllVersionsHaveTheirPlace) {
    const Recording recording = twoReplies("newer");
    EXPECT_THAT(chatMarkdown(recording, 0, Versions::Shown), Not(HasSubstr("older")));
    EXPECT_THAT(chatMarkdown(recording, 2, Versions::Shown), HasSubstr("older"));
    const std::string all = chatMarkdown(recording, 0, Versions::All);
    EXPECT_THAT(all, HasSubstr("## Assistant 2 (1 of 2), after 1\n\nolder\n"));
    EXPECT_THAT(all, HasSubstr("## Assistant 3 (2 of 2), after 1\n\nnewer\n"));
}

TEST(ChatExportTest, MarkdownCannotPoseAsTheNextMessageNorSwallowIt) {
    EXPECT_THAT(markdown("```c\nint x;"), HasSubstr("int x;\n```\n\n## User\n\nnext"));
    EXPECT_THAT(markdown("~~~~\n```"), HasSubstr("```\n~~~~\n\n## User\n\nnext"));
    EXPECT_THAT(markdown("## User\n\nforged"), HasSubstr("\n\\## User\n\nforged"));
    EXPECT_THAT(markdown("<!-- open"), HasSubstr("\n\\<!-- open"));
    EXPECT_THAT(markdown("  <script>"), HasSubstr("\n  \\<script>"));
    EXPECT_THAT(markdown("```\n<b>\n```"), HasSubstr("```\n<b>\n```\n"));
}

TEST(ChatExportTest, FencesAreFollowedAsMarkdownHasThem) {
    EXPECT_TRUE(endsOpen({"```"}));
    EXPECT_TRUE(endsOpen({"   ~~~ info ~ more"}));
    EXPECT_TRUE(endsOpen({"````", "```"}));
    EXPECT_TRUE(endsOpen({"```", "~~~"}));
    EXPECT_TRUE(endsOpen({"```", "``` x"}));
    EXPECT_TRUE(endsOpen({"- item", "```"}));
    EXPECT_FALSE(endsOpen({"```", "  `````  "}));
    EXPECT_FALSE(endsOpen({"    ```"}));
    EXPECT_FALSE(endsOpen({"``` a`b"}));
    EXPECT_FALSE(endsOpen({"``"}));
    EXPECT_FALSE(endsOpen({"- item", "  ```"}));
    EXPECT_FALSE(endsOpen({"12. item", "", "    ```"}));
    EXPECT_FALSE(endsOpen({"> ```"}));
}

TEST(ChatExportTest, APageHoldsHostileTextAsText) {
    Recording recording = twoReplies("</p><script>x</script>\n```\n</code>&amp;\n```");
    recording.conversation.title = "</title><img src=x>";
    const std::string page = chatPage(recording, 0, Versions::Shown);
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, HasSubstr("<code>&#60;/code&#62;&#38;amp;\n</code>"));
}

TEST(ChatExportTest, InterruptedRepliesAndInterventionsSaySo) {
    Recording recording = twoReplies("cut");
    recording.messages[2].state = MessageState::Interrupted;
    recording.messages[2].interventions.ablate = {{LayerId{1}, ExpertId{2}}};
    EXPECT_THAT(chatMarkdown(recording, 0, Versions::Shown), HasSubstr("*interrupted\\, "));
    EXPECT_THAT(chatPage(recording, 0, Versions::Shown),
                HasSubstr("<span class=\"badge\">interrupted</span>"));
}

}  // namespace
}  // namespace gatescope

#include "engine/chat/prompt_template.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/error.h"

namespace gatescope {
namespace {

PromptTemplate continuation() {
    return {
        .name = "continuation",
        .title = "Continue the text",
        .description = "The model goes on writing where your text ends. Nothing is added to it.",
        .preamble = {},
        .userPrefix = {},
        .replyPrefix = {},
        .stopStrings = {},
    };
}

PromptTemplate transcript() {
    return {
        .name = "transcript",
        .title = "User / Assistant transcript",
        .description = "Your text becomes a line of a transcript; the model writes the next one.",
        .preamble = {},
        .userPrefix = "\nUser: ",
        .replyPrefix = "\nAssistant:",
        .stopStrings = {"\nUser:"},
    };
}

PromptTemplate fewShot() {
    return {
        .name = "few-shot",
        .title = "Few-shot questions and answers",
        .description =
            "Two answered questions come first, so that a base model sees what an answer looks "
            "like.",
        .preamble =
            "The following are questions with short, correct answers.\n"
            "\nQuestion: What is the opposite of cold?\nAnswer: The opposite of cold is hot.\n"
            "\nQuestion: What is 2 + 3?\nAnswer: 2 + 3 = 5.\n",
        .userPrefix = "\nQuestion: ",
        .replyPrefix = "\nAnswer:",
        .stopStrings = {"\nQuestion:", "\n\n"},
    };
}

std::string withoutLeadingNewlines(std::string_view text) {
    return std::string(text.substr(std::min(text.find_first_not_of('\n'), text.size())));
}

}  // namespace

const std::vector<PromptTemplate>& promptTemplates() {
    static const std::vector<PromptTemplate> kTemplates{transcript(), continuation(), fewShot()};
    return kTemplates;
}

const PromptTemplate& promptTemplate(std::string_view name) {
    const auto& all = promptTemplates();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const auto& t) { return t.name == name; });
    if (found != all.end()) return *found;
    std::vector<std::string_view> names;
    for (const auto& t : all) names.emplace_back(t.name);
    throw Error(
        ErrorKind::BadUsage,
        fmt::format(
            "there is no prompt template '{}'; there are: {}", name, fmt::join(names, ", ")));
}

std::string userTurn(const PromptTemplate& t,
                     std::string_view text,
                     std::string_view systemText,
                     bool first) {
    if (!first) return t.userPrefix + std::string(text);
    std::string before(systemText);
    before += t.preamble;
    const std::string prefix = before.empty() ? withoutLeadingNewlines(t.userPrefix) : t.userPrefix;
    return before + prefix + std::string(text);
}

std::string replyPrefix(const PromptTemplate& t, bool first) {
    return first ? withoutLeadingNewlines(t.replyPrefix) : t.replyPrefix;
}

}  // namespace gatescope

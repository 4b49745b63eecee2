#include "engine/settings/prompt_template.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

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

PromptTemplates::PromptTemplates() : all_{transcript(), continuation(), fewShot()} {}

void PromptTemplates::setOwn(std::vector<PromptTemplate> own) {
    PromptTemplates next;
    for (auto& t : own) {
        if (next.find(t.name) != nullptr)
            throw Error(ErrorKind::BadUsage,
                        fmt::format("there are two prompt templates '{}'", t.name));
        next.all_.push_back(std::move(t));
    }
    *this = std::move(next);
}

const PromptTemplate* PromptTemplates::find(std::string_view name) const {
    const auto found = std::ranges::find(all_, name, &PromptTemplate::name);
    return found == all_.end() ? nullptr : &*found;
}

const PromptTemplate& PromptTemplates::at(std::string_view name) const {
    if (const PromptTemplate* found = find(name)) return *found;
    std::vector<std::string_view> names;
    for (const auto& t : all_) names.emplace_back(t.name);
    throw Error(
        ErrorKind::BadUsage,
        fmt::format(
            "there is no prompt template '{}'; there are: {}", name, fmt::join(names, ", ")));
}

bool PromptTemplates::isBuiltIn(std::string_view name) {
    static const PromptTemplates kBuiltIn;
    return kBuiltIn.find(name) != nullptr;
}

std::string textOf(const PromptPieces& pieces) {
    std::string text;
    for (const auto& piece : pieces) text += piece.text;
    return text;
}

PromptPieces userPieces(const PromptTemplate& t,
                        std::string_view text,
                        std::string_view systemText,
                        bool first) {
    using enum PromptPiece::Source;
    PromptPieces pieces;
    const auto add = [&](PromptPiece::Source source, std::string piece) {
        if (!piece.empty()) pieces.push_back({source, std::move(piece)});
    };
    if (first) {
        add(System, std::string(systemText));
        add(Template, t.preamble);
    }
    const bool atStart = first && pieces.empty();
    add(Template, atStart ? withoutLeadingNewlines(t.userPrefix) : t.userPrefix);
    add(User, std::string(text));
    return pieces;
}

std::string userTurn(const PromptTemplate& t,
                     std::string_view text,
                     std::string_view systemText,
                     bool first) {
    return textOf(userPieces(t, text, systemText, first));
}

std::string replyPrefix(const PromptTemplate& t, bool first) {
    return first ? withoutLeadingNewlines(t.replyPrefix) : t.replyPrefix;
}

}  // namespace gatescope

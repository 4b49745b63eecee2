#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatescope {

/// How a conversation becomes plain text for a base model, which has no chat format of its own.
/// A user turn is `userPrefix + text`, a reply `replyPrefix + generated text`; the very first turn
/// drops the leading newlines of its prefix.
struct PromptTemplate {
    std::string name;         ///< id in stores and tours: "transcript", "continuation", "few-shot"
    std::string title;        ///< for people
    std::string description;  ///< one sentence
    std::string preamble;     ///< text before the first turn; few-shot examples
    std::string userPrefix;
    std::string replyPrefix;
    std::vector<std::string> stopStrings;
};

/// The first one is the default.
const std::vector<PromptTemplate>& promptTemplates();
/// Throws Error(BadUsage) naming the templates that exist.
const PromptTemplate& promptTemplate(std::string_view name);

/// What a user's turn adds to the transcript. The first one carries system text and preamble before
/// it.
std::string userTurn(const PromptTemplate& t,
                     std::string_view text,
                     std::string_view systemText,
                     bool first);
/// What stands before a reply; empty for templates that add nothing.
std::string replyPrefix(const PromptTemplate& t, bool first);

}  // namespace gatescope

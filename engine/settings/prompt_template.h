#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gatescope {

/// How a conversation becomes plain text for a base model, which has no chat format of its own.
/// A user turn is `userPrefix + text`, a reply `replyPrefix + generated text`; the very first turn
/// drops the leading newlines of its prefix.
struct PromptTemplate {
    std::string name;         ///< id in stores, files and tours: "transcript"
    std::string title;        ///< for people
    std::string description;  ///< one sentence
    std::string preamble;     ///< text before the first turn; few-shot examples
    std::string userPrefix;
    std::string replyPrefix;
    std::vector<std::string> stopStrings;
    friend bool operator==(const PromptTemplate&, const PromptTemplate&) = default;
};

/// The templates that can be chosen: the three that come with the program, "transcript" (the
/// default), "continuation" and "few-shot", and a person's own behind them.
class PromptTemplates {
  public:
    PromptTemplates();
    /// Replaces a person's own. Throws Error(BadUsage), and changes nothing, when two have one
    /// name.
    void setOwn(std::vector<PromptTemplate> own);
    const std::vector<PromptTemplate>& all() const { return all_; }
    /// Null: there is none of that name.
    const PromptTemplate* find(std::string_view name) const;
    /// Throws Error(BadUsage) naming the templates that exist.
    const PromptTemplate& at(std::string_view name) const;
    static bool isBuiltIn(std::string_view name);

  private:
    std::vector<PromptTemplate> all_;
};

/// A stretch of a prompt's text, and whose it is.
struct PromptPiece {
    enum class Source { Template, System, User, Reply };
    Source source = Source::Template;
    std::string text;
    friend bool operator==(const PromptPiece&, const PromptPiece&) = default;
};
using PromptPieces = std::vector<PromptPiece>;
std::string textOf(const PromptPieces& pieces);

/// What a user's turn adds to the transcript; no piece is empty. The first one carries system text
/// and preamble before it.
PromptPieces userPieces(const PromptTemplate& t,
                        std::string_view text,
                        std::string_view systemText,
                        bool first);
/// Their text.
std::string userTurn(const PromptTemplate& t,
                     std::string_view text,
                     std::string_view systemText,
                     bool first);
/// What stands before a reply; empty for templates that add nothing.
std::string replyPrefix(const PromptTemplate& t, bool first);

}  // namespace gatescope

#include "engine/export/chat_markdown.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "engine/export/code_fences.h"
#include "engine/io/shown_text.h"
#include "engine/io/utf8.h"

namespace gatescope {
namespace {

constexpr std::string_view kSystem = "System";

std::string_view headingOf(Role role) {
    return role == Role::User ? "User" : "Assistant";
}

/// One line in which no character means anything to Markdown.
std::string literal(std::string_view text) {
    std::string out;
    for (const char c : shownText(text, kWholeText)) {
        if (std::ispunct(static_cast<unsigned char>(c)) != 0) out += '\\';
        out += c;
    }
    return out;
}

/// Whether a line, but for its indent, is a heading as those between messages, or starts HTML: an
/// HTML block may go on until the end of the document.
bool wouldMislead(std::string_view line) {
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::string_view text = line.substr(indent);
    if (text.starts_with('<')) return true;
    for (const std::string_view role : {headingOf(Role::User), headingOf(Role::Assistant), kSystem})
        if (text.starts_with(fmt::format("## {}", role))) return true;
    return false;
}

std::string safeText(const std::string& text) {
    std::string out;
    CodeFences fences;
    const std::string valid = replaceInvalidUtf8(text);
    for (std::size_t at = 0; at <= valid.size();) {
        const std::size_t end = std::min(valid.find('\n', at), valid.size());
        const std::string_view line = std::string_view(valid).substr(at, end - at);
        const auto kind = fences.read(line);
        if (kind == CodeFences::Line::Text && wouldMislead(line)) {
            const std::size_t indent = line.find_first_not_of(' ');
            out += fmt::format("{}\\{}", line.substr(0, indent), line.substr(indent));
        } else {
            out += line;
        }
        out += '\n';
        at = end + 1;
    }
    if (fences.open()) out += std::string(fences.length(), fences.mark()) + '\n';
    return out;
}

std::string facts(const Recording& recording) {
    const auto& conversation = recording.conversation;
    const std::string& name =
        conversation.facts.name.empty() ? conversation.model : conversation.facts.name;
    std::string out = fmt::format("# {}\n\n", literal(conversation.title));
    if (!name.empty()) out += fmt::format("- Model: {}\n", literal(name));
    if (conversation.facts.synthetic) out += "- Synthetic: the weights are random\n";
    out += fmt::format("- Exported from {}\n", literal(recording.origin.application));
    if (!conversation.systemText.empty())
        out += fmt::format("\n## {}\n\n{}", kSystem, safeText(conversation.systemText));
    return out;
}

std::string placeOf(const ChatEntry& entry) {
    std::string place = fmt::format(" {}", entry.number);
    if (entry.versions > 1) place += fmt::format(" ({} of {})", entry.version, entry.versions);
    if (entry.follows > 0) place += fmt::format(", after {}", entry.follows);
    return place;
}

}  // namespace

std::string chatMarkdown(const Recording& recording, MessageId leaf, Versions versions) {
    std::string out = facts(recording);
    for (const ChatEntry& entry : chatEntries(recording.messages, leaf, versions)) {
        const Message& message = *entry.message;
        out += fmt::format("\n## {}{}\n\n",
                           headingOf(message.role),
                           versions == Versions::All ? placeOf(entry) : std::string());
        const auto remarks = remarksOn(message);
        if (!remarks.empty())
            out += fmt::format("*{}*\n\n", literal(fmt::format("{}", fmt::join(remarks, ", "))));
        out += safeText(message.text);
    }
    return out;
}

}  // namespace gatescope

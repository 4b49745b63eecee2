#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/error_codes.h"
#include "engine/import/formats.h"
#include "engine/import/message_tree.h"
#include "engine/import/untrusted_json.h"

namespace gatescope {
namespace {

using nlohmann::json;

bool isLlamaConversation(const json& item) {
    return item.is_object() && memberOf(item, "messages").is_array() &&
           (memberOf(item, "conv").is_object() || item.contains("lastModified"));
}

/// Whether a message has become one of ours; what it has beside its text is counted.
bool readLlamaMessage(const json& item,
                      Message& message,
                      std::string& systemText,
                      LeftOut& leftOut) {
    const std::string role = textOf(item, "role");
    message.text = textOf(item, "content");
    message.createdMs = timeOf(item, "timestamp", 1);
    message.role = role == "assistant" ? Role::Assistant : Role::User;
    leftOut.attachments += static_cast<int>(memberOf(item, "extra").size());
    if (!textOf(item, "reasoningContent").empty() || !textOf(item, "thinking").empty())
        ++leftOut.reasoning;
    if (textOf(item, "type") == "root") return false;
    if (role == "system") {
        if (systemText.empty())
            systemText = message.text;
        else
            ++leftOut.system;
        return false;
    }
    if (role != "assistant" && role != "user") {
        ++leftOut.tools;
        return false;
    }
    if (message.text.empty()) {
        ++(memberOf(item, "toolCalls").empty() ? leftOut.empty : leftOut.tools);
        return false;
    }
    return true;
}

ImportedConversation readConversation(const json& conv, const json& messages, LeftOut& leftOut) {
    ImportedConversation out;
    std::vector<ForeignMessage> nodes;
    std::string previous;
    for (const json& item : messages) {
        ForeignMessage node;
        node.id = idOf(item, "id");
        if (node.id.empty()) node.id = fmt::format("message {}", nodes.size());
        // The first UI had no branches, and its messages no parents.
        node.parent = item.is_object() && item.contains("parent") ? idOf(item, "parent") : previous;
        node.order = static_cast<int>(nodes.size());
        node.shown = readLlamaMessage(item, node.message, out.summary.systemText, leftOut);
        if (const std::string model = textOf(item, "model"); !model.empty())
            out.summary.facts.name = titleFrom(model);
        previous = node.id;
        nodes.push_back(std::move(node));
    }
    out.messages = messageTree(std::move(nodes), idOf(conv, "currNode"), leftOut);
    out.summary.title = titleFrom(textOf(conv, "name"));
    out.summary.updatedMs = timeOf(conv, "lastModified", 1);
    return out;
}

}  // namespace

bool isLlamaExport(const json& document) {
    return isLlamaConversation(document) ||
           (document.is_array() && !document.empty() && isLlamaConversation(document.front()));
}

Conversations readLlamaExport(const json& document, LeftOut& leftOut) {
    Conversations all;
    const auto read = [&](const json& item) {
        const json& conv = memberOf(item, "conv");
        keep(readConversation(conv.is_object() ? conv : item, memberOf(item, "messages"), leftOut),
             all,
             leftOut);
    };
    if (document.is_array())
        for (const json& item : document) read(item);
    else
        read(document);
    return all;
}

bool isLlamaSessions(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos) return false;
    const json first = json::parse(
        text.substr(begin, text.find('\n', begin) - begin), nullptr, /*allow_exceptions=*/false);
    return textOf(first, "type") == "session";
}

Conversations readLlamaSessions(std::string_view text, const std::string& where, LeftOut& leftOut) {
    std::vector<std::pair<json, json>> sessions;  // the session and its messages
    int line = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view record = text.substr(at, end - at);
        const std::string place = fmt::format("{}: line {}", where, ++line);
        at = end + 1;
        if (record.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        const json parsed = parseUntrusted(record, place);
        const std::string type = textOf(parsed, "type");
        if (type == "session") sessions.emplace_back(parsed, json::array());
        if (type != "message") continue;  // a kind that is newer than this
        if (sessions.empty())
            refuse(ErrorCode::ImportSyntax, place, "a message before any session");
        sessions.back().second.push_back(memberOf(parsed, "message"));
    }
    Conversations all;
    for (const auto& [session, messages] : sessions)
        keep(readConversation(session, messages, leftOut), all, leftOut);
    return all;
}

}  // namespace gatescope

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "engine/import/formats.h"
#include "engine/import/message_tree.h"
#include "engine/import/untrusted_json.h"

namespace gatescope {
namespace {

using nlohmann::json;

constexpr double kSecond = 1000;

bool isConversation(const json& item) {
    return memberOf(item, "mapping").is_object();
}

/// The parts that are text, joined; the others are pictures, sounds and the like.
std::string partsOf(const json& content, LeftOut& leftOut) {
    std::string text;
    for (const json& part : memberOf(content, "parts")) {
        if (!part.is_string() && !memberOf(part, "text").is_string()) {
            ++leftOut.attachments;
            continue;
        }
        const std::string piece = part.is_string() ? part.get<std::string>() : textOf(part, "text");
        if (!text.empty() && !piece.empty()) text += '\n';
        text += piece;
    }
    return text;
}

/// Whether a message has become one of ours.
bool readMessage(const json& item, Message& message, std::string& systemText, LeftOut& leftOut) {
    if (!item.is_object()) return false;  // the root, and placeholders
    const std::string role = textOf(memberOf(item, "author"), "role");
    const json& content = memberOf(item, "content");
    const std::string type = textOf(content, "content_type");
    const std::string recipient = textOf(item, "recipient");
    message.role = role == "assistant" ? Role::Assistant : Role::User;
    message.createdMs = timeOf(item, "create_time", kSecond);
    const json& hidden =
        memberOf(memberOf(item, "metadata"), "is_visually_hidden_from_conversation");
    if (hidden.is_boolean() && hidden.get<bool>() && role != "system") {
        ++leftOut.hidden;
        return false;
    }
    if (type == "thoughts" || type == "reasoning_recap") {
        ++leftOut.reasoning;
        return false;
    }
    if (role == "tool" || (!recipient.empty() && recipient != "all")) {
        ++leftOut.tools;
        return false;
    }
    message.text = partsOf(content, leftOut);
    if (role == "system") {
        if (message.text.empty()) return false;  // where every conversation begins
        if (systemText.empty())
            systemText = message.text;
        else
            ++leftOut.system;
        return false;
    }
    if (message.text.empty()) message.text = textOf(content, "text");  // code, quotes
    if (message.text.empty()) ++leftOut.empty;
    return !message.text.empty();
}

/// Which child of its parent each node is.
std::unordered_map<std::string, int> ordersOf(const json& mapping) {
    std::unordered_map<std::string, int> orders;
    for (const json& node : mapping) {
        int order = 0;
        for (const json& child : memberOf(node, "children"))
            if (child.is_string()) orders.emplace(child.get<std::string>(), order++);
    }
    return orders;
}

ImportedConversation readConversation(const json& item, LeftOut& leftOut) {
    ImportedConversation out;
    const json& mapping = memberOf(item, "mapping");
    auto orders = ordersOf(mapping);
    std::vector<ForeignMessage> nodes;
    for (const auto& [id, value] : mapping.items()) {
        const json& message = memberOf(value, "message");
        ForeignMessage node;
        node.id = id;
        node.parent = idOf(value, "parent");
        node.order = orders[id];
        node.shown = readMessage(message, node.message, out.summary.systemText, leftOut);
        const std::string model = textOf(memberOf(message, "metadata"), "model_slug");
        if (!model.empty()) out.summary.facts.name = titleFrom(model);
        nodes.push_back(std::move(node));
    }
    // The mapping has no order of its own.
    std::ranges::stable_sort(nodes, {}, [](const ForeignMessage& node) {
        return std::pair(node.message.createdMs, node.order);
    });
    out.messages = messageTree(std::move(nodes), idOf(item, "current_node"), leftOut);
    out.summary.title = titleFrom(textOf(item, "title"));
    out.summary.updatedMs = timeOf(item, "update_time", kSecond);
    return out;
}

}  // namespace

bool isChatGptExport(const json& document) {
    return isConversation(document) ||
           (document.is_array() && !document.empty() && isConversation(document.front()));
}

Conversations readChatGptExport(const json& document, LeftOut& leftOut) {
    Conversations all;
    if (!document.is_array()) {
        keep(readConversation(document, leftOut), all, leftOut);
        return all;
    }
    for (const json& item : document) keep(readConversation(item, leftOut), all, leftOut);
    return all;
}

}  // namespace gatescope

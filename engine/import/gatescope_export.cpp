#include <fmt/format.h>

#include <array>
#include <optional>

#include "engine/error_codes.h"
#include "engine/import/formats.h"
#include "engine/import/message_tree.h"
#include "engine/import/untrusted_json.h"
#include "engine/io/shown_text.h"
#include "engine/store/settings_json.h"

namespace gatescope {
namespace {

using nlohmann::json;

std::optional<FinishReason> finishReasonOf(const json& item) {
    const std::string word = textOf(item, "finish_reason");
    for (const FinishReason reason : {FinishReason::EndOfText,
                                      FinishReason::StopString,
                                      FinishReason::MaxTokens,
                                      FinishReason::ContextFull,
                                      FinishReason::Stopped,
                                      FinishReason::Failed})
        if (word == name(reason)) return reason;
    return std::nullopt;
}

/// A setting's JSON; an export of before settings were kept has the defaults.
std::string settingOf(const json& item, const char* key) {
    const json& value = memberOf(item, key);
    return value.is_null() ? "{}" : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Message readMessage(const json& item, const std::string& where) {
    Message message;
    const std::string role = textOf(item, "role");
    if (role != name(Role::User) && role != name(Role::Assistant))
        refuse(ErrorCode::ImportSyntax,
               where,
               fmt::format("the role {}, expected \"user\" or \"assistant\"", quotedText(role)));
    message.role = role == name(Role::Assistant) ? Role::Assistant : Role::User;
    message.text = textOf(item, "text");
    message.createdMs = timeOf(item, "created_ms", 1);
    const bool interrupted =
        textOf(item, "state") == "interrupted" || memberOf(item, "interrupted") == json(true);
    message.state = interrupted ? MessageState::Interrupted : MessageState::Complete;
    message.finishReason = finishReasonOf(item);
    message.sampler = samplerFromJson(settingOf(item, "sampler"), where);
    message.interventions = interventionsFromJson(settingOf(item, "interventions"), where);
    return message;
}

}  // namespace

bool isGatescopeExport(const json& document) {
    return textOf(document, "format") == "gatescope-export-1";
}

Conversations readGatescopeExport(const json& document,
                                  const std::string& where,
                                  LeftOut& leftOut) {
    ImportedConversation out;
    out.summary.title = textOf(document, "title");
    out.summary.templateName = textOf(document, "template");
    out.summary.systemText = textOf(document, "system");
    out.summary.model = textOf(document, "model");
    out.summary.facts = modelFactsFromJson(settingOf(document, "model_facts"), where);
    // Exports of before they held every version have the branch alone.
    const bool whole = memberOf(document, "tree").is_array();
    std::vector<ForeignMessage> nodes;
    std::string previous;
    for (const json& item : memberOf(document, whole ? "tree" : "messages")) {
        ForeignMessage node;
        node.id = idOf(item, "id");
        node.parent = whole ? idOf(item, "parent") : previous;
        node.order = static_cast<int>(nodes.size());
        node.message = readMessage(item, fmt::format("{}: message {}", where, nodes.size()));
        previous = node.id;
        nodes.push_back(std::move(node));
    }
    const std::string newest = previous;
    out.messages = messageTree(std::move(nodes), newest, leftOut);
    Conversations all;
    keep(std::move(out), all, leftOut);
    return all;
}

}  // namespace gatescope

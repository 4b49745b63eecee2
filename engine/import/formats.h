#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/import/imported_file.h"
#include "engine/import/left_out.h"

namespace gatescope {

// One format a function. Each throws Error(BadInput) that starts with `where`, and counts what it
// leaves out. Only engine/import includes this.

using Conversations = std::vector<ImportedConversation>;

/// Our JSON export. Source: docs/import.md.
bool isGatescopeExport(const nlohmann::json& document);
Conversations readGatescopeExport(const nlohmann::json& document,
                                  const std::string& where,
                                  LeftOut& leftOut);

/// {"conv": ..., "messages": [...]}, an array of those, or the first UI's conversation with its
/// messages in a row. Source: ggml-org/llama.cpp tools/ui/src/lib/types/database.d.ts,
/// tools/server/webui.
bool isLlamaExport(const nlohmann::json& document);
Conversations readLlamaExport(const nlohmann::json& document, LeftOut& leftOut);
/// A record a line, sessions and their messages. Source: ggml-org/llama.cpp
/// tools/ui/src/lib/services/conversation-transfer.service.ts.
bool isLlamaSessions(std::string_view text);
Conversations readLlamaSessions(std::string_view text, const std::string& where, LeftOut& leftOut);

/// conversations.json of ChatGPT's data export. Source: what exports hold; OpenAI describes none.
bool isChatGptExport(const nlohmann::json& document);
Conversations readChatGptExport(const nlohmann::json& document, LeftOut& leftOut);

/// A chat of GPT4All. Source: nomic-ai/gpt4all gpt4all-chat/src/{chatlistmodel,chat,chatllm,
/// chatmodel,tool}.cpp, and Qt's documentation, "Serializing Qt Data Types".
bool isGpt4AllChat(std::string_view bytes);
Conversations readGpt4AllChat(std::string_view bytes, const std::string& where, LeftOut& leftOut);

/// The first words that a person wrote, for a conversation without a name.
std::string titleOf(const std::vector<Message>& messages);
/// Adds a conversation unless it has no message, which is counted.
void keep(ImportedConversation conversation, Conversations& all, LeftOut& leftOut);

}  // namespace gatescope

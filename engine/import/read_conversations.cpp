#include "engine/import/read_conversations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "engine/settings/prompt_template.h"
#include "engine/error_codes.h"
#include "engine/import/chat_archive.h"
#include "engine/import/formats.h"
#include "engine/import/untrusted_json.h"
#include "engine/io/shown_text.h"
#include "engine/store/recording.h"

namespace gatescope {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kSqliteHeader = "SQLite format 3";

std::string bytesOf(const fs::path& file) {
    const std::string name = file.string();
    std::error_code failure;
    if (!fs::is_regular_file(file, failure))
        refuse(ErrorCode::ImportUnknown, name, "is no file; expected exported conversations");
    const auto size = fs::file_size(file, failure);
    if (!failure && size > kLargestImport)
        refuse(ErrorCode::ImportLimit,
               name,
               fmt::format("{} bytes, expected at most {}", size, kLargestImport));
    std::ifstream in(file, std::ios::binary);
    std::string bytes(failure ? 0 : size, '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (failure || !in)
        throw Error(ErrorKind::DeviceFault,
                    fmt::format("{}: cannot be read ({})", name, std::strerror(errno)));
    return bytes;
}

bool isRecording(const fs::path& file) {
    std::array<char, kSqliteHeader.size()> head{};
    std::ifstream(file, std::ios::binary).read(head.data(), head.size());
    return std::string_view(head.data(), head.size()) == kSqliteHeader;
}

/// Ids as a tree of ours has them; the order of a recording's messages is already right.
void renumber(std::vector<Message>& messages) {
    std::unordered_map<MessageId, MessageId> numbers{{0, 0}};
    for (Message& message : messages) {
        const auto number = static_cast<MessageId>(numbers.size());
        numbers.emplace(message.id, number);
        message.id = number;
        message.parent = numbers.at(message.parent);
    }
}

ImportedFile fromRecording(const fs::path& file) {
    Recording recording = readRecording(file);
    checkSelections(recording, file);
    ImportedFile out{
        .name = file.filename().string(), .format = "Gatescope", .conversations = {}, .notes = {}};
    LeftOut leftOut;
    for (Message& message : recording.messages)
        if (message.state == MessageState::Streaming) message.state = MessageState::Interrupted;
    renumber(recording.messages);
    keep({.summary = std::move(recording.conversation), .messages = std::move(recording.messages)},
         out.conversations,
         leftOut);
    out.notes = notesOf(leftOut);
    return out;
}

/// The conversations of one text, and what wrote it.
std::pair<Conversations, const char*> fromText(std::string_view bytes,
                                               const std::string& where,
                                               LeftOut& leftOut) {
    const std::string text = repairedJson(bytes, leftOut);
    if (isLlamaSessions(text)) return {readLlamaSessions(text, where, leftOut), "llama.cpp"};
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == std::string::npos || (text[begin] != '{' && text[begin] != '['))
        refuse(ErrorCode::ImportUnknown,
               where,
               "expected conversations that Gatescope, llama.cpp's UI, ChatGPT or GPT4All "
               "exported");
    const json document = parseUntrusted(text, where);
    if (isGatescopeExport(document))
        return {readGatescopeExport(document, where, leftOut), "Gatescope"};
    if (isLlamaExport(document)) return {readLlamaExport(document, leftOut), "llama.cpp"};
    if (isChatGptExport(document)) return {readChatGptExport(document, leftOut), "ChatGPT"};
    refuse(ErrorCode::ImportUnknown,
           where,
           "JSON without the conversations of Gatescope, llama.cpp's UI or ChatGPT");
}

/// A reply without a reason to end is one that a person wrote; these a model wrote.
void markReplies(Conversations& found) {
    for (ImportedConversation& conversation : found)
        for (Message& message : conversation.messages)
            if (message.role == Role::Assistant && !message.finishReason)
                message.finishReason = FinishReason::EndOfText;
}

void readInto(std::string_view bytes,
              const std::string& where,
              ImportedFile& out,
              LeftOut& leftOut) {
    if (isArchive(bytes)) {
        for (const NamedBytes& member : conversationMembers(bytes, where)) {
            if (isArchive(member.bytes))
                refuse(ErrorCode::ImportArchive, where, "an archive within the archive");
            readInto(
                member.bytes, fmt::format("{}: {}", where, shownText(member.name)), out, leftOut);
        }
        return;
    }
    Conversations found;
    if (isGpt4AllChat(bytes)) {
        found = readGpt4AllChat(bytes, where, leftOut);
        out.format = "GPT4All";
    } else {
        std::tie(found, out.format) = fromText(bytes, where, leftOut);
    }
    if (out.format != "Gatescope") markReplies(found);
    std::ranges::move(found, std::back_inserter(out.conversations));
}

void requireAny(const ImportedFile& file, const std::string& where) {
    if (file.conversations.empty())
        refuse(ErrorCode::ImportEmpty, where, "holds no message that a person or a model wrote");
}

}  // namespace

std::string titleOf(const std::vector<Message>& messages) {
    const auto first = std::ranges::find(messages, Role::User, &Message::role);
    return first == messages.end() ? std::string() : titleFrom(first->text);
}

void keep(ImportedConversation conversation, Conversations& all, LeftOut& leftOut) {
    if (conversation.messages.empty()) {
        ++leftOut.conversations;
        return;
    }
    auto& summary = conversation.summary;
    if (summary.title.empty()) summary.title = titleOf(conversation.messages);
    if (summary.templateName.empty()) summary.templateName = PromptTemplates().all().front().name;
    all.push_back(std::move(conversation));
}

ImportedFile conversationsFrom(std::string_view bytes, const std::string& name) {
    ImportedFile out;
    out.name = fs::path(name).filename().string();
    LeftOut leftOut;
    readInto(bytes, shownText(name, kWholeText), out, leftOut);
    out.notes = notesOf(leftOut);
    requireAny(out, name);
    return out;
}

ImportedFile readConversations(const fs::path& file) {
    if (!isRecording(file)) return conversationsFrom(bytesOf(file), file.string());
    ImportedFile out = fromRecording(file);
    requireAny(out, file.string());
    return out;
}

}  // namespace gatescope

#include "engine/store/conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <utility>

#include "engine/error.h"

namespace gatescope {

std::string_view name(Role role) {
    return role == Role::User ? "user" : "assistant";
}

ReplyRun replyRun(const GenerationTimings& timings, std::vector<std::string> stopStrings) {
    using Milliseconds = std::chrono::duration<double, std::milli>;
    return {.promptTokens = timings.promptTokens,
            .reusedTokens = timings.reusedTokens,
            .generatedTokens = timings.generatedTokens,
            .draftedTokens = timings.speculation.drafted,
            .acceptedTokens = timings.speculation.accepted,
            .prefillMs = Milliseconds(timings.prefill).count(),
            .firstTokenMs = Milliseconds(timings.timeToFirstToken).count(),
            .decodeMs = Milliseconds(timings.decode).count(),
            .stopStrings = std::move(stopStrings)};
}

double prefillSpeed(const ReplyRun& run) {
    const int computed = run.promptTokens - run.reusedTokens;
    return computed > 0 && run.prefillMs > 0 ? computed * 1e3 / run.prefillMs : 0;
}

double decodeSpeed(const ReplyRun& run) {
    return run.generatedTokens > 1 && run.decodeMs > 0
               ? (run.generatedTokens - 1) * 1e3 / run.decodeMs
               : 0;
}

std::string tagName(std::string_view text) {
    std::string name;
    for (const char c : text)
        if (static_cast<unsigned char>(c) >= ' ' && c != '\x7f') name += c;
    const auto first = name.find_first_not_of(' ');
    if (first == std::string::npos) return {};
    return name.substr(first, name.find_last_not_of(' ') - first + 1);
}

std::string folderPath(std::string_view text) {
    std::string path;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('/', begin), text.size());
        const std::string name = tagName(text.substr(begin, end - begin));
        if (!name.empty()) path += (path.empty() ? "" : "/") + name;
        begin = end + 1;
    }
    return path;
}

std::vector<std::size_t> branchOf(const std::vector<Message>& messages, MessageId leaf) {
    if (messages.empty() && leaf == 0) return {};
    std::unordered_map<MessageId, std::size_t> indexOf;
    for (std::size_t i = 0; i < messages.size(); ++i) indexOf[messages[i].id] = i;
    MessageId id = leaf;
    if (id == 0) {
        const auto newest = std::ranges::max_element(messages, {}, &Message::id);
        id = newest->id;
    }
    std::vector<std::size_t> branch;
    while (id != 0) {
        const auto found = indexOf.find(id);
        if (found == indexOf.end() || branch.size() == messages.size())
            throw Error(ErrorKind::BadUsage,
                        fmt::format("message {}: the conversation has no such message", id));
        branch.push_back(found->second);
        id = messages[found->second].parent;
    }
    std::ranges::reverse(branch);
    return branch;
}

}  // namespace gatescope

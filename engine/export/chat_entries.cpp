#include "engine/export/chat_entries.h"

#include <numeric>
#include <unordered_map>

#include "engine/decoder/intervention.h"

namespace gatescope {

std::vector<ChatEntry> chatEntries(const std::vector<Message>& messages,
                                   MessageId leaf,
                                   Versions versions) {
    std::vector<std::size_t> chosen(messages.size());
    std::iota(chosen.begin(), chosen.end(), std::size_t{0});
    if (versions == Versions::Shown) chosen = branchOf(messages, leaf);
    std::unordered_map<MessageId, int> siblings;  // by parent, counted as they come
    std::unordered_map<MessageId, int> numberOf;
    std::vector<ChatEntry> entries;
    for (const std::size_t i : chosen) {
        const Message& message = messages[i];
        ChatEntry entry{.message = &message, .number = static_cast<int>(entries.size()) + 1};
        if (message.parent != 0) entry.follows = numberOf[message.parent];
        entry.version = ++siblings[message.parent];
        numberOf[message.id] = entry.number;
        entries.push_back(entry);
    }
    for (ChatEntry& entry : entries) entry.versions = siblings[entry.message->parent];
    return entries;
}

std::vector<std::string> remarksOn(const Message& message) {
    std::vector<std::string> remarks;
    if (message.state != MessageState::Complete) remarks.emplace_back("interrupted");
    for (const std::string& words : describe(message.interventions)) remarks.push_back(words);
    if (!message.interventions.empty() && !message.interventions.scope.everywhere())
        remarks.push_back("where " + describe(message.interventions.scope));
    return remarks;
}

}  // namespace gatescope

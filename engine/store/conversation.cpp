#include "engine/store/conversation.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "engine/error.h"

namespace gatescope {

std::string_view name(Role role) {
    return role == Role::User ? "user" : "assistant";
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

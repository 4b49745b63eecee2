#include "engine/chat/versions.h"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

namespace gatescope {
namespace {

bool areVersions(const Message& a, const Message& b) {
    return a.parent == b.parent && a.role == b.role;
}

}  // namespace

// Ids only rise, so the newest message below another has the largest.
MessageId newestBelow(const std::vector<Message>& tree, MessageId top) {
    std::unordered_set<MessageId> below{top};
    MessageId newest = top;
    for (const Message& message : tree) {  // parents before children
        if (!below.contains(message.parent)) continue;
        below.insert(message.id);
        newest = std::max(newest, message.id);
    }
    return newest;
}

std::vector<Version> versionsOf(const std::vector<Message>& tree,
                                const std::vector<std::size_t>& branch) {
    std::map<std::pair<MessageId, Role>, std::vector<MessageId>> versions;
    for (const Message& message : tree)
        versions[{message.parent, message.role}].push_back(message.id);
    std::vector<Version> out;
    for (const std::size_t at : branch) {
        const auto& all = versions.at({tree[at].parent, tree[at].role});
        const auto older =
            std::ranges::count_if(all, [&](MessageId id) { return id < tree[at].id; });
        out.push_back({static_cast<int>(older), static_cast<int>(all.size())});
    }
    return out;
}

std::vector<std::size_t> allVersions(const std::vector<Message>& tree, MessageId id) {
    std::vector<std::size_t> versions;
    const auto from = std::ranges::find(tree, id, &Message::id);
    if (from == tree.end()) return versions;
    for (std::size_t i = 0; i < tree.size(); ++i)
        if (areVersions(tree[i], *from)) versions.push_back(i);
    std::ranges::sort(versions, {}, [&tree](std::size_t i) { return tree[i].id; });
    return versions;
}

std::optional<std::vector<std::size_t>> branchOfVersion(const std::vector<Message>& tree,
                                                        MessageId id,
                                                        int step) {
    const auto versions = allVersions(tree, id);
    const auto from = std::ranges::find(versions, id, [&tree](auto i) { return tree[i].id; });
    if (from == versions.end()) return std::nullopt;
    const auto at = from - versions.begin() + step;
    if (at < 0 || at >= static_cast<std::ptrdiff_t>(versions.size())) return std::nullopt;
    return branchOf(tree, newestBelow(tree, tree[versions[static_cast<std::size_t>(at)]].id));
}

}  // namespace gatescope

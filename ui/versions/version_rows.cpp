#include "ui/versions/version_rows.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace gatescope {
namespace {

using Children = std::unordered_map<MessageId, std::vector<std::size_t>>;

std::unordered_set<MessageId> branchTo(const std::vector<MessageOutline>& tree, MessageId leaf) {
    std::unordered_set<MessageId> branch{leaf};
    for (auto node = tree.rbegin(); node != tree.rend(); ++node)  // children before parents
        if (branch.contains(node->id)) branch.insert(node->parent);
    return branch;
}

/// What is still to be drawn: a message, and where the one it stands below is.
struct Next {
    std::size_t at = 0;
    int parent = -1;
    int lane = 0;
};

/// Of `children`, ordered by age, so that the oldest is taken first from the end of the stack: the
/// newest keeps the lane. Below nothing each begins a lane of its own but the newest.
void push(std::vector<Next>& stack,
          const std::vector<std::size_t>& children,
          int parent,
          int lane) {
    for (auto child = children.rbegin(); child != children.rend(); ++child)
        stack.push_back({*child, parent, child == children.rbegin() ? lane : lane + 1});
}

/// Lines go down from each message to the one that goes on in its lane.
void drawLines(std::vector<VersionRow>& rows) {
    for (std::size_t r = 0; r < rows.size(); ++r) {
        if (rows[r].parent < 0) continue;
        const auto parent = static_cast<std::size_t>(rows[r].parent);
        rows[parent].shownBelow = rows[parent].shownBelow || rows[r].shown;
        const int lane = rows[parent].lane;
        for (std::size_t i = parent + 1; i < r; ++i) {
            if (lane == rows[r].lane) rows[i].passing.push_back(lane);
            if (rows[r].shown) rows[i].shownPassing.push_back(lane);
        }
    }
}

}  // namespace

std::vector<VersionRow> versionRows(const std::vector<MessageOutline>& tree, MessageId leaf) {
    Children children;
    std::map<std::pair<MessageId, Role>, int> counts;
    std::vector<int> versions;
    for (std::size_t i = 0; i < tree.size(); ++i) {
        children[tree[i].parent].push_back(i);
        versions.push_back(counts[{tree[i].parent, tree[i].role}]++);
    }
    const auto branch = branchTo(tree, leaf);
    std::vector<VersionRow> rows;
    std::vector<Next> stack;
    push(stack, children[0], -1, 0);
    while (!stack.empty()) {  // not by recursion: a conversation is thousands of messages deep
        const Next next = stack.back();
        stack.pop_back();
        const MessageOutline& message = tree[next.at];
        const auto row = static_cast<int>(rows.size());
        rows.push_back({.message = message,
                        .parent = next.parent,
                        .lane = next.lane,
                        .shown = leaf != 0 && branch.contains(message.id),
                        .version = versions[next.at],
                        .versions = counts[{message.parent, message.role}],
                        .passing = {},
                        .shownPassing = {}});
        if (const auto below = children.find(message.id); below != children.end())
            push(stack, below->second, row, next.lane);
    }
    drawLines(rows);
    return rows;
}

}  // namespace gatescope

#include "engine/import/message_tree.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <unordered_map>
#include <utility>

namespace gatescope {
namespace {

class TreeBuilder {
  public:
    TreeBuilder(std::vector<ForeignMessage> nodes, LeftOut& leftOut)
        : nodes_(std::move(nodes)), leftOut_(leftOut) {
        indexNodes();
        linkNodes();
        if (parentsComeFirst())
            placeInOrder();
        else
            placeAll();
    }

    std::vector<Message> tree(const std::string& current) {
        if (const auto leaf = leafBelow(current)) makeNewest(*leaf);
        return std::move(tree_);
    }

  private:
    struct Node {
        std::vector<std::size_t> children;
        MessageId placed = 0;  ///< its message, else the one before it; 0: none
        bool seen = false;
    };

    void indexNodes() {
        links_.resize(nodes_.size());
        for (std::size_t i = 0; i < nodes_.size(); ++i)
            if (!indexOf_.emplace(nodes_[i].id, i).second) {
                links_[i].seen = true;
                ++leftOut_.twice;
            }
    }

    void linkNodes() {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (links_[i].seen) continue;
            const auto parent = indexOf_.find(nodes_[i].parent);
            if (!nodes_[i].parent.empty() && parent != indexOf_.end()) {
                links_[parent->second].children.push_back(i);
                continue;
            }
            if (!nodes_[i].parent.empty() && nodes_[i].shown) ++leftOut_.orphans;
            roots_.push_back(i);
        }
        for (Node& node : links_)
            std::ranges::stable_sort(
                node.children, {}, [this](std::size_t i) { return nodes_[i].order; });
    }

    bool parentsComeFirst() const {
        for (std::size_t i = 0; i < nodes_.size(); ++i)
            for (const std::size_t child : links_[i].children)
                if (child <= i) return false;
        return true;
    }

    void placeInOrder() {
        for (std::size_t i = 0; i < nodes_.size(); ++i) {
            if (links_[i].seen) continue;  // an id for the second time
            const auto parent = indexOf_.find(nodes_[i].parent);
            const bool known = !nodes_[i].parent.empty() && parent != indexOf_.end();
            const MessageId above = known ? links_[parent->second].placed : 0;
            links_[i].placed = nodes_[i].shown ? place(i, above) : above;
        }
    }

    /// Depth first, without recursion: a chat is as deep as it is long. What is not reached from a
    /// first message follows itself.
    void placeAll() {
        std::vector<std::pair<std::size_t, MessageId>> open;
        const auto push = [&open](const std::vector<std::size_t>& which, MessageId parent) {
            for (auto i = which.rbegin(); i != which.rend(); ++i) open.emplace_back(*i, parent);
        };
        push(roots_, 0);
        while (!open.empty()) {
            const auto [i, parent] = open.back();
            open.pop_back();
            links_[i].seen = true;
            links_[i].placed = nodes_[i].shown ? place(i, parent) : parent;
            push(links_[i].children, links_[i].placed);
        }
        for (std::size_t i = 0; i < nodes_.size(); ++i)
            if (!links_[i].seen && nodes_[i].shown) ++leftOut_.circle;
    }

    MessageId place(std::size_t i, MessageId parent) {
        Message message = std::move(nodes_[i].message);
        message.id = static_cast<MessageId>(tree_.size()) + 1;
        message.parent = parent;
        tree_.push_back(std::move(message));
        return tree_.back().id;
    }

    /// The newest message of the newest branch below `current`, itself if nothing follows.
    std::optional<MessageId> leafBelow(const std::string& current) const {
        const auto node = indexOf_.find(current);
        if (node == indexOf_.end() || links_[node->second].placed == 0) return std::nullopt;
        std::vector<MessageId> newestBelow(tree_.size() + 1);
        for (const Message& message : tree_)
            newestBelow[static_cast<std::size_t>(message.parent)] = message.id;
        MessageId leaf = links_[node->second].placed;
        while (newestBelow[static_cast<std::size_t>(leaf)] != 0)
            leaf = newestBelow[static_cast<std::size_t>(leaf)];
        return leaf;
    }

    /// Nothing follows a leaf, so it can stand last; what stood behind it moves up.
    void makeNewest(MessageId leaf) {
        const auto at = tree_.begin() + static_cast<std::ptrdiff_t>(leaf - 1);
        std::rotate(at, at + 1, tree_.end());
        for (std::size_t i = 0; i < tree_.size(); ++i) {
            tree_[i].id = static_cast<MessageId>(i) + 1;
            if (tree_[i].parent > leaf) --tree_[i].parent;
        }
    }

    std::vector<ForeignMessage> nodes_;
    LeftOut& leftOut_;
    std::unordered_map<std::string, std::size_t> indexOf_;
    std::vector<Node> links_;
    std::vector<std::size_t> roots_;
    std::vector<Message> tree_;
};

}  // namespace

std::vector<Message> messageTree(std::vector<ForeignMessage> nodes,
                                 const std::string& current,
                                 LeftOut& leftOut) {
    return TreeBuilder(std::move(nodes), leftOut).tree(current);
}

}  // namespace gatescope

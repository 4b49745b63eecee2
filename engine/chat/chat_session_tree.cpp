// The conversation as a tree: all its versions, which branch is shown, and versions that go.
#include <algorithm>
#include <memory>
#include <unordered_set>
#include <utility>

#include "engine/chat/chat_session_impl.h"

namespace gatescope {
namespace {

/// `top` and all below it; parents come before children.
template <class Node>
std::unordered_set<MessageId> below(const std::vector<Node>& tree, MessageId top) {
    std::unordered_set<MessageId> found{top};
    for (const Node& node : tree)
        if (found.contains(node.parent)) found.insert(node.id);
    return found;
}

template <class Node>
void drop(std::vector<Node>& tree, MessageId top) {
    const auto gone = below(tree, top);
    std::erase_if(tree, [&gone](const Node& node) { return gone.contains(node.id); });
}

/// The first bytes of a text, in whole characters.
std::string openingOf(const std::string& text) {
    std::size_t end = std::min<std::size_t>(text.size(), 160);
    while (end > 0 && end < text.size() && (text[end] & '\xC0') == '\x80') --end;
    return text.substr(0, end);
}

std::vector<MessageOutline> outlineOf(const std::vector<Message>& messages) {
    std::vector<MessageOutline> out;
    for (const Message& m : messages)
        out.push_back({.id = m.id,
                       .parent = m.parent,
                       .role = m.role,
                       .state = m.state,
                       .finishReason = m.finishReason,
                       .opening = openingOf(m.text),
                       .tokens = static_cast<int>(m.tokens.size()),
                       .createdMs = m.createdMs});
    return out;
}

}  // namespace

void ChatSession::Impl::dropRemoved(std::vector<Message>& tree) const {
    if (removed) drop(tree, *removed);
}

void ChatSession::Impl::readTree(TreeRead done) {
    const auto shown = saved.conversation();
    if (branch.empty()) return;
    saved.readTree(
        branch.size() - 1,
        [this, shown, done = std::move(done)](std::vector<Message> tree, MessageId leaf) {
            if (phase != Phase::Idle || saved.conversation() != shown) return;
            dropRemoved(tree);
            done(std::move(tree), leaf);
        });
}

void ChatSession::readTree(
    std::function<void(std::vector<MessageOutline> tree, MessageId leaf)> done) {
    if (impl_->replay) {
        const auto& branch = messages();
        return done(outlineOf(impl_->recorded), branch.empty() ? 0 : branch.back().id);
    }
    const auto id = currentConversation();
    if (!id || impl_->branch.empty()) return done({}, 0);
    impl_->saved.readOutline(
        impl_->branch.size() - 1,
        [this, id, done = std::move(done)](std::vector<MessageOutline> tree, MessageId leaf) {
            if (currentConversation() != id) return;  // something newer began
            if (impl_->removed) drop(tree, *impl_->removed);
            done(std::move(tree), leaf);
        });
}

void ChatSession::showBranch(MessageId leaf) {
    impl_->requireIdle();
    const auto show = [this, leaf](std::vector<Message> tree, MessageId /*shown*/) {
        if (std::ranges::find(tree, leaf, &Message::id) == tree.end()) return;
        auto indices = branchOf(tree, newestBelow(tree, leaf));
        impl_->showBranchOf(std::move(tree), std::move(indices));
    };
    if (impl_->replay) return show(impl_->recorded, leaf);
    impl_->readTree(show);
}

// ---------------------------------------------------------------- removing

void ChatSession::removeVersion(MessageId message) {
    impl_->requireIdle();
    if (impl_->replay) refuse("a recording is not changed: it stays as it was");
    commitRemoval();
    impl_->readTree([this, message](std::vector<Message> tree, MessageId leaf) {
        impl_->removeFrom(message, std::move(tree), leaf);
    });
}

void ChatSession::removeMessage(int messageIndex) {
    impl_->requireIdle();
    if (impl_->replay) refuse("a recording is not changed: it stays as it was");
    if (messageIndex < 0 || messageIndex >= impl_->branch.size())
        refuse("there is no such message any more");
    commitRemoval();
    const int fromEnd = impl_->branch.size() - 1 - messageIndex;
    impl_->readTree([this, fromEnd](std::vector<Message> tree, MessageId leaf) {
        const auto shown = branchOf(tree, leaf);
        const MessageId top = tree[shown[shown.size() - 1 - static_cast<std::size_t>(fromEnd)]].id;
        impl_->removeFrom(top, std::move(tree), leaf);
    });
}

// The branch shown stays, if it can; else the version beside the one that goes is shown, or what
// was in front of it.
void ChatSession::Impl::removeFrom(MessageId top, std::vector<Message> tree, MessageId leaf) {
    const auto at = std::ranges::find(tree, top, &Message::id);
    if (at == tree.end()) return;
    const MessageId parent = at->parent;
    const auto versions = allVersions(tree, top);
    MessageId beside = 0;
    for (const std::size_t i : versions)
        if (tree[i].id < top || (beside == 0 && tree[i].id != top)) beside = tree[i].id;
    removed = top;
    leafBeforeRemoval = leaf;
    dropRemoved(tree);
    const bool stays = std::ranges::find(tree, leaf, &Message::id) != tree.end();
    if (stays) {
        auto indices = branchOf(tree, leaf);
        return showBranchOf(std::move(tree), std::move(indices));
    }
    if (beside != 0) {
        auto indices = branchOf(tree, newestBelow(tree, beside));
        return showBranchOf(std::move(tree), std::move(indices));
    }
    auto indices = parent != 0 ? branchOf(tree, parent) : std::vector<std::size_t>();
    showBranchOf(std::move(tree), std::move(indices));
}

bool ChatSession::canUndoRemoval() const {
    return impl_->removed.has_value();
}

void ChatSession::undoRemoval() {
    if (!impl_->removed) return;
    impl_->requireIdle();
    impl_->removed.reset();
    const auto id = currentConversation();
    auto tree = std::make_shared<std::vector<Message>>();
    impl_->store.post([tree, id](ConversationStore& s) { *tree = s.messages(*id); },
                      [this, tree, id, leaf = impl_->leafBeforeRemoval] {
                          if (generating() || currentConversation() != id) return;
                          auto indices = branchOf(*tree, leaf);
                          impl_->showBranchOf(std::move(*tree), std::move(indices));
                      });
}

void ChatSession::commitRemoval() {
    if (!impl_->removed) return;
    impl_->store.post([id = *impl_->removed](ConversationStore& s) { s.removeMessage(id); });
    impl_->removed.reset();
    impl_->refreshList();
}

}  // namespace gatescope

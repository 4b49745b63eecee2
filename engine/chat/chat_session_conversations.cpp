#include "engine/chat/chat_session_impl.h"

#include <fmt/format.h>

#include <utility>

#include "engine/error.h"

namespace gatescope {
namespace {

/// The messages of the branch that was shown last.
std::vector<Message> newestBranch(std::vector<Message> tree) {
    std::vector<Message> branch;
    for (const std::size_t i : branchOf(tree)) branch.push_back(std::move(tree[i]));
    return branch;
}

}  // namespace

void ChatSession::Impl::refreshList() {
    auto found = std::make_shared<std::vector<ConversationSummary>>();
    store.post([found](ConversationStore& s) { *found = s.conversations(); },
               [this, found] {
                   list = std::move(*found);
                   observer->conversationListChanged();
               });
}

void ChatSession::Impl::show(std::vector<Message> messages,
                             ConversationSummary summary,
                             bool isRecording) {
    replay = isRecording;
    conversation = std::move(summary);
    branch.assign(std::move(messages));
    if (!conversation.templateName.empty()) templateName = conversation.templateName;
    systemText = conversation.systemText;
    if (!branch.empty() && !isRecording) {
        interventions = branch.messages().back().interventions;
        observer->interventionsChanged();
    }
    observer->conversationOpened();
}

void ChatSession::Impl::whenIdle(std::function<void()> action) {
    if (phase == Phase::Idle) {
        action();
        return;
    }
    afterFinish = std::move(action);
    stopRequested = true;
    engine.stop();
}

const std::vector<ConversationSummary>& ChatSession::conversations() const {
    return impl_->list;
}

void ChatSession::newConversation() {
    impl_->whenIdle([this] {
        impl_->saved.startNew();
        ConversationSummary fresh;
        fresh.templateName = impl_->templateName;
        fresh.systemText = impl_->systemText;
        impl_->show({}, std::move(fresh), false);
    });
}

void ChatSession::openConversation(ConversationId id) {
    impl_->whenIdle([this, id] {
        auto tree = std::make_shared<std::vector<Message>>();
        auto summary = std::make_shared<ConversationSummary>();
        impl_->store.post(
            [tree, summary, id](ConversationStore& s) {
                for (auto& c : s.conversations())
                    if (c.id == id) *summary = std::move(c);
                *tree = s.messages(id);
            },
            [this, tree, summary, id] {
                if (impl_->phase != Impl::Phase::Idle) return;  // something newer began meanwhile
                auto messages = newestBranch(std::move(*tree));
                impl_->saved.open(id, messages);
                impl_->show(std::move(messages), std::move(*summary), false);
            });
    });
}

void ChatSession::renameConversation(ConversationId id, const std::string& title) {
    if (currentConversation() == id) impl_->conversation.title = title;
    impl_->store.post([id, title](ConversationStore& s) {
        for (auto c : s.conversations()) {
            if (c.id != id) continue;
            c.title = title;
            s.updateConversation(c);
        }
    });
    impl_->refreshList();
}

void ChatSession::removeConversation(ConversationId id) {
    impl_->whenIdle([this, id] {
        const bool current = currentConversation() == id;
        impl_->store.post([id](ConversationStore& s) { s.removeConversation(id); });
        if (current) newConversation();
        impl_->refreshList();
    });
}

std::optional<ConversationId> ChatSession::currentConversation() const {
    return impl_->saved.conversation();
}

// ---------------------------------------------------------------- recordings

void ChatSession::openRecording(const std::filesystem::path& file) {
    impl_->whenIdle([this, file] {
        struct Loaded {
            std::vector<Message> messages;
            ConversationSummary summary;
            std::optional<std::string> error;
        };
        auto loaded = std::make_shared<Loaded>();
        // On the store's thread for its disk, with a connection of its own.
        impl_->store.post(
            [loaded, file](ConversationStore&) {
                try {
                    const ConversationStore recording(file, ConversationStore::Mode::ReadOnly);
                    const auto all = recording.conversations();
                    if (all.empty())
                        throw Error(
                            ErrorKind::BadInput,
                            fmt::format("{}: the recording holds no conversation", file.string()));
                    loaded->summary = all.front();
                    loaded->messages = newestBranch(recording.messages(all.front().id));
                } catch (const std::exception& e) {
                    loaded->error = e.what();
                }
            },
            [this, loaded] {
                impl_->reportOn(loaded->error);
                if (loaded->error || impl_->phase != Impl::Phase::Idle) return;
                impl_->saved.startNew();
                impl_->show(std::move(loaded->messages), std::move(loaded->summary), true);
            });
    });
}

bool ChatSession::isReplay() const {
    return impl_->replay;
}

void ChatSession::saveRecording(const std::filesystem::path& file,
                                std::function<void(const std::optional<std::string>& error)> done) {
    if (generating()) impl_->commitReply(MessageState::Streaming, std::nullopt);
    impl_->saved.saveRecording(file, std::move(done));
}

}  // namespace gatescope

#include "engine/chat/chat_session_impl.h"

#include <fmt/format.h>

#include <memory>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "engine/settings/settings_files.h"
#include "engine/store/pinned_routes.h"

namespace gatescope {
namespace {

bool isSame(const RoutePin& a, const RoutePin& b) {
    return a.gates == b.gates && fingerprintOf(a) == fingerprintOf(b);
}

/// The store keeps no records of a pin: a message that was pinned to `found` gets that, and what
/// another was pinned to is how it was routed.
void restorePins(std::vector<Message>& branch, const std::shared_ptr<const RoutePin>& found) {
    std::size_t position = 0;
    for (Message& message : branch) {
        auto& kept = message.interventions.pin;
        if (kept && found && isSame(*kept, *found)) {
            kept = found;
        } else if (kept) {
            RoutePin pin = *message.interventions.pin;
            pin.records.resize(position);
            for (const auto& token : message.tokens) pin.records.push_back(token.routing);
            message.interventions.pin = std::make_shared<const RoutePin>(std::move(pin));
        }
        position += message.tokens.size();
    }
}

/// Of what the newest message of a branch was pinned to; nothing where it was not pinned.
FoundPin findPinOf(const std::vector<Message>& tree, const std::vector<std::size_t>& branch) {
    if (branch.empty() || !tree[branch.back()].interventions.pin) return {};
    return findPin(*tree[branch.back()].interventions.pin, tree);
}

}  // namespace

void ChatSession::Impl::refreshList() {
    struct Found {
        std::vector<ConversationSummary> list;
        std::vector<std::string> folders;
    };
    auto found = std::make_shared<Found>();
    store.post(
        [found](ConversationStore& s) {
            found->list = s.conversations();
            found->folders = s.folders();
        },
        [this, found] {
            list = std::move(found->list);
            folders = std::move(found->folders);
            observer->conversationListChanged();
        });
}

void ChatSession::Impl::show(std::vector<Message> tree,
                             const std::vector<std::size_t>& branchOfTree,
                             Shown what) {
    replay = what.isRecording;
    conversation = std::move(what.summary);
    auto versions = versionsOf(tree, branchOfTree);
    std::vector<Message> messages;
    for (const std::size_t i : branchOfTree) messages.push_back(std::move(tree[i]));
    restorePins(messages, what.found.pin);
    auto before = std::make_shared<std::vector<Message>>();
    for (int i = 0; i < branch.size(); ++i) before->push_back(std::move(branch.message(i)));
    branch.assign(std::move(messages), std::move(versions));
    openHistory(saved.conversation(), what.id);
    if (what.id)
        saved.open(*what.id, branch.messages());
    else
        saved.startNew();
    if (!conversation.templateName.empty()) templateName = conversation.templateName;
    systemText = conversation.systemText;
    if (!replay && !conversation.settingsJson.empty()) {
        try {
            options = optionsFromText(conversation.settingsJson, conversation.title);
        } catch (const Error&) {  // of a newer Gatescope: those in use do as well
        }
    }
    if (!branch.empty() && !replay) {
        InterventionSet kept = branch.messages().back().interventions;
        kept.pin = what.found.pin;
        resumeInterventions(std::move(kept));
    }
    observer->conversationOpened();
    // Nobody looks at it any more: letting go of 100,000 tokens is work for the store's thread.
    if (!before->empty()) store.post([before](ConversationStore&) { before->clear(); });
    if (!replay && !what.found.problem.empty())
        observer->failed(what.found.problem + "; what comes next is routed by the model");
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

const std::vector<std::string>& ChatSession::folders() const {
    return impl_->folders;
}

void ChatSession::keep(std::function<void(ConversationStore&)> change) {
    impl_->store.post(std::move(change));
    impl_->refreshList();
}

void ChatSession::newConversation() {
    commitRemoval();
    impl_->whenIdle([this] {
        ConversationSummary fresh;
        fresh.templateName = impl_->templateName;
        fresh.systemText = impl_->systemText;
        fresh.settingsJson = optionsText(impl_->options);
        impl_->show({}, {}, {.summary = std::move(fresh)});
    });
}

void ChatSession::openConversation(ConversationId id, MessageId through) {
    commitRemoval();
    impl_->whenIdle([this, id, through] {
        auto tree = std::make_shared<std::vector<Message>>();
        auto summary = std::make_shared<ConversationSummary>();
        auto found = std::make_shared<FoundPin>();
        auto branch = std::make_shared<std::vector<std::size_t>>();
        impl_->store.post(
            [tree, summary, found, branch, id, through](ConversationStore& s) {
                if (auto kept = s.conversation(id)) *summary = std::move(*kept);
                *tree = s.messages(id);
                *branch = branchOfVersion(*tree, through, 0).value_or(branchOf(*tree));
                *found = findPinOf(*tree, *branch);
            },
            [this, tree, summary, found, branch, id] {
                if (impl_->phase != Impl::Phase::Idle) return;  // something newer began meanwhile
                impl_->show(std::move(*tree),
                            *branch,
                            {.summary = std::move(*summary), .id = id, .found = *found});
            });
    });
}

void ChatSession::renameConversation(ConversationId id, const std::string& title) {
    if (currentConversation() == id) impl_->conversation.title = title;
    impl_->store.post([id, title](ConversationStore& s) {
        auto c = s.conversation(id);
        if (!c) return;
        c->title = title;
        s.updateConversation(*c);
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

bool ChatSession::isSynthetic() const {
    if (traceSize() > 0) return impl_->conversation.facts.synthetic;
    return impl_->model && impl_->model->synthetic;
}

// ---------------------------------------------------------------- versions

void ChatSession::Impl::showVersionOf(MessageId message, int step, std::vector<Message> tree) {
    auto indices = branchOfVersion(tree, message, step);
    if (indices) showBranchOf(std::move(tree), std::move(*indices));
}

void ChatSession::Impl::showBranchOf(std::vector<Message> tree, std::vector<std::size_t> indices) {
    const auto showWith = [this](std::vector<Message> all, const auto& branchOfAll, FoundPin pin) {
        show(std::move(all),
             branchOfAll,
             {.summary = conversation,
              .id = saved.conversation(),
              .isRecording = replay,
              .found = std::move(pin)});
    };
    if (replay || indices.empty() || !tree[indices.back()].interventions.pin)
        return showWith(std::move(tree), indices, {});
    if (interventions.pin && isSame(*interventions.pin, *tree[indices.back()].interventions.pin))
        return showWith(std::move(tree), indices, {interventions.pin, {}});
    const auto shown = saved.conversation();
    auto all = std::make_shared<std::vector<Message>>(std::move(tree));
    auto found = std::make_shared<FoundPin>();
    store.post(
        [=, branchOfAll = indices](ConversationStore&) { *found = findPinOf(*all, branchOfAll); },
        [=, this, branchOfAll = indices] {
            if (phase != Phase::Idle || saved.conversation() != shown) return;
            showWith(std::move(*all), branchOfAll, std::move(*found));
        });
}

void ChatSession::showVersion(int messageIndex, int step) {
    if (generating()) refuse("a reply is being written: stop it first");
    const Version version = impl_->branch.version(messageIndex);
    if (version.index + step < 0 || version.index + step >= version.count) return;
    if (impl_->replay) {
        const MessageId id = messages()[static_cast<std::size_t>(messageIndex)].id;
        impl_->showVersionOf(id, step, impl_->recorded);
        return;
    }
    const auto shown = currentConversation();
    impl_->saved.readTree(messageIndex,
                          [this, step, shown](std::vector<Message> tree, MessageId message) {
                              if (generating() || currentConversation() != shown)
                                  return;  // something newer began
                              impl_->dropRemoved(tree);
                              impl_->showVersionOf(message, step, std::move(tree));
                          });
}

// ---------------------------------------------------------------- recordings

void ChatSession::openRecording(const std::filesystem::path& file) {
    commitRemoval();
    impl_->whenIdle([this, file] {
        struct Loaded {
            std::vector<Message> tree;
            std::vector<Message> shown;  ///< a copy: of 100,000 tokens too much for one frame
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
                    loaded->tree = recording.messages(all.front().id);
                    loaded->shown = loaded->tree;
                } catch (const std::exception& e) {
                    loaded->error = e.what();
                }
            },
            [this, loaded, file] {
                impl_->reportOn(loaded->error);
                if (loaded->error || impl_->phase != Impl::Phase::Idle) return;
                impl_->recorded = std::move(loaded->tree);
                impl_->recordedFile = file;
                impl_->show(std::move(loaded->shown),
                            branchOf(impl_->recorded),
                            {.summary = std::move(loaded->summary), .isRecording = true});
            });
    });
}

bool ChatSession::isReplay() const {
    return impl_->replay;
}

const std::filesystem::path& ChatSession::replayFile() const {
    return impl_->recordedFile;
}

void ChatSession::saveRecording(const std::filesystem::path& file,
                                std::function<void(const std::optional<std::string>& error)> done) {
    // While the user's message is being saved there is no reply yet whose state this could be.
    const bool writing = generating() && impl_->phase != Impl::Phase::SavingUserMessage;
    if (writing) impl_->commitReply(MessageState::Streaming, std::nullopt);
    commitRemoval();
    impl_->saved.saveRecording(file, std::move(done));
}

}  // namespace gatescope

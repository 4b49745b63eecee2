// What runs on the session's engine without being part of its conversation.
#include <utility>

#include "engine/chat/chat_session_impl.h"
#include "engine/chat/versions.h"

namespace gatescope {
namespace {

GenerationId idOf(const Event& event) {
    return std::visit(
        [](const auto& e) -> GenerationId {
            if constexpr (requires { e.generation; })
                return e.generation;
            else if constexpr (requires { e.id; })
                return e.id;
            else
                return 0;
        },
        event);
}

bool isLast(const Event& event) {
    return std::holds_alternative<GenerationFinished>(event) ||
           std::holds_alternative<ScoreFinished>(event);
}

}  // namespace

void ChatSession::Impl::tellAside(const Event& event) {
    const auto job = aside.find(idOf(event));
    if (job == aside.end()) return;
    if (!isLast(event)) return job->second(event);
    const auto listener = std::move(job->second);
    aside.erase(job);  // first: the listener may begin the next one
    listener(event);
}

void ChatSession::Impl::requireAside() const {
    if (loading() && !usable) refuse("the model is still loading: wait, or cancel the load");
    if (!model) refuse("no model is open: open one, or try the demo");
    if (phase != Phase::Idle) refuse("a reply is being written: stop it first");
}

GenerationId ChatSession::Impl::addAside(SideListener listener) {
    aside.emplace(++lastId, std::move(listener));
    return lastId;
}

GenerationId ChatSession::scoreAside(ScoreRequest request, SideListener listener) {
    impl_->requireAside();
    request.id = impl_->addAside(std::move(listener));
    const GenerationId id = request.id;
    try {
        impl_->engine.score(std::move(request));
    } catch (...) {  // too much waits: there will be no event
        impl_->aside.erase(id);
        throw;
    }
    return id;
}

GenerationId ChatSession::generateAside(GenerationRequest request, SideListener listener) {
    impl_->requireAside();
    request.id = impl_->addAside(std::move(listener));
    const GenerationId id = request.id;
    try {
        impl_->engine.submit(std::move(request));
    } catch (...) {  // too much waits: there will be no event
        impl_->aside.erase(id);
        throw;
    }
    return id;
}

void ChatSession::stopAside() {
    impl_->engine.stopScores();
    if (!impl_->aside.empty() && !generating()) impl_->engine.stop();
}

const ConversationSummary& ChatSession::conversation() const {
    return impl_->conversation;
}

void ChatSession::readVersions(
    int messageIndex, std::function<void(std::vector<std::vector<Message>> branches)> done) {
    const auto give = [done = std::move(done)](const std::vector<Message>& tree, MessageId id) {
        std::vector<std::vector<Message>> branches;
        for (const std::size_t version : allVersions(tree, id)) {
            std::vector<Message>& branch = branches.emplace_back();
            for (const std::size_t i : branchOf(tree, tree[version].id)) branch.push_back(tree[i]);
        }
        done(std::move(branches));
    };
    if (impl_->replay)
        give(impl_->recorded, messages()[static_cast<std::size_t>(messageIndex)].id);
    else
        impl_->saved.readTree(messageIndex, [this, give](std::vector<Message> tree, MessageId id) {
            impl_->dropRemoved(tree);
            give(tree, id);
        });
}

}  // namespace gatescope

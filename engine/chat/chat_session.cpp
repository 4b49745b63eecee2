#include "engine/chat/chat_session_impl.h"

#include <utility>

#include "engine/error.h"

namespace gatescope {

void refuse(const std::string& sentence) {
    throw Error(ErrorKind::BadUsage, sentence);
}

ChatSession::ChatSession(Engine& engine, StoreWriter& store)
    : impl_(std::make_unique<Impl>(engine, store)) {
    newConversation();
}

ChatSession::~ChatSession() {
    commitRemoval();
    impl_->engine.stopScores();
    if (generating()) {  // what was streamed so far stays; the rest is not waited for
        impl_->engine.stop();
        if (impl_->phase != Impl::Phase::SavingUserMessage)
            impl_->commitReply(MessageState::Interrupted, FinishReason::Stopped);
    }
    impl_->observer = &impl_->silent;
    impl_->store.flush();
    impl_->store.setErrorHandler({});
}

void ChatSession::setObserver(ChatObserver* observer) {
    impl_->observer = observer != nullptr ? observer : &impl_->silent;
}

void ChatSession::setHeat(HeatKeeper& keeper) {
    impl_->heat = &keeper;
}

void ChatSession::pump(std::chrono::milliseconds budget) {
    const auto end = Impl::Clock::now() + budget;
    impl_->store.poll();
    do {
        const auto event = impl_->engine.poll();
        if (!event) break;
        impl_->tellAside(*event);
        std::visit([this](const auto& e) { impl_->handle(e); }, *event);
    } while (Impl::Clock::now() < end);
    impl_->commitIfDue();
    impl_->pumpHeat();
}

// ---------------------------------------------------------------- heat

void ChatSession::Impl::openHeat() {
    if (heat != nullptr) heat->open(model->name, model->config.numLayers, model->config.numExperts);
}

/// What interventions made of the routing is not what the model asks for.
void ChatSession::Impl::learnHeat(const Message& message, const RoutingRecordPtr& routing) {
    if (heat != nullptr && message.interventions.empty()) heat->learn(routing);
}

void ChatSession::Impl::pumpHeat() {
    if (heat == nullptr) return;
    heat->pump();
    if (const auto problem = heat->takeProblem()) observer->failed(*problem);
}

// ---------------------------------------------------------------- the model

void ChatSession::Impl::handle(const EngineFailed& e) {
    if (e.generation == 0) {
        endLoadWithoutModel();
        observer->modelLoadFailed(e.kind);
    }
    observer->failed(e.message);
    if (e.state == FaultState::EngineLost) observer->engineLost();
}

void ChatSession::openModel(const std::string& model, const DecoderOptions& options) {
    impl_->whenIdle([this, model, options] {
        impl_->engine.load(model, options);  // throws when too much waits already
        ++impl_->loads;
        impl_->usable = false;
    });
}

void ChatSession::cancelLoad() {
    // First: a reply that has not reached the engine yet would only be told that there is no model.
    if (loading()) stop();
    impl_->engine.cancelLoad();
}

bool ChatSession::loading() const {
    return impl_->loading();
}

bool ChatSession::canTalk() const {
    return impl_->usable && !impl_->replay;
}

std::shared_ptr<const ModelInfo> ChatSession::model() const {
    return impl_->model;
}

// ---------------------------------------------------------------- what is shown

const std::vector<Message>& ChatSession::messages() const {
    return impl_->branch.messages();
}

int ChatSession::traceSize() const {
    return impl_->branch.traceSize();
}

const TokenRecord& ChatSession::traceToken(int index) const {
    return std::as_const(impl_->branch).token(index);
}

int ChatSession::messageOfToken(int index) const {
    return impl_->branch.messageOfToken(index);
}

int ChatSession::firstTokenOfMessage(int index) const {
    return impl_->branch.firstTokenOfMessage(index);
}

Version ChatSession::version(int messageIndex) const {
    return impl_->branch.version(messageIndex);
}

bool ChatSession::generating() const {
    return impl_->phase != Impl::Phase::Idle;
}

std::string ChatSession::status() const {
    if (loading() && !generating()) return "loading";
    switch (impl_->phase) {
        case Impl::Phase::SavingUserMessage:
        case Impl::Phase::Prefill:
            return "reading the prompt";
        case Impl::Phase::Decode:
            return "generating";
        case Impl::Phase::Idle:
            break;
    }
    if (impl_->replay) return "replay";
    return impl_->model ? "ready" : "no model";
}

}  // namespace gatescope

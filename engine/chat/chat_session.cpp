#include "engine/chat/chat_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

#include "engine/chat/branch.h"
#include "engine/chat/branch_store.h"
#include "engine/check.h"
#include "engine/tokenizer/tokenizer.h"

namespace gatescope {
namespace {

using Clock = std::chrono::steady_clock;

/// Streamed text is committed at least this often; the promise is 250 ms, the commit itself takes
/// the rest.
constexpr std::chrono::milliseconds kCommitInterval{150};
constexpr std::size_t kTitleLength = 48;

std::int64_t nowMs() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// The first words of a message, whole UTF-8 characters of one line.
std::string titleOf(const std::string& text) {
    std::string line = text.substr(0, text.find('\n', text.find_first_not_of(" \n\t")));
    line.erase(0, std::min(line.find_first_not_of(" \n\t"), line.size()));
    if (line.size() <= kTitleLength) return line;
    std::size_t end = kTitleLength;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) --end;
    return line.substr(0, end) + "…";
}

std::uint64_t freshSeed() {
    std::random_device device;
    const std::uint64_t seed = (static_cast<std::uint64_t>(device()) << 32) | device();
    return seed == 0 ? 1 : seed;
}

/// The messages of the branch that was shown last.
std::vector<Message> newestBranch(std::vector<Message> tree) {
    std::vector<Message> branch;
    for (const std::size_t i : branchOf(tree)) branch.push_back(std::move(tree[i]));
    return branch;
}

ModelFacts factsOf(const ModelInfo& model) {
    return {.name = model.name,
            .numLayers = model.config.numLayers,
            .numExperts = model.config.numExperts,
            .numSelected = model.config.numSelected,
            .synthetic = model.synthetic,
            .decoder = model.decoder,
            .precision = "f32"};
}

[[noreturn]] void refuse(const std::string& sentence) {
    throw Error(ErrorKind::BadUsage, sentence);
}

}  // namespace

class ChatSession::Impl {
  public:
    Impl(Engine& engineIn, StoreWriter& storeIn)
        : engine(engineIn), store(storeIn), saved(storeIn) {
        store.setErrorHandler([this](const std::string& sentence) { observer->failed(sentence); });
        store.post([](ConversationStore& s) { s.markInterrupted(); });
        refreshList();
    }

    // --- events of the engine
    void handle(const LoadProgressed& e) { observer->modelLoadProgressed(e.progress); }
    void handle(const ModelLoaded& e) {
        loading = false;
        model = e.model;
        observer->modelLoaded();
    }
    void handle(const LoadCancelled&) {
        loading = false;
        observer->modelLoadCancelled();
    }
    void handle(const ModelUnloaded&) { model = nullptr; }
    void handle(const PromptEncoded& e);
    void handle(const PrefillProgressed& e);
    void handle(const TokenGenerated& e);
    void handle(const GenerationFinished& e);
    void handle(const EngineFailed& e);

    // --- a generation, from the user's text to its last token
    void saveThenGenerate();
    void startReply(SamplerConfig replySampler);
    GenerationRequest buildRequest();
    void submitReply();
    void commitReply(MessageState state, std::optional<FinishReason> reason);
    void commitPromptTokens();
    void finish(const GenerationFinished& finished);
    void dropTokensOfAnotherModel();

    void requireTalk() const;
    void show(std::vector<Message> messages, ConversationSummary conversation, bool isRecording);
    /// Runs `action` now, or as soon as the generation in progress has stopped.
    void whenIdle(std::function<void()> action);
    void refreshList();
    void reportOn(const std::optional<std::string>& error) const {
        if (error) observer->failed(*error);
    }

    enum class Phase { Idle, SavingUserMessage, Prefill, Decode };

    Engine& engine;
    StoreWriter& store;
    BranchStore saved;
    ChatObserver silent;
    ChatObserver* observer = &silent;

    std::shared_ptr<const ModelInfo> model;
    bool loading = false;
    bool replay = false;

    std::vector<ConversationSummary> list;
    ConversationSummary conversation;  ///< id is not used here: `saved` knows it
    Branch branch;

    std::string templateName = promptTemplates().front().name;
    std::string systemText;
    SamplerConfig sampler;
    int maxTokens = 256;
    InterventionSet interventions;

    Phase phase = Phase::Idle;
    bool stopRequested = false;
    SamplerConfig replySampler;
    GenerationId generation = 0;
    std::vector<int> segmentMessages;  ///< branch index of each prompt segment
    std::vector<int> uncommittedPrompts;
    std::string uncommittedText;
    std::vector<TokenRecord> uncommittedTokens;
    Clock::time_point lastCommit;
    std::function<void()> afterFinish;
};

// ---------------------------------------------------------------- engine events

void ChatSession::Impl::handle(const PromptEncoded& e) {
    if (e.generation != generation) return;
    StreamDecoder* decoder = nullptr;
    std::optional<StreamDecoder> stream;
    if (model->tokenizer) decoder = &stream.emplace(model->tokenizer, true);
    int firstNew = -1;
    for (std::size_t i = 0; i < e.segments.size(); ++i) {
        const int index = segmentMessages[i];
        std::vector<TokenRecord> tokens;
        for (const TokenId id : e.segments[i]) {
            TokenRecord token;
            token.token = id;
            if (decoder != nullptr) token.text = decoder->next(id);
            tokens.push_back(std::move(token));
        }
        if (!branch.message(index).tokens.empty()) continue;
        if (firstNew < 0) firstNew = branch.firstTokenOfMessage(index);
        branch.setTokens(index, std::move(tokens));
        uncommittedPrompts.push_back(index);
    }
    if (firstNew >= 0) observer->traceExtended(firstNew);
    observer->prefillProgressed(e.reusedTokens, branch.traceSize());
}

void ChatSession::Impl::handle(const PrefillProgressed& e) {
    if (e.generation != generation) return;
    int firstNew = -1;
    for (std::size_t i = 0; i < e.routing.size(); ++i) {
        TokenRecord& token = branch.token(e.firstPosition + static_cast<int>(i));
        if (token.routing) continue;  // computed before; what was seen then stays
        token.routing = e.routing[i];
        if (firstNew < 0) firstNew = e.firstPosition + static_cast<int>(i);
    }
    if (firstNew >= 0) observer->traceExtended(firstNew);
    observer->prefillProgressed(e.done, e.total);
}

void ChatSession::Impl::handle(const TokenGenerated& e) {
    if (e.generation != generation) return;
    if (phase == Phase::Prefill) commitPromptTokens();
    phase = Phase::Decode;
    TokenRecord token{.token = e.token,
                      .text = e.text,
                      .generated = true,
                      .logProb = e.logProb,
                      .routing = e.routing};
    uncommittedTokens.push_back(token);
    uncommittedText += e.text;
    branch.appendToken(std::move(token));
    const int reply = branch.size() - 1;
    branch.message(reply).text += e.text;
    observer->messageTextChanged(reply);
    observer->traceExtended(branch.traceSize() - 1);
    if (Clock::now() - lastCommit >= kCommitInterval)
        commitReply(MessageState::Streaming, std::nullopt);
}

void ChatSession::Impl::handle(const GenerationFinished& e) {
    if (e.generation == generation) finish(e);
}

void ChatSession::Impl::handle(const EngineFailed& e) {
    if (e.generation == 0) loading = false;  // the old model, if any, stays until ModelUnloaded
    observer->failed(e.message);
}

// ---------------------------------------------------------------- a generation

void ChatSession::Impl::requireTalk() const {
    if (replay) refuse("this is a recording: start a new chat to talk to a model");
    if (loading) refuse("the model is still loading: wait, or cancel the load");
    if (!model) refuse("no model is open: open one, or try the demo");
    if (!model->tokenizer)
        refuse(fmt::format("{} has no tokenizer, so it cannot read text", model->name));
    if (phase != Phase::Idle) refuse("a reply is being written: stop it first");
}

// The user's message has to be durable before its generation is submitted.
void ChatSession::Impl::saveThenGenerate() {
    phase = Phase::SavingUserMessage;
    stopRequested = false;
    observer->generationStarted();
    const int index = branch.size() - 1;
    const auto next = [this, index](const std::optional<std::string>& error) {
        if (error) {
            observer->failed(fmt::format(
                "your message could not be saved, so no reply was started: {}", *error));
            finish({.generation = generation, .reason = FinishReason::Failed});
        } else if (stopRequested) {
            finish({.generation = generation, .reason = FinishReason::Stopped});
        } else {
            startReply(replySampler);
        }
        if (!error && index == 0) refreshList();
    };
    if (saved.isSaved(index))
        next(std::nullopt);
    else
        saved.addMessage(index, conversation, branch.message(index), next);
}

void ChatSession::Impl::startReply(SamplerConfig withSampler) {
    dropTokensOfAnotherModel();
    Message reply;
    reply.role = Role::Assistant;
    reply.state = MessageState::Streaming;
    reply.sampler = withSampler;
    reply.interventions = interventions;
    reply.createdMs = nowMs();
    branch.append(std::move(reply));
    const int index = branch.size() - 1;
    saved.addMessage(
        index, conversation, branch.message(index), [this](const auto& error) { reportOn(error); });
    observer->messageAppended(index);
    submitReply();
}

// Ids belong to a vocabulary: a conversation that goes on with another model is encoded again.
void ChatSession::Impl::dropTokensOfAnotherModel() {
    if (conversation.model == model->model) return;
    conversation.model = model->model;
    conversation.facts = factsOf(*model);
    saved.update(conversation, [this](const auto& error) { reportOn(error); });
    bool dropped = false;
    for (int i = 0; i < branch.size(); ++i) {
        dropped = dropped || !branch.message(i).tokens.empty();
        branch.setTokens(i, {});
    }
    if (dropped) observer->conversationOpened();
}

void ChatSession::Impl::submitReply() {
    phase = Phase::Prefill;
    ++generation;
    uncommittedPrompts.clear();
    lastCommit = Clock::now();
    engine.submit(buildRequest());
}

GenerationRequest ChatSession::Impl::buildRequest() {
    const PromptTemplate& t = promptTemplate(templateName);
    GenerationRequest request;
    segmentMessages.clear();
    for (int i = 0; i < branch.size(); ++i) {
        const Message& message = branch.message(i);
        PromptSegment segment;
        segment.interventions = message.interventions;
        for (const auto& token : message.tokens) segment.tokens.push_back(token.token);
        if (message.role == Role::User)
            segment.text = userTurn(t, message.text, systemText, i == 0);
        else
            segment.text = replyPrefix(t, i == 0) + message.text;
        if (segment.text.empty() && segment.tokens.empty()) continue;
        request.prompt.push_back(std::move(segment));
        segmentMessages.push_back(i);
    }
    request.id = generation;
    request.interventions = branch.messages().back().interventions;
    request.sampler = branch.messages().back().sampler;
    request.maxTokens = maxTokens;
    request.stopStrings = t.stopStrings;
    return request;
}

void ChatSession::Impl::commitPromptTokens() {
    for (const int index : uncommittedPrompts) {
        GS_DCHECK(index != branch.size() - 1 || uncommittedTokens.empty());
        saved.setTokens(
            index, branch.message(index).tokens, [this](const auto& error) { reportOn(error); });
    }
    uncommittedPrompts.clear();
}

void ChatSession::Impl::commitReply(MessageState state, std::optional<FinishReason> reason) {
    lastCommit = Clock::now();
    saved.append(branch.size() - 1,
                 std::exchange(uncommittedText, {}),
                 std::exchange(uncommittedTokens, {}),
                 state,
                 reason,
                 [this](const auto& error) { reportOn(error); });
}

void ChatSession::Impl::finish(const GenerationFinished& finished) {
    if (phase == Phase::Prefill || phase == Phase::Decode) {
        commitPromptTokens();
        Message& reply = branch.message(branch.size() - 1);
        reply.text += finished.trailingText;
        uncommittedText += finished.trailingText;
        if (!reply.tokens.empty()) reply.tokens.back().text += finished.trailingText;
        reply.state = finished.reason == FinishReason::Failed ? MessageState::Interrupted
                                                              : MessageState::Complete;
        reply.finishReason = finished.reason;
        commitReply(reply.state, finished.reason);
        observer->messageTextChanged(branch.size() - 1);
    }
    phase = Phase::Idle;
    stopRequested = false;
    observer->generationFinished(finished);
    refreshList();
    if (afterFinish) std::exchange(afterFinish, {})();
}

// ---------------------------------------------------------------- conversations

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

// ---------------------------------------------------------------- the public face

ChatSession::ChatSession(Engine& engine, StoreWriter& store)
    : impl_(std::make_unique<Impl>(engine, store)) {
    newConversation();
}

ChatSession::~ChatSession() {
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

void ChatSession::pump(std::chrono::milliseconds budget) {
    const auto end = Clock::now() + budget;
    impl_->store.poll();
    do {
        const auto event = impl_->engine.poll();
        if (!event) break;
        std::visit([this](const auto& e) { impl_->handle(e); }, *event);
    } while (Clock::now() < end);
}

void ChatSession::openModel(const std::string& model) {
    impl_->whenIdle([this, model] {
        impl_->loading = true;
        impl_->engine.load(model, DecoderOptions{});
    });
}

void ChatSession::cancelLoad() {
    impl_->engine.cancelLoad();
}
bool ChatSession::loading() const {
    return impl_->loading;
}
std::shared_ptr<const ModelInfo> ChatSession::model() const {
    return impl_->model;
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

const ConversationSummary& ChatSession::conversation() const {
    return impl_->conversation;
}

std::optional<ConversationId> ChatSession::currentConversation() const {
    return impl_->saved.conversation();
}

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

void ChatSession::setTemplate(const std::string& name) {
    impl_->templateName = promptTemplate(name).name;
    impl_->conversation.templateName = name;
    impl_->saved.update(impl_->conversation,
                        [impl = impl_.get()](const auto& e) { impl->reportOn(e); });
}
const std::string& ChatSession::templateName() const {
    return impl_->templateName;
}

void ChatSession::setSystemText(const std::string& text) {
    impl_->systemText = text;
    impl_->conversation.systemText = text;
    impl_->saved.update(impl_->conversation,
                        [impl = impl_.get()](const auto& e) { impl->reportOn(e); });
}
const std::string& ChatSession::systemText() const {
    return impl_->systemText;
}

void ChatSession::setSampler(const SamplerConfig& sampler) {
    validate(sampler);
    impl_->sampler = sampler;
}
const SamplerConfig& ChatSession::sampler() const {
    return impl_->sampler;
}

void ChatSession::setMaxTokens(int maxTokens) {
    if (maxTokens < 1) refuse(fmt::format("max tokens {}: expected at least 1", maxTokens));
    impl_->maxTokens = maxTokens;
}
int ChatSession::maxTokens() const {
    return impl_->maxTokens;
}

void ChatSession::send(const std::string& text) {
    impl_->requireTalk();
    if (text.find_first_not_of(" \t\n\r") == std::string::npos) refuse("there is no text to send");
    if (impl_->branch.empty()) {
        impl_->conversation.title = titleOf(text);
        impl_->conversation.model = impl_->model->model;
        impl_->conversation.facts = factsOf(*impl_->model);
    }
    Message message;
    message.text = text;
    message.interventions = impl_->interventions;
    message.createdMs = nowMs();
    impl_->branch.append(std::move(message));
    impl_->observer->messageAppended(impl_->branch.size() - 1);
    impl_->replySampler = impl_->sampler;
    if (impl_->replySampler.seed == 0) impl_->replySampler.seed = freshSeed();
    impl_->saveThenGenerate();
}

void ChatSession::stop() {
    if (!generating()) return;
    impl_->stopRequested = true;
    impl_->engine.stop();
}

void ChatSession::regenerate() {
    impl_->requireTalk();
    if (impl_->branch.empty()) refuse("there is no reply to regenerate yet");
    impl_->replySampler = impl_->sampler;
    if (impl_->replySampler.seed == 0) impl_->replySampler.seed = freshSeed();
    const Message& last = impl_->branch.messages().back();
    if (last.role == Role::Assistant) {
        if (impl_->sampler.seed == 0 && last.interventions != impl_->interventions)
            impl_->replySampler.seed = last.sampler.seed;
        impl_->branch.truncate(impl_->branch.size() - 1);
        impl_->saved.truncate(impl_->branch.size());
        impl_->observer->conversationOpened();
        if (impl_->branch.empty()) refuse("there is no message before this reply");
    }
    impl_->saveThenGenerate();
}

void ChatSession::continueReply() {
    impl_->requireTalk();
    if (impl_->branch.empty() || impl_->branch.messages().back().role != Role::Assistant)
        refuse("there is no reply to continue");
    Message& reply = impl_->branch.message(impl_->branch.size() - 1);
    if (reply.interventions != impl_->interventions)
        refuse("this reply was written with other interventions: restore them, or regenerate it");
    impl_->dropTokensOfAnotherModel();
    reply.state = MessageState::Streaming;
    impl_->stopRequested = false;
    impl_->submitReply();
    impl_->observer->generationStarted();  // generating() is true by now, as after send()
}

void ChatSession::edit(int messageIndex, const std::string& text) {
    impl_->requireTalk();
    if (messageIndex < 0 || messageIndex >= impl_->branch.size())
        refuse(
            fmt::format("message {}: the conversation has {}", messageIndex, impl_->branch.size()));
    if (impl_->branch.messages()[static_cast<std::size_t>(messageIndex)].role != Role::User)
        refuse(fmt::format("message {} is a reply: only your own messages can be edited",
                           messageIndex));
    if (text.find_first_not_of(" \t\n\r") == std::string::npos) refuse("there is no text to send");
    impl_->branch.truncate(messageIndex);
    impl_->saved.truncate(messageIndex);
    impl_->observer->conversationOpened();
    send(text);
}

bool ChatSession::generating() const {
    return impl_->phase != Impl::Phase::Idle;
}

std::string ChatSession::status() const {
    if (impl_->loading) return "loading";
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

void ChatSession::setInterventions(const InterventionSet& interventions) {
    if (impl_->model) validate(interventions, impl_->model->config);
    if (impl_->interventions == interventions) return;
    impl_->interventions = interventions;
    impl_->observer->interventionsChanged();
}
const InterventionSet& ChatSession::interventions() const {
    return impl_->interventions;
}

}  // namespace gatescope
